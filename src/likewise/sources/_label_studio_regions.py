"""What people and models said in a Label Studio task: regions, and facts about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from likewise.core.box import Box
from likewise.sources import _rows
from likewise.sources._boxes import Drawn, finite, parts_of
from likewise.sources._summary import Tally
from likewise.sources.base import Item, Refused

_CLASSES = ("rectanglelabels", "labels")
_PLACE = frozenset({"x", "y", "width", "height", "rotation"})
_SHAPES = frozenset(
    {"points", "rle", "radiusX", "closed", "vertices", "paths", "format", "start", "end"}
)


@dataclass(frozen=True)
class Region:
    """One region of an image, or the image itself, with everything that has its id.

    Attributes:
        key: its id.
        by: "person" or "rule".
        labels: its classes.
        value: x, y, width and height in percent; None for the image itself.
        source: the result that has its place and the size of the image.
        facts: what else was said of it, by the name of the control.
    """

    key: str
    by: str
    labels: Sequence[str]
    value: Mapping[str, Any] | None
    source: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)


def regions_of(task: Mapping[str, Any], predictions: bool, tally: Tally, name: str) -> list[Region]:
    """The regions of a task that count: those of people, and of models where they are asked for.

    Args:
        task: as Label Studio writes it.
        predictions: whether what a model predicted counts.
        tally: counts what does not.
        name: of the image.
    """
    results = _newest(task.get("annotations") or task.get("completions"), tally, name)
    regions = _grouped(results, "person", tally, name)
    guessed: list[Region] = []
    if predictions:
        guessed = _grouped(_newest(task.get("predictions"), tally, name), "rule", tally, name)
    else:
        listed = [
            prediction
            for prediction in _listed(task.get("predictions"))
            if prediction.get("result")
        ]
        reason = "predictions, which --set predictions=true reads"
        tally.omit(reason, f"that of {name}", len(listed))
    if any(prediction.value is None and prediction.labels for prediction in regions):
        guessed = [prediction for prediction in guessed if prediction.value is not None]
    return list(
        (
            {prediction.key: prediction for prediction in guessed}
            | {prediction.key: prediction for prediction in regions}
        ).values()
    )


def part_of(item: Item, region: Region, tally: Tally) -> Iterator[Item | Refused]:
    """The part of an image that is in a rectangle."""
    name, value = f"{item.id}#{region.key}", region.value or {}
    size = region.source.get("original_width"), region.source.get("original_height")
    shares = [value.get(side) for side in ("x", "y", "width", "height")]
    if value.get("rotation") or region.source.get("image_rotation"):
        yield Refused(name, "its rectangle or its image was turned")
    elif not finite(*size, *shares) or 0 in size:
        yield Refused(name, "its rectangle has no sides, or no size of the image")
    else:
        if len(region.labels) > 1:
            tally.note("rectangles of several classes, the first of which is their label", name)
        width, height = (int(side) for side in size if side is not None)
        x, y, wide, high = (float(share) / 100 for share in shares if share is not None)
        box = Box(x * width, y * height, wide * width, high * height)
        more = {**region.facts, "labelled_by": region.by, "score": region.source.get("score")}
        drawn = Drawn(region.key, region.labels[0], box, _rows.plain(more))
        yield from parts_of(item, [drawn], (width, height))


def _grouped(results: list[dict[str, Any]], by: str, tally: Tally, name: str) -> list[Region]:
    """Results with one id as one region; Label Studio writes a result for each control."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for number, result in enumerate(results, 1):
        if not isinstance(result.get("value"), dict):
            tally.omit("results without a value, such as relations", f"{number} of {name}")
            continue
        key = result.get("id")
        groups.setdefault(str(number if key is None else key), []).append(result)
    found = (_region(key, group, by, tally, name) for key, group in groups.items())
    return [region for region in found if region is not None]


def _region(
    key: str, group: list[dict[str, Any]], by: str, tally: Tally, name: str
) -> Region | None:
    shaped = [result for result in group if _SHAPES & result["value"].keys()]
    if shaped:
        kind = str(shaped[0].get("type", "region"))
        tally.omit(f"regions that are no rectangles ({kind})", f"{key} of {name}")
        return None
    placed = [result for result in group if {"x", "y"} <= result["value"].keys()]
    classes = next((result for result in group if _classes(result["value"], _CLASSES)), None)
    if classes is None:
        classes = next(
            (result for result in group if _classes(result["value"], ("choices",))), None
        )
    labels = [] if classes is None else _classes(classes["value"], (*_CLASSES, "choices"))
    facts = {}
    for result in group:
        values = {k: v for k, v in result["value"].items() if k not in _PLACE}
        if result is not classes and values:
            facts[str(result.get("from_name") or result.get("type") or "said")] = _fact(values)
    if placed and not labels:
        tally.omit("rectangles without a class", f"{key} of {name}")
    source = placed[0] if placed else group[0]
    scored = next((result for result in group if result.get("score") is not None), source)
    return Region(key, by, labels, source["value"] if placed else None,
                  {**source, "score": scored.get("score")}, facts)  # fmt: skip


def _fact(values: Mapping[str, Any]) -> Any:
    """What a control says of a region: its only value, or all of them."""
    value: Any = dict(values) if len(values) > 1 else next(iter(values.values()))
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _classes(value: Mapping[str, Any], kinds: Sequence[str]) -> list[str]:
    listed: list[Any] = next(
        (value[kind] for kind in kinds if isinstance(value.get(kind), list)), []
    )
    return [str(label) for label in listed]


def _newest(results: Any, tally: Tally, name: str) -> list[dict[str, Any]]:
    """Results of the annotation or prediction that counts; none where there is none."""
    listed = _listed(results)
    valid = [result for result in listed if not result.get("was_cancelled")]
    tally.omit("annotations that were cancelled", f"of {name}", len(listed) - len(valid))
    if not valid:
        return []
    tally.omit("annotations beside the one that counts", f"of {name}", len(valid) - 1)
    best = max(
        enumerate(valid),
        key=lambda it: (bool(it[1].get("ground_truth")), str(it[1].get("updated_at", "")), it[0]),
    )[1]
    return _listed(best.get("result"))


def _listed(values: Any) -> list[dict[str, Any]]:
    return (
        [result for result in values if isinstance(result, dict)]
        if isinstance(values, list)
        else []
    )


def image_facts(item: Item, regions: Sequence[Region]) -> Item:
    """An image with what was said of it as a whole besides its classes."""
    facts: dict[str, Any] = {}
    for region in regions:
        if region.value is None:
            facts |= region.facts
    return replace(item, metadata={**_rows.plain(facts), **item.metadata}) if facts else item
