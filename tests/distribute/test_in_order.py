"""Outcomes in the order of what was given, from crews that answer in any order and lose shards."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.distribute.in_order import in_order
from likewise.distribute.shards import Finished, Quarantined, WorkerDied
from likewise.distribute.task import Task

Shard = Sequence[tuple[int, int]]
Done = list[tuple[int, int]]


class Square:
    """Squares numbers."""

    def open(self) -> Callable[[Sequence[int]], list[int]]:
        return lambda shard: [number * number for number in shard]


class Machines:
    """Workers that answer in any order, die of some numbers, and lose shards of others."""

    def __init__(self, task: Task[tuple[int, int], Done], poison: set[int], seed: int) -> None:
        self.do, self.poison, self.random = task.open(), poison, random.Random(seed)
        self.waiting: dict[int, Shard] = {}
        self.losses = 5
        self.is_closed = False

    def slots(self) -> int:
        return 3

    def start(self, number: int, shard: Shard) -> None:
        self.waiting[number] = shard

    def finished(self, seconds: float) -> list[Finished[Done]]:
        number = self.random.choice(sorted(self.waiting))
        shard = self.waiting.pop(number)
        lost = self.losses > 0 and self.random.random() < 0.3
        self.losses -= lost
        if lost or self.poison & {item for _, item in shard}:
            return [Finished(number, error=WorkerDied("gone"))]
        return [Finished(number, self.do(shard))]

    def close(self) -> None:
        self.is_closed = True


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 90),
    st.integers(1, 20),
    st.sets(st.integers(0, 89), max_size=2),
    st.integers(0, 99),
)
def test_each_outcome_comes_once_and_in_its_place(
    count: int, rows: int, poison: set[int], seed: int
) -> None:
    crews: list[Machines] = []

    def crew(task: Task[tuple[int, int], Done]) -> Machines:
        crews.append(Machines(task, poison, seed))
        return crews[-1]

    stream = in_order(crew, Square(), range(count), rows)
    outcomes = list(stream)
    places = [x.item if isinstance(x, Quarantined) else round(x**0.5) for x in outcomes]
    assert places == list(range(count))
    given_up = {x.item for x in outcomes if isinstance(x, Quarantined)}
    assert poison & set(range(count)) <= given_up
    assert crews[0].is_closed


class Late(Machines):
    """Workers of which the first to start is the last to answer, as long as others can."""

    def finished(self, seconds: float) -> list[Finished[Done]]:
        number = max(self.waiting)
        return [Finished(number, self.do(self.waiting.pop(number)))]


def test_what_waits_for_a_late_one_is_bounded() -> None:
    taken = 0

    def things() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    outcomes = in_order(lambda task: Late(task, set(), 0), Square(), things(), 2)
    assert next(outcomes) == 0
    assert taken <= 2 * 3 * (4 + 2)
    assert [0, *outcomes] == [number * number for number in range(1000)]
