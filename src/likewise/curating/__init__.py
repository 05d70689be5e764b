"""Curation over a workspace: what is known of its items, curators run, selections kept as tags."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from likewise.curate.base import Pool, curate_all
from likewise.curating.cache import neighbours_of, pictures_of
from likewise.errors import BadInputError, NotFoundError
from likewise.registry import part
from likewise.selection import Selection
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel

Progress = Callable[[int, int | None], None]
Steps = Sequence[tuple[str, Mapping[str, Any]]]

_METHOD = "curate"
_COLUMNS = ("digest", "width", "height", "folder", "camera", "taken_at", "source", "metadata")


@dataclass(frozen=True)
class Recipe:
    """A pipeline as a file says it.

    Attributes:
        steps: names of curators and their options, in order.
        where: SQL condition on the items' columns, or None.
        labels: where labels come from, as `pool_of` takes it.
    """

    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    where: str | None = None
    labels: str = "folder"


def curate_workspace(
    workspace: Workspace,
    steps: Steps,
    where: str | None = None,
    within: str | None = None,
    labels: str = "folder",
    before: str | None = None,
    progress: Progress | None = None,
) -> Selection:
    """Run curators over the items of a workspace, one after the other; nothing is changed.

    Args:
        workspace: the items.
        steps: names of curators and their options.
        where: a SQL condition on the items' columns.
        within: a tag; only what it keeps is looked at.
        labels: see `pool_of`.
        before: a tag of an earlier split, whose parts are kept.
        progress: called with what is done and all there is, while something takes long.

    Raises:
        BadInputError: nothing is left to choose from, an option that is wrong, or a quota that
            cannot be met.
        NotFoundError: no such tag, column or label file.
    """
    pictures = any(getattr(part("curate", name), "looks_at_pictures", False) for name, _ in steps)
    pool = pool_of(workspace, where, within, labels, pictures, before, progress)
    return curate_all(pool, steps)


def pool_of(
    workspace: Workspace,
    where: str | None = None,
    within: str | None = None,
    labels: str = "folder",
    pictures: bool = True,
    before: str | None = None,
    progress: Progress | None = None,
) -> Pool:
    """The items of a workspace as curators take them: present ones, by id.

    Args:
        workspace: where they are.
        where: a SQL condition on the items' columns.
        within: a tag; only what it keeps.
        labels: "folder" for the name of the top folder, "none", the name of another column, or
            a CSV file with the columns id and label.
        pictures: measure and sketch the thumbnails, which is done once for each image.
        before: a tag of an earlier split: its parts become the column "part".
        progress: called while something takes long.

    Raises:
        BadInputError: no item is left.
        NotFoundError: no such tag or file.
    """
    collection = workspace.collection
    ids = sorted(collection.sample(len(collection), where=where)) if len(collection) else []
    if within is not None:
        kept = set(tagged(workspace, within).kept)
        ids = [item for item in ids if item in kept]
    if not ids:
        raise BadInputError(
            "no item is left to choose from; index a folder, or loosen --where and --within"
        )
    facts = _facts(workspace, ids)
    graph = neighbours_of(workspace, progress).among(ids)
    sketches = None
    if pictures:
        columns, sketches = pictures_of(workspace, facts["digest"], progress)
        facts.update(columns)
    if before is not None:
        parts = tagged(workspace, before).part_of
        facts["part"] = [parts.get(item, "") for item in ids]
    return Pool(
        tuple(ids),
        collection.space().apply(collection.vectors(ids)),
        _labels(ids, facts, labels),
        facts,
        sketches,
        graph,
        progress,
    )


def labels_of(workspace: Workspace, ids: Sequence[str], labels: str = "folder") -> dict[str, str]:
    """The label of each item that has one; `labels` as for `pool_of`."""
    given = _labels(ids, _facts(workspace, ids), labels)
    return {item: label for item, label in zip(ids, given, strict=False) if label}


def read_recipe(path: Path) -> Recipe:
    """A pipeline from a TOML file: tables ``[[step]]``, each with ``curator`` and its options.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: it is no TOML, or names no steps.
    """
    try:
        text = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFoundError(
            f"{path} cannot be read ({error.strerror}); give a pipeline as a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} is no TOML ({error}); see docs/curation.md") from error
    unknown = sorted(set(text) - {"step", "where", "labels"})
    if unknown:
        raise BadInputError(
            f"{path} has '{unknown[0]}', which a pipeline does not; it has where, labels and step"
        )
    steps = text.get("step", [])
    if not steps or not all(
        isinstance(s, dict) and isinstance(s.get("curator"), str) for s in steps
    ):
        raise BadInputError(
            f"{path} has a step without a curator, or no step at all; write [[step]] and "
            'curator = "near_duplicates", say'
        )
    named = tuple(
        (s["curator"], {key: value for key, value in s.items() if key != "curator"}) for s in steps
    )
    return Recipe(named, text.get("where"), text.get("labels", "folder"))


def save_tag(workspace: Workspace, selection: Selection, tag: str) -> int:
    """Keep a selection in the workspace under a name; the newest of a name counts.

    It is a round of machine labels: yes for what is kept, no for what goes, with the reason.

    Returns:
        Number of the round, to undo it by.

    Raises:
        BadInputError: an empty name.
    """
    if not tag.strip():
        raise BadInputError("a selection needs a name to be kept under; give one")
    parameters = {
        "curator": selection.method,
        "options": _plain(selection.parameters),
        "notes": list(selection.notes),
    }
    digests = {
        row["item_id"]: row["digest"]
        for row in workspace.collection.facts(
            [*selection.kept, *selection.dropped], ["item_id", "digest"]
        )
    }
    labels = (
        MachineLabel(
            tag,
            row["id"],
            "yes" if row["kept"] else "no",
            min(1.0, max(0.0, 1.0 if row["kept"] or row["score"] is None else row["score"])),
            digests[row["id"]],
            {k: row[k] for k in ("part", "reason", "because", "score") if row[k] not in ("", None)}
            | ({"place": place} if row["kept"] else {}),
        )
        for place, row in enumerate(selection.rows())
    )
    return workspace.machine_labels.add_round(_METHOD, parameters, labels, tag)


def tagged(workspace: Workspace, tag: str) -> Selection:
    """The newest selection of that name that was not undone.

    Raises:
        NotFoundError: there is none.
    """
    rounds = [
        one
        for one in workspace.machine_labels.rounds(tag)
        if one.method == _METHOD and one.undone is None
    ]
    if not rounds:
        known = ", ".join(sorted(tags(workspace))) or "none yet"
        raise NotFoundError(
            f"no selection is kept as '{tag}'; there are: {known}; keep one with --save {tag}"
        )
    newest = rounds[-1]
    labels = [
        label
        for label in workspace.machine_labels.current(tag).values()
        if label.round == newest.round
    ]
    kept = [label for label in labels if label.verdict == "yes"]
    kept.sort(key=lambda label: int(label.because.get("place", 0)))
    gone = [label for label in labels if label.verdict == "no"]
    parts = tuple(str(label.because.get("part", "")) for label in kept)
    scores = [label.because.get("score") for label in kept]
    return Selection(
        tuple(label.item for label in kept),
        tuple(label.item for label in gone),
        tuple(str(label.because.get("reason", "")) for label in gone),
        tuple(str(label.because.get("because", "")) for label in gone),
        np.array([label.because.get("score", 0.0) for label in gone], np.float32),
        parts if any(parts) else (),
        None if not scores or None in scores else np.array(scores, np.float32),
        str(newest.parameters.get("curator", "")),
        dict(newest.parameters.get("options", {})),
        tuple(newest.parameters.get("notes", ())),
    )


def is_split(selection: Selection) -> bool:
    """Whether the parts of a selection are those of a split, and not classes or groups."""
    return bool(selection.parts) and selection.method.split(" > ")[-1] == "split"


def parts_of(workspace: Workspace, tag: str) -> Mapping[str, str]:
    """Part of each item that a split kept under a name placed, such as "train".

    Raises:
        NotFoundError: there is none.
        BadInputError: it is no split.
    """
    selection = tagged(workspace, tag)
    if not is_split(selection):
        raise BadInputError(
            f"the selection '{tag}' was made by {selection.method or 'nothing'} and has no parts; "
            f"make one that has: likewise curate split --within {tag} --save NAME"
        )
    return selection.part_of


def tags(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The selections that are kept, by name: what made them, when, how many items, which round."""
    found: dict[str, dict[str, Any]] = {}
    for one in workspace.machine_labels.rounds():
        if one.method == _METHOD and one.undone is None and one.concept is not None:
            found[one.concept] = {
                "curator": one.parameters.get("curator", ""),
                "items": one.labels,
                "at": one.at,
                "round": one.round,
            }
    return found


