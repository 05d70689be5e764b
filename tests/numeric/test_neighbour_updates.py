"""Lists of neighbours that follow rows which come and go, against lists made anew."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pools import clumps
from worlds import at

from likewise.core.vectors import Scores, Vectors
from likewise.numeric.neighbours import nearest_rows
from likewise.numeric.neighbours.best import Best
from likewise.numeric.neighbours.comparisons import cell_visits, everything
from likewise.numeric.neighbours.updates import (
    Lists,
    earlier_rows,
    empty_lists,
    join,
    moved_lists,
)
from likewise.numeric.row_hashes import row_hashes


class Counting(Best):
    """Counts the pairs that it is offered."""

    pairs = 0

    def offer(
        self,
        members: NDArray[np.int64],
        queries: NDArray[np.int64],
        member_rows: Vectors | None = None,
    ) -> None:
        self.pairs += len(members) * len(queries)
        super().offer(members, queries, member_rows)


def made(rows: Vectors, k: int) -> tuple[NDArray[np.int32], Scores]:
    best = Best(rows, k)
    assert list(join(best, empty_lists(len(rows), k), everything(len(rows))))
    return best.result()


def updated(rows: Vectors, lists: Lists) -> Counting:
    best = Counting(rows, lists.rows.shape[1])
    best.restore(lists.rows, lists.scores)
    list(join(best, lists, everything(len(rows))))
    return best


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(1, 12),
    st.integers(0, 1000),
)  # fmt: skip
def test_an_update_is_what_making_it_anew_would_be(
    staying: int, going: int, coming: int, k: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    everyone = clumps((staying + going + coming + 1,), dim=5, seed=seed, noise=2)
    everyone = np.concatenate([everyone, everyone[:3]])  # copies
    order = random.permutation(len(everyone))
    old, now = order[: staying + going + 1], order[going:]
    random.shuffle(now)
    earlier = earlier_rows(row_hashes(everyone[old]), row_hashes(everyone[now]))
    lists = moved_lists(*made(everyone[old], k), earlier)
    found, scores = updated(everyone[now], lists).result()
    _, expected = made(everyone[now], k)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    for row, line in enumerate(found.tolist()):
        real = [other for other in line if other >= 0]
        assert len(set(real)) == len(real) == min(k, len(now) - 1)
        assert row not in real
    each = np.einsum("ij,ikj->ik", everyone[now], everyone[now][found])
    np.testing.assert_allclose(np.where(found < 0, -1, each), scores, atol=1e-5)


def test_the_first_lists_are_those_of_nearest_rows() -> None:
    rows = clumps((60,), noise=2)
    for mine, theirs in zip(made(rows, 10), nearest_rows(rows, 10), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_point_between_two_enters_their_lists() -> None:
    rows = at(0, 20, 80, 100)
    lists = moved_lists(*made(rows, 1), np.array([0, 1, 2, 3, -1]))
    found, _ = updated(at(0, 20, 80, 100, 12), lists).result()
    assert found[:, 0].tolist() == [4, 4, 3, 2, 1]


def test_a_list_that_lost_a_neighbour_is_made_again_and_no_other() -> None:
    rows = at(0, 1, 2, 50, 51, 53)
    lists = moved_lists(*made(rows, 2), np.array([0, 1, 3, 4, 5]))
    assert lists.is_empty.tolist() == [True, True, False, False, False]
    found, _ = updated(at(0, 1, 50, 51, 53), lists).result()
    assert found.tolist() == [[1, 2], [0, 2], [3, 4], [2, 4], [3, 2]]


def test_the_work_is_that_of_what_came() -> None:
    rows = clumps((400,), noise=2)
    lists = moved_lists(*made(rows[:396], 10), np.arange(400) - 400 * (np.arange(400) > 395))
    assert updated(rows, lists).pairs == 4 * 400 + 396 * 4
    lists = moved_lists(*made(rows, 10), np.arange(400))
    assert updated(rows, lists).pairs == 0


def test_cells_see_only_what_is_new() -> None:
    rows = clumps((100,) * 6, noise=0.7)
    random = np.random.default_rng(0)
    near = np.argsort(random.random((600, 24)), axis=1).astype(np.int32)  # every cell
    lists = moved_lists(*made(rows[:550], 5), np.arange(600) - 600 * (np.arange(600) > 549))
    best = Counting(rows, 5)
    best.restore(lists.rows, lists.scores)
    list(join(best, lists, cell_visits(near)))
    np.testing.assert_allclose(best.result()[1], made(rows, 5)[1], atol=1e-5)
    assert best.pairs == 50 * 600 + 550 * 50


def test_rows_with_other_bits_have_other_hashes() -> None:
    random = np.random.default_rng(0)
    rows = random.integers(0, 2, (4096, 12)).astype(np.float16) - np.float16(0.5)  # signs alone
    distinct = len(np.unique(rows, axis=0))
    assert len(np.unique(row_hashes(rows))) == distinct
    assert len(np.unique(row_hashes(rows[:, :7]))) == len(np.unique(rows[:, :7], axis=0))
    assert row_hashes(rows[5:6])[0] == row_hashes(rows)[5]
    assert len(row_hashes(rows[:0])) == 0
