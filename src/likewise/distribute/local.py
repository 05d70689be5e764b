"""A crew of one: the work of a worker done in this process, one shard after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from likewise.distribute.shards import Finished
from likewise.distribute.work import Assignment, ShardResult, Worker
from likewise.sources.base import Item


class Local:
    """For trying a run out, and for tests: everything that a cluster does but its machines."""

    def __init__(self, task: Assignment) -> None:
        self._task = task
        self._worker: Worker | None = None
        self._waiting: deque[tuple[int, Sequence[Item]]] = deque()

    def slots(self) -> int:
        """One at a time, and one that waits."""
        return 2

    def start(self, number: int, shard: Sequence[Item]) -> None:
        """Note what is to be done."""
        self._waiting.append((number, shard))

    def finished(self, seconds: float) -> list[Finished[ShardResult]]:
        """Do one shard."""
        if not self._waiting:
            return []
        number, shard = self._waiting.popleft()
        try:
            if self._worker is None:
                self._worker = Worker(self._task)
            return [Finished(number, self._worker.index(shard))]
        except Exception as error:  # whatever it is: the scheduler decides
            return [Finished(number, error=error)]

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
