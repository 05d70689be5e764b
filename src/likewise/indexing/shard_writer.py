"""Results of workers written into the workspace: fragments, thumbnails and failures."""

from __future__ import annotations

import time

from likewise.distribute.shards import Quarantined
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.diff import Diff
from likewise.indexing.on_cluster import ShardResult
from likewise.sources.base import Item
from likewise.workspace import Workspace
from likewise.workspace.item_states import ItemState

_ROWS = 1 << 16
_SECONDS = 10.0  # so that a driver that dies loses seconds of a cluster's work


class ShardWriter:
    """Takes results of shards, and commits when there are many or they are old.

    A shard is done when its fragment is committed: what was not is in no version of the
    dataset, so a driver that died is started again and finds exactly the rest to be done.

    Attributes:
        added, changed: images committed so far.
        failures: files that could not be read in this run.
    """

    def __init__(self, workspace: Workspace, diff: Diff, pack: ThumbnailPack) -> None:
        self._workspace, self._diff, self._pack = workspace, diff, pack
        self._results: list[ShardResult] = []
        self._rows = 0
        self._written_at = time.monotonic()
        self.added = self.changed = 0
        self.failures: list[ItemState] = []
        self.cpu_seconds = 0.0

    @property
    def taken(self) -> int:
        """How many files were dealt with, those not committed yet included."""
        return self.added + self.changed + len(self.failures) + self._rows

    def take(self, result: ShardResult | Quarantined[Item]) -> None:
        """Take what came back of a shard."""
        if isinstance(result, Quarantined):
            item = result.item
            state = ItemState(item.id, "failed", result.why, item.size, item.modified)
            result = ShardResult((), (), (state,))
        self._results.append(result)
        self._rows += len(result.ids)
        self.cpu_seconds += result.cpu_seconds

    def commit_if_due(self) -> None:
        """Commit when there is much, or when it has been a while."""
        if self._rows >= _ROWS or time.monotonic() - self._written_at > _SECONDS:
            self.commit()

    def commit(self) -> None:
        """Put all that was taken into the workspace.

        Raises:
            StorageError: the disk is full or refuses; what was committed before stays.
        """
        results, self._results, self._rows = self._results, [], 0
        self._written_at = time.monotonic()
        failures = [state for result in results for state in result.failures]
        ids = [item for result in results for item in result.ids]
        if ids:
            for result in results:
                for digest, thumbnail in result.thumbnails.items():
                    if digest not in self._pack:
                        self._pack.add(digest, thumbnail)
            self._pack.flush()
            parts = [part for result in results for part in result.parts]
            self._workspace.collection.store.adopt(parts, ids)
        gone = [state.item for state in failures if state.item in self._diff.seen_items]
        if gone:  # their old vectors are of other pictures
            self._workspace.collection.store.delete(gone)
        self._workspace.collection.refresh()
        states = self._diff.states
        self._workspace.states.update(failures, cleared=[item for item in ids if item in states])
        changed = sum(item in self._diff.seen_items for item in ids)
        self.changed += changed
        self.added += len(ids) - changed
        self.failures += failures
