"""Shards of items handed out to workers that may die, until each item is done or quarantined."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, Protocol, TypeVar

from likewise.distribute.task import Task
from likewise.errors import LikewiseError, StorageError

ROWS = 2048
"""Items in a shard: what is done again when its worker dies."""

_TRIES = 2
_PIECES = 8
_STORAGE_TRIES = 3
_HOPELESS = 100  # failures without a single result between them

Thing = TypeVar("Thing")
Input = TypeVar("Input", contravariant=True)
Result = TypeVar("Result")


class WorkerDied(Exception):  # noqa: N818 - it is news, not an error of the program
    """A worker or its machine was lost while it had a shard; nobody knows why."""


@dataclass(frozen=True)
class Finished(Generic[Result]):
    """What came of one shard that was started: a result, or what went wrong.

    Attributes:
        number: of the start.
        result: of the shard; None when it failed.
        error: `WorkerDied`, or what the worker raised; None when it is done.
    """

    number: int
    result: Result | None = None
    error: Exception | None = None


class WorkerPool(Protocol[Input, Result]):
    """Workers, wherever they are. Their number may change at any time."""

    def slots(self) -> int:
        """How many shards may be with the workers at once, waiting ones included."""
        ...

    def start(self, number: int, shard: Sequence[Input]) -> None:
        """Give a shard to whoever is free next; returns at once."""
        ...

    def finished(self, seconds: float) -> list[Finished[Result]]:
        """What has come back, waiting for so long if there is nothing."""
        ...

    def close(self) -> None:
        """Let go of the workers; what they are at is not wanted any more."""
        ...


@dataclass
class _Shard(Generic[Thing]):
    items: Sequence[Thing]
    tries: int = 0
    refusals: int = 0


@dataclass(frozen=True)
class Quarantined(Generic[Thing]):
    """One item that ended every worker that read it."""

    item: Thing
    why: str


@dataclass(eq=False)
class Shards(Generic[Thing, Result]):
    """Runs over items in shards; each item comes back exactly once, in a result or as poisoned.

    A shard whose worker died is given out again. When that happens again it is cut into pieces,
    and those into smaller ones, so that one image that ends whatever reads it costs itself and
    not its neighbours. A worker that finds itself unfit (another version, another encoder, a
    library that is missing) ends the run, and so does a disk that refuses a shard three times.

    Attributes:
        pool: the workers.
        rows: items in a shard.
        hold: true while no new items are to be taken, for too much waits for what is under way.
        died: how often a worker died so far.
        redone: how many items were given out again so far.
    """

    pool: WorkerPool[Thing, Result]
    rows: int = field(default_factory=lambda: ROWS)
    hold: Callable[[], bool] = lambda: False
    died: int = 0
    redone: int = 0
    _in_a_row: int = 0
    _waiting: deque[_Shard[Thing]] = field(default_factory=deque)
    _running: dict[int, _Shard[Thing]] = field(default_factory=dict)

    def run(
        self, items: Iterator[Thing], seconds: float = 1.0
    ) -> Iterator[list[Result | Quarantined[Thing]]]:
        """Do everything; items are taken as they are needed, so that there may be any number.

        Args:
            items: what is to be done.
            seconds: how often to come back although nothing was done.

        Yields:
            What came in since the last time, perhaps nothing.

        Raises:
            LikewiseError: what an unfit worker raised, such as MismatchError; or nothing at all
                succeeded any more.
            StorageError: the disk refused the same shard three times.
        """
        started, is_over = 0, False
        while True:
            while len(self._running) < max(1, self.pool.slots()):
                if not self._waiting and not is_over and not (self._running and self.hold()):
                    fresh = list(islice(items, self.rows))
                    is_over = not fresh
                    if fresh:
                        self._waiting.append(_Shard(fresh))
                if not self._waiting:
                    break
                self._running[started] = self._waiting.popleft()
                self.pool.start(started, self._running[started].items)
                started += 1
            if not self._running:
                return
            done: list[Result | Quarantined[Thing]] = []
            for news in self.pool.finished(seconds):
                shard = self._running.pop(news.number, None)
                if shard is None:
                    continue  # told twice
                if news.error is None and news.result is not None:
                    done.append(news.result)
                    self._in_a_row = 0
                else:
                    done += self._again(shard, news.error or WorkerDied("it answered nothing"))
            yield done

    def _again(self, shard: _Shard[Thing], error: Exception) -> list[Quarantined[Thing]]:
        self._in_a_row += 1
        systemic = isinstance(error, LikewiseError) and not isinstance(error, StorageError)
        if systemic or (self._in_a_row >= _HOPELESS and not isinstance(error, StorageError)):
            raise error if systemic else _hopeless(error)
        self.redone += len(shard.items)
        if isinstance(error, StorageError):
            shard.refusals += 1
            if shard.refusals >= _STORAGE_TRIES:
                raise error
            self._waiting.append(shard)
            return []
        self.died += isinstance(error, WorkerDied)
        shard.tries += 1
        if shard.tries < _TRIES:
            self._waiting.appendleft(shard)
        elif len(shard.items) == 1:
            return [Quarantined(shard.items[0], _message_of(error))]
        else:
            size = -(-len(shard.items) // _PIECES)
            pieces = range(0, len(shard.items), size)
            # A piece that dies once more is cut at once: the machine was given its chance.
            self._waiting.extendleft(
                _Shard(shard.items[start : start + size], 1 if size > 1 else 0) for start in pieces
            )
        return []


def _hopeless(error: Exception) -> LikewiseError:
    return LikewiseError(
        f"{_HOPELESS} shards failed one after the other, the last because {_message_of(error)}; "
        "look at "
        "the machines, then run the same command again: what was done is kept"
    )


def _message_of(error: Exception) -> str:
    if isinstance(error, WorkerDied):
        return "it ended every process that read it"
    return f"{type(error).__name__}: {error}"


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
