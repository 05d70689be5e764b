"""The scheduler of shards, with workers that die as often as one likes."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.distribute.shards import Finished, Quarantined, Shards, WorkerDied
from likewise.errors import LikewiseError, MismatchError, MissingExtraError, StorageError


class Machines:
    """A crew whose machines come and go, lose shards, and answer in any order, some twice."""

    def __init__(self, poison: set[int], loss: float, seed: int) -> None:
        self.poison, self.loss, self.random = poison, loss, random.Random(seed)
        self.open: dict[int, Sequence[int]] = {}
        self.echoes: list[Finished[list[int]]] = []
        self.most = 0

    def slots(self) -> int:
        return self.random.randint(0, 6)

    def start(self, number: int, shard: Sequence[int]) -> None:
        assert number not in self.open
        self.open[number] = shard
        self.most = max(self.most, len(self.open))

    def finished(self, seconds: float) -> list[Finished[list[int]]]:
        news, self.echoes = self.echoes, []
        for number in self.random.sample(sorted(self.open), self.random.randint(0, len(self.open))):
            shard = self.open.pop(number)
            if self.poison & set(shard) or self.random.random() < self.loss:
                news.append(Finished(number, error=WorkerDied("gone")))
            else:
                news.append(Finished(number, list(shard)))
                self.echoes.append(news[-1])
        return news

    def close(self) -> None:
        self.open.clear()


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 300),
    st.integers(1, 50),
    st.sets(st.integers(0, 299), max_size=4),
    st.floats(0, 0.2),
    st.integers(0, 1000),
)
def test_every_item_comes_back_once_and_only_poison_is_given_up(
    count: int, rows: int, poison: set[int], loss: float, seed: int
) -> None:
    crew = Machines(poison, 0.0, seed)
    shards: Shards[int, list[int]] = Shards(crew, rows)
    back: list[int] = []
    given_up: list[int] = []
    stream = shards.run(iter(range(count)), 0.0)
    for number, results in enumerate(stream):
        crew.loss = loss if number < 500 else 0.0  # at last the weather clears
        for result in results:
            if isinstance(result, Quarantined):
                given_up.append(result.item)
            else:
                back += result
    assert sorted(back + given_up) == list(range(count))
    assert poison & set(range(count)) <= set(given_up)
    assert crew.most <= 6


def test_without_losses_nothing_but_the_poison_is_given_up() -> None:
    crew = Machines({7, 1000}, 0.0, 0)
    shards: Shards[int, list[int]] = Shards(crew, 256)
    results = [x for found in shards.run(iter(range(2000)), 0.0) for x in found]
    given_up = [x for x in results if isinstance(x, Quarantined)]
    assert sorted(x.item for x in given_up) == [7, 1000]
    assert "ended every process" in given_up[0].why
    assert shards.died <= 2 * (2 + 3 + 2)  # tries, cuts by eight, tries of the one that is left


class Failing:
    """A crew whose every shard fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error, self.open, self.started = error, list[int](), 0

    def slots(self) -> int:
        return 2

    def start(self, number: int, shard: Sequence[int]) -> None:
        self.open.append(number)
        self.started += 1

    def finished(self, seconds: float) -> list[Finished[list[int]]]:
        return [Finished(self.open.pop(), error=self.error)]

    def close(self) -> None:
        self.open.clear()


@pytest.mark.parametrize(
    ("error", "least"),
    [(MismatchError("other"), 1), (MissingExtraError("x", "y"), 1), (StorageError("full"), 3)],
)  # fmt: skip
def test_what_will_not_get_better_ends_the_run(error: LikewiseError, least: int) -> None:
    crew = Failing(error)
    shards: Shards[int, list[int]] = Shards(crew, 100)
    with pytest.raises(type(error)):
        list(shards.run(iter(range(1000)), 0.0))
    assert least <= crew.started <= 8


def test_when_nothing_succeeds_images_are_not_blamed() -> None:
    shards: Shards[int, list[int]] = Shards(Failing(RuntimeError("a bug")), 64)
    with pytest.raises(LikewiseError, match="100 shards failed.*RuntimeError: a bug"):
        list(shards.run(iter(range(10_000)), 0.0))
