"""A crew of one: the work of a worker done in this process, one shard after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic

from likewise.distribute.shards import Finished, Result, Thing
from likewise.distribute.task import Task


class Local(Generic[Thing, Result]):
    """For trying a run out, and for tests: everything that a cluster does but its machines.

    Args:
        task: what is to be done with each shard.
    """

    def __init__(self, task: Task[Thing, Result]) -> None:
        self._task = task
        self._do: Callable[[Sequence[Thing]], Result] | None = None
        self._waiting: deque[tuple[int, Sequence[Thing]]] = deque()

    def slots(self) -> int:
        """One at a time, and one that waits."""
        return 2

    def start(self, number: int, shard: Sequence[Thing]) -> None:
        """Note what is to be done."""
        self._waiting.append((number, shard))

    def finished(self, seconds: float) -> list[Finished[Result]]:
        """Do one shard."""
        if not self._waiting:
            return []
        number, shard = self._waiting.popleft()
        try:
            if self._do is None:
                self._do = self._task.open()
            return [Finished(number, self._do(shard))]
        except Exception as error:  # whatever it is: the scheduler decides
            return [Finished(number, error=error)]

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
