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
from likewise.curate.keeper_choices import choices_in, chosen_among
from likewise.curate.pool_cache import PoolCache
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
    pools: PoolCache | None = None,
) -> Selection:
    """Run curators over the items of a workspace, one after the other; nothing is changed.

    What people chose to stay among copies (`Workspace.keepers`) is heeded, and a note says how
    many of these choices decide something.

    Args:
        workspace: the items.
        steps: names of curators and their options.
        where: a SQL condition on the items' columns.
        within: a tag; only what it keeps is looked at.
        labels: see `pool_of`.
        before: a tag of an earlier split, whose parts are kept.
        progress: called with what is done and all there is, while something takes long.
        crew: finds the neighbours; see `likewise.curate.cache.neighbours_of`.
        pools: keeps the pool for the next call; for all that is no tag and no file of labels.

    Raises:
        BadInputError: nothing is left to choose from, an option that is wrong, or a quota that
            cannot be met.
        NotFoundError: no such tag, column or label file.
    """
    kinds = [part("curate", name) for name, _ in steps]
    pictures = any(getattr(kind, "looks_at_pictures", False) for kind in kinds)
    labels = label_source(workspace, labels)
    if pools is not None and within is None and before is None and isinstance(labels, str):
        pool = pools.pool(workspace, where, labels, pictures, progress)
    else:
        pool = pool_of(workspace, where, within, labels, pictures, before, progress, crew)
    digests = pool.column("digest")
    files = file_identities(workspace, pool.ids, digests)
    if files.links:
        pool = replace(pool, facts={**pool.facts, "link": [i in files.links for i in pool.ids]})
    notes = labels.notes() if isinstance(labels, ClassLabels) else ()
    if any(getattr(kind, "heeds_keepers", False) for kind in kinds):
        choices = workspace.keepers.current()
        pool = replace(pool, keepers=chosen_among(choices, pool.ids, digests))
        chosen = name_same_files(curate_all(pool, steps), files)
        notes = (*notes, *choices_in(chosen, choices, pool.keepers).notes())
    else:
        chosen = name_same_files(curate_all(pool, steps), files)
    label_of = dict(zip(pool.ids, pool.labels, strict=False))
    labels_of_kept = tuple(label_of.get(item, "") for item in chosen.kept) if pool.labels else ()
    return replace(chosen, labels=labels_of_kept, notes=(*notes, *chosen.notes))
