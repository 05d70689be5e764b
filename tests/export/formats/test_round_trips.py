"""Out and in again: what likewise writes, it reads, with the same images, labels and metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_datasets import box_rows, dataset_of, odd_rows

from likewise.core.box import Box
from likewise.export.base import Dataset, Row
from likewise.export.writing import write_dataset
from likewise.images.decode import Limits
from likewise.registry import build, names
from likewise.sources.base import Item, Refused, Source, open_source

Way: TypeAlias = tuple[str, dict[str, Any], str]
"""Format, its options, and what is then given to `likewise index`."""

TAKEN: dict[str, dict[str, Any]] = {"label_studio": {"predictions": True}}
"""Options of the way in: what the rule said is to come back, too."""

LISTS = {"csv", "jsonl", "parquet"}
"""Formats that name images and hold none."""

WAYS: list[Way] = [
    ("csv", {}, "barn.csv"),
    ("jsonl", {}, "barn.jsonl"),
    ("parquet", {}, "barn.parquet"),
    ("folder", {}, "."),
    ("coco", {}, "annotations/*.json"),
    ("yolo", {"task": "classify"}, "."),
    ("yolo", {"task": "detect"}, "data.yaml"),
    ("webdataset", {}, "*.tar"),
    ("huggingface", {}, "."),
    ("huggingface", {"embed": True}, "."),
    ("croissant", {}, "images"),
    ("embedding_atlas", {}, "barn.parquet"),
    ("fiftyone", {}, "."),
    ("label_studio", {}, "tasks.json"),
]

NAMES = [f"{form}{'-' if options else ''}{'-'.join(map(str, options.values()))}"
         for form, options, _ in WAYS]  # fmt: skip
KEEPS_METADATA = set(names("export")) - {"folder", "yolo"}


def written(way: Way, dataset: Dataset, target: Path) -> list[Source]:
    """Export it, and open what came of it."""
    form, options, what = way
    write_dataset(build("export", form, "format", options), dataset, target, False, "digest")
    if "*" in what:
        return [open_source(path) for path in sorted(target.glob(what))]
    return [open_source(target / what, options=options_in(form, target.parent))]


def options_in(form: str, home: Path) -> dict[str, Any]:
    """Options of the way in; tables name the images where they are, outside of their folder."""
    allowed = {"allow_folders": str(home)} if form in LISTS else {}
    return {**allowed, **TAKEN.get(form, {})}


def read_again(sources: list[Source]) -> dict[str, tuple[Item, str]]:
    """Items by the digest of their bytes; nothing is refused."""
    found = {}
    for source in sources:
        for item in source.items():
            assert not isinstance(item, Refused), item
            digest = hashlib.sha256(source.read(item, Limits())).hexdigest()
            assert digest not in found
            found[digest] = item, item.id
    return found


def labels_of(metadata: Mapping[str, Any]) -> set[str]:
    """Where the ways keep labels: a column, a list of categories, the folder's name."""
    listed = metadata.get("labels") or ()
    return {str(metadata.get("label", "")), *listed, str(metadata.get("folder", "")).split("/")[-1]}


@pytest.mark.parametrize("splits", [(), ("train", "val")], ids=["whole", "split"])
@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_the_same_items_labels_and_metadata(
    way: Way, splits: tuple[str, ...], tmp_path: Path
) -> None:
    rows = {row.digest: row for row in odd_rows(tmp_path / "photos", splits=splits)}
    found = read_again(written(way, dataset_of(list(rows.values())), tmp_path / "out"))
    assert set(found) == set(rows)
    assert len({item_id for _, item_id in found.values()}) == len(rows)
    for digest, (item, _) in found.items():
        row = rows[digest]
        assert row.label in labels_of(item.metadata)
        if way[0] in KEEPS_METADATA:
            assert row.id in (item.metadata.get("id"), item.metadata.get("item"))
            assert item.metadata["site"] == row.metadata["site"]
            assert float(item.metadata["depth"]) == row.metadata["depth"]
            if splits and way[0] != "coco":
                assert item.metadata["split"] == row.split


def test_every_format_has_a_way() -> None:
    assert {form for form, _, _ in WAYS} == set(names("export")) - {"xmp"}  # sidecars alone


BOXED = [way for way in WAYS if way[0] in ("coco", "fiftyone", "label_studio") or "detect" in
         way[1].values()]  # fmt: skip


@pytest.mark.parametrize("way", BOXED, ids=[way[0] for way in BOXED])
def test_the_same_boxes(way: Way, tmp_path: Path) -> None:
    rows = [row for row in box_rows(tmp_path / "photos") if row.box is not None]
    form, _, what = way
    write_dataset(
        build("export", form, "format", {}), dataset_of(rows), tmp_path / "out", False, ""
    )
    paths = sorted((tmp_path / "out").glob(what)) if "*" in what else [tmp_path / "out" / what]
    found: list[tuple[str, tuple[float, ...]]] = []
    for path in paths:
        options = {"boxes": True, **options_in(form, tmp_path)}
        for item in open_source(path, options=options).items():
            assert not isinstance(item, Refused)
            if item.box is not None:
                label = str(item.metadata["label"])
                found.append((label, tuple(round(side, 3) for side in item.box)))
    wanted = [(row.label, tuple(round(side, 3) for side in inside(row, form))) for row in rows]
    assert sorted(found) == sorted(wanted)


def inside(row: Row, form: str) -> Box:
    """What is kept of a box: YOLO's and Label Studio's end at the border of the image."""
    assert row.box is not None
    if form in ("coco", "fiftyone"):
        return row.box
    x, y, width, height = row.box
    left, top, right, bottom = max(0, x), max(0, y), min(64, x + width), min(48, y + height)
    return Box(left, top, right - left, bottom - top)


ANY_NAME = st.text(
    st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=60
).filter(lambda name: not name.startswith("."))


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
@given(chosen=st.lists(ANY_NAME, min_size=1, max_size=3, unique=True))
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_names_come_back(
    way: Way,
    chosen: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("names")
    short = [f"{name}.png" for name in chosen if len(f"{name}.png".encode()) <= 255]
    rows = odd_rows(home / "photos", names=short)
    if rows:
        found = read_again(written(way, dataset_of(rows), home / "out"))
        assert set(found) == {row.digest for row in rows}
