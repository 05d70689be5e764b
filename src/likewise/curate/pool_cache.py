"""The pool that was curated last, for another look at the same images."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from likewise.core.progress import Progress
from likewise.curate.base import Pool
from likewise.curate.workspace_pool import ids_of, pool_of
from likewise.workspace import Workspace

_MOST_IMAGES = 20_000  # about 120 MB


class PoolCache:
    """Keeps one pool in memory, with what was calculated of it.

    With another threshold near-duplicates then need no picture to be compared again. A pool of
    more than 20,000 images is not kept.
    """

    def __init__(self) -> None:
        self._key: Hashable = None
        self._pool: Pool | None = None

    def pool(
        self,
        workspace: Workspace,
        where: str | None,
        labels: str,
        pictures: bool,
        progress: Progress | None = None,
    ) -> Pool:
        """The pool of the images as they are now; arguments and errors as for `pool_of`."""
        ids = tuple(ids_of(workspace, where))
        key = (
            workspace.path, workspace.fingerprint, workspace.collection.version,
            workspace.jobs.ended(), labels, pictures, ids,
        )  # fmt: skip
        if self._pool is not None and self._key == key:
            return replace(self._pool, progress=progress)
        pool = pool_of(workspace, where, labels=labels, pictures=pictures, progress=progress)
        if len(pool) <= _MOST_IMAGES:
            self._key, self._pool = key, pool
        return pool
