"""One outcome for each thing, in the order of the things, whatever order workers answer in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

from likewise.distribute.shards import Quarantined, Result, Shards, Thing, WorkerPool
from likewise.distribute.task import Task
from likewise.errors import LikewiseError

Numbered: TypeAlias = tuple[int, Thing]
PoolFactory: TypeAlias = Callable[
    [Task[Numbered[Thing], list[Numbered[Result]]]],
    WorkerPool[Numbered[Thing], list[Numbered[Result]]],
]
"""What makes a crew for a task, such as `likewise.distribute.shards.Local`."""

AnyPoolFactory: TypeAlias = Callable[[Any], Any]
"""What makes crews for tasks of several kinds, one after the other."""

_AHEAD = 4  # shards a slot whose outcomes may wait for one that is late


def in_order(
    new_pool: PoolFactory[Thing, Result],
    task: Task[Thing, Sequence[Result]],
    things: Iterable[Thing],
    rows: int,
) -> Generator[Result | Quarantined[Thing], None, None]:
    """Have a crew do things, with the retries of `Shards`; memory is bounded by its slots.

    Args:
        new_pool: makes the workers.
        task: answers one outcome for each thing of a shard, in their order.
        things: what is to be done, taken as it is needed.
        rows: things in a shard.

    Yields:
        The outcome of each thing, or the thing itself where it ended every worker that had it.

    Raises:
        LikewiseError: what an unfit worker raised, or nothing succeeded any more.
        StorageError: the disk refused the same shard three times.

    Example:
        >>> from likewise.distribute.shards import Local
        >>> class Square:
        ...     def open(self):
        ...         return lambda shard: [number * number for number in shard]
        >>> list(in_order(Local, Square(), range(5), rows=2))
        [0, 1, 4, 9, 16]
    """
    early: dict[int, Result | Quarantined[Thing]] = {}
    due = 0
    with closing(new_pool(_Numbering(task))) as pool:
        shards: Shards[Numbered[Thing], list[Numbered[Result]]] = Shards(
            pool, rows, hold=lambda: len(early) > _AHEAD * rows * max(1, pool.slots())
        )
        for news in shards.run(iter(enumerate(things))):
            for result in news:
                if isinstance(result, Quarantined):
                    number, thing = result.item
                    early[number] = Quarantined(thing, result.why)
                else:
                    early.update(result)
            while due in early:
                yield early.pop(due)
                due += 1


def all_in_order(
    new_pool: AnyPoolFactory,
    task: Task[Thing, Sequence[Result]],
    things: Iterable[Thing],
    rows: int,
) -> Generator[Result, None, None]:
    """As `in_order`, where nothing may be left out.

    Raises:
        LikewiseError: besides, one of the things ended every worker that had it.
    """
    stream: Generator[Result | Quarantined[Thing], None, None]
    stream = in_order(new_pool, task, things, rows)
    with closing(stream) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Quarantined):
                raise LikewiseError(
                    f"one block of the work failed on every worker that had it ({outcome.why}); "
                    "look at their memory and their disks, then run the same command again"
                )
            yield outcome


@dataclass(frozen=True)
class _Numbering(Generic[Thing, Result]):
    """A task whose things and outcomes carry the number of the thing."""

    task: Task[Thing, Sequence[Result]]

    def open(self) -> Callable[[Sequence[Numbered[Thing]]], list[Numbered[Result]]]:
        do = self.task.open()

        def numbered(shard: Sequence[Numbered[Thing]]) -> list[Numbered[Result]]:
            outcomes = do([thing for _, thing in shard])
            numbers = [number for number, _ in shard]
            return list(zip(numbers, outcomes, strict=True))

        return numbered
