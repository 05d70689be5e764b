"""The items of a workspace as curators take them: vectors, labels, facts, neighbours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likewise.concepts.class_labels import ClassLabels, read_class_labels
from likewise.core.progress import Progress
from likewise.curate.base import Pool
from likewise.curate.cache import neighbours_of, pictures_of
from likewise.curate.square_thumbnails import SquareThumbnails
from likewise.errors import BadInputError, NotFoundError
from likewise.workspace import Workspace
from likewise.workspace.selections import tagged

if TYPE_CHECKING:
    from likewise.distribute.in_order import AnyPoolFactory

_COLUMNS = ("digest", "width", "height", "folder", "camera", "taken_at", "source", "metadata")


def pool_of(
    workspace: Workspace,
    where: str | None = None,
    within: str | None = None,
    labels: str | ClassLabels = "folder",
    pictures: bool = True,
    before: str | None = None,
    progress: Progress | None = None,
    crew: AnyPoolFactory | None = None,
) -> Pool:
    """The items of a workspace as curators take them: present ones, by id.

    Args:
        workspace: where they are.
        where: a SQL condition on the items' columns.
        within: a tag; only what it keeps.
        labels: "folder" for the name of the top folder, "none", a file of ids and labels, or the
            name of another column.
        pictures: measure and sketch the thumbnails, which is done once for each image.
        before: a tag of an earlier split: its parts become the column "part".
        progress: called while something takes long.
        crew: finds the neighbours; see `likewise.curate.cache.neighbours_of`.

    Raises:
        BadInputError: no item is left.
        NotFoundError: no such tag or file.
    """
    collection = workspace.collection
    ids = ids_of(workspace, where, within)
    facts = _facts(workspace, ids)
    graph = neighbours_of(workspace, progress, crew).among(ids)
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
        _labels(ids, facts, label_source(workspace, labels)),
        facts,
        sketches,
        graph,
        progress,
        SquareThumbnails(workspace, ids, facts["digest"]) if pictures else None,
    )


def ids_of(workspace: Workspace, where: str | None = None, within: str | None = None) -> list[str]:
    """The ids of a pool, sorted; arguments and errors as for `pool_of`."""
    collection = workspace.collection
    ids = sorted(collection.sample(len(collection), where=where)) if len(collection) else []
    if within is not None:
        selected = set(tagged(workspace, within).kept)
        ids = [item for item in ids if item in selected]
    if not ids:
        raise BadInputError(
            "no item is left to choose from; index a folder, or loosen --where and --within"
        )
    return ids


def label_source(workspace: Workspace, labels: str | ClassLabels) -> str | ClassLabels:
    """What a file of labels says, where `labels` is the path of one; else `labels` itself.

    Raises:
        NotFoundError, BadInputError: see `likewise.concepts.class_labels.read_class_labels`.
    """
    if isinstance(labels, ClassLabels) or labels in ("folder", "none"):
        return labels
    path = Path(labels)
    return read_class_labels(workspace, path) if path.is_file() else labels


def labels_of(
    workspace: Workspace, ids: Sequence[str], labels: str | ClassLabels = "folder"
) -> dict[str, str]:
    """The label of each item that has one; `labels` as for `pool_of`."""
    found = _labels(ids, _facts(workspace, ids), label_source(workspace, labels))
    return {item: label for item, label in zip(ids, found, strict=False) if label}


def _facts(workspace: Workspace, ids: Sequence[str]) -> dict[str, Sequence[Any]]:
    rows = workspace.collection.facts(ids, _COLUMNS)
    facts: dict[str, Sequence[Any]] = {
        name: [row[name] for row in rows] for name in _COLUMNS if name != "metadata"
    }
    more = [json.loads(row["metadata"] or "{}") for row in rows]
    for name in sorted({key for row in more for key in row} - set(facts)):
        facts[name] = [row.get(name) for row in more]
    return facts


def _labels(
    ids: Sequence[str], facts: Mapping[str, Sequence[Any]], labels: str | ClassLabels
) -> tuple[str, ...]:
    if labels == "none":
        return ()
    if labels == "folder":
        tops = [item.partition("/")[0] if "/" in item else "" for item in ids]
        return tuple(tops) if any(tops) else ()
    if isinstance(labels, ClassLabels):
        return tuple(labels.classes.get(item, "") for item in ids)
    if labels in facts:
        return tuple("" if value is None else str(value) for value in facts[labels])
    raise NotFoundError(
        f"'{labels}' is neither a file of labels that can be read nor a column; give folder, "
        f"none, a CSV file with id and label, or one of {', '.join(sorted(facts))}"
    )
