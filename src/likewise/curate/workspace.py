"""Curation over a workspace: what is known of its items, curators run, selections kept as tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from likewise.concepts.class_labels import ClassLabels
from likewise.core.progress import Progress
from likewise.core.selection import Selection
from likewise.curate.base import curate_all
from likewise.curate.file_identities import file_identities, name_same_files
from likewise.curate.recipe import Recipe, read_recipe
from likewise.curate.workspace_pool import label_source, labels_of, pool_of
from likewise.registry import part
from likewise.workspace import Workspace
from likewise.workspace.selections import (
    is_split,
    parts_of,
    save_tag,
    splits,
    tagged,
    tags,
    undo_tag,
)

if TYPE_CHECKING:
    from likewise.distribute.in_order import AnyPoolFactory

__all__ = [
    "Recipe",
    "curate_workspace",
    "is_split",
    "label_source",
    "labels_of",
    "parts_of",
    "pool_of",
    "read_recipe",
    "save_tag",
    "splits",
    "tagged",
    "tags",
    "undo_tag",
]

Steps = Sequence[tuple[str, Mapping[str, Any]]]


def curate_workspace(
    workspace: Workspace,
    steps: Steps,
    where: str | None = None,
    within: str | None = None,
    labels: str | ClassLabels = "folder",
    before: str | None = None,
    progress: Progress | None = None,
    crew: AnyPoolFactory | None = None,
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
        crew: finds the neighbours; see `likewise.curate.cache.neighbours_of`.

    Raises:
        BadInputError: nothing is left to choose from, an option that is wrong, or a quota that
            cannot be met.
        NotFoundError: no such tag, column or label file.
    """
    pictures = any(getattr(part("curate", name), "looks_at_pictures", False) for name, _ in steps)
    labels = label_source(workspace, labels)
    pool = pool_of(workspace, where, within, labels, pictures, before, progress, crew)
    files = file_identities(workspace, pool.ids, pool.column("digest"))
    if files.links:
        pool = replace(pool, facts={**pool.facts, "link": [i in files.links for i in pool.ids]})
    chosen = name_same_files(curate_all(pool, steps), files)
    notes = labels.notes() if isinstance(labels, ClassLabels) else ()
    label_of = dict(zip(pool.ids, pool.labels, strict=False))
    labels_of_kept = tuple(label_of.get(item, "") for item in chosen.kept) if pool.labels else ()
    return replace(chosen, labels=labels_of_kept, notes=(*notes, *chosen.notes))