def undo_tag(workspace: Workspace, tag: str) -> int:
    """Take the newest selection of a name back; the one before it, if any, counts again.

    Returns:
        Number of the round that was taken back.

    Raises:
        NotFoundError: there is none.
    """
    found = tags(workspace)
    if tag not in found:
        tagged(workspace, tag)  # says which there are
    number = int(found[tag]["round"])
    workspace.machine_labels.undo(number)
    return number


def _facts(workspace: Workspace, ids: Sequence[str]) -> dict[str, Sequence[Any]]:
    rows = workspace.collection.facts(ids, _COLUMNS)
    facts: dict[str, Sequence[Any]] = {
        name: [row[name] for row in rows] for name in _COLUMNS if name != "metadata"
    }
    more = [json.loads(row["metadata"] or "{}") for row in rows]
    for name in sorted({key for row in more for key in row} - set(facts)):
        facts[name] = [row.get(name) for row in more]
    return facts


def _labels(ids: Sequence[str], facts: Mapping[str, Sequence[Any]], labels: str) -> tuple[str, ...]:
    if labels == "none":
        return ()
    if labels == "folder":
        tops = [item.partition("/")[0] if "/" in item else "" for item in ids]
        return tuple(tops) if any(tops) else ()
    if labels in facts:
        return tuple("" if value is None else str(value) for value in facts[labels])
    said = _read_labels(Path(labels), facts)
    return tuple(said.get(item, "") for item in ids)


def _read_labels(path: Path, facts: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(
            f"'{path}' is neither a file of labels that can be read nor a column; give folder, "
            f"none, a CSV file with id and label, or one of {', '.join(sorted(facts))}"
        ) from error
    if not rows or not {"id", "label"} <= set(rows[0]):
        raise BadInputError(f"{path} has no columns id and label; name them so in its first line")
    return {row["id"]: row["label"] or "" for row in rows}


def _plain(value: Any) -> Any:
    """Options in JSON's types."""
    return json.loads(json.dumps(value, default=str))
