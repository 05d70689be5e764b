"""The graph of neighbours against the slow, obvious way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pools import clumps, names
from worlds import at

from likewise.core.vectors import Scores, Vectors
from likewise.errors import BadInputError, NotFoundError
from likewise.numeric.cells import find_cells, nearest_cells
from likewise.numeric.neighbours import find_neighbours, nearest_rows, repaired


def slow(rows: Vectors, k: int) -> Scores:
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -2)
    best: Scores = -np.sort(-likeness, axis=1)[:, :k]
    return best


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 120), st.integers(1, 12), st.integers(0, 1000))
def test_exact_search_is_exact(count: int, k: int, seed: int) -> None:
    rows = clumps((count,), seed=seed, noise=2)
    found, scores = nearest_rows(rows, k)
    k = min(k, count - 1)
    assert np.allclose(scores, slow(rows, k), atol=1e-5)
    assert (found != np.arange(count)[:, None]).all()
    assert all(len(set(line)) == k for line in found.tolist())
    each = np.einsum("ij,ikj->ik", rows, rows[found])
    assert np.allclose(each, scores, atol=1e-5)


def test_cells_find_nearly_all_of_it() -> None:
    rows = clumps((200,) * 10, noise=0.7)
    found, scores = nearest_rows(rows, 10, exact_up_to=0, probes=12)
    assert (scores >= slow(rows, 10)[:, -1:] - 1e-5).mean() > 0.97
    assert all(len(set(line)) == 10 for line in found.tolist())
    assert (found != np.arange(2000)[:, None]).all()


def test_all_cells_are_exact() -> None:
    rows = clumps((50,) * 6, noise=0.7)
    _, scores = nearest_rows(rows, 5, exact_up_to=0, probes=1000)
    assert np.allclose(scores, slow(rows, 5), atol=1e-5)


def test_a_thousand_copies_do_not_make_one_huge_cell() -> None:
    rows = np.concatenate([np.repeat(clumps((1,)), 3000, axis=0), clumps((1000,), noise=2)])
    found, scores = nearest_rows(rows, 5, exact_up_to=0)
    assert np.allclose(scores[:3000], 1, atol=1e-5)
    assert (found[:3000] < 3000).all()


def test_rows_of_one_group_stay_apart() -> None:
    rows = at(0, 1, 2, 90, 91)
    found, scores = nearest_rows(rows, 3, apart=np.array([0, 0, 0, 1, 1]))
    assert found[0].tolist() == [3, 4, -1]
    assert scores[0, 2] == -1


def test_the_graph_answers_by_id() -> None:
    graph = find_neighbours(tuple("abcd"), at(0, 10, 30, 90), k=2)
    assert graph.of("a").ids == ("b", "c")
    smaller = graph.among(("d", "a", "c"))
    assert smaller.of("a").ids == ("c",)
    mended = repaired(smaller, at(90, 0, 30))
    assert mended.of("a").ids == ("c", "d")
    with pytest.raises(NotFoundError, match="'x'"):
        graph.of("x")
    with pytest.raises(NotFoundError, match="'x'"):
        graph.among(("x",))
    with pytest.raises(BadInputError, match="k is 0"):
        find_neighbours(tuple("ab"), at(0, 1), k=0)


def test_repaired_equals_searched_anew() -> None:
    rows = clumps((40, 40), noise=1)
    graph = find_neighbours(names(80), rows, 6)
    ids = names(80)[::3]
    mended = repaired(graph.among(ids), rows[::3])
    assert np.allclose(mended.scores, slow(rows[::3], 6), atol=1e-5)


def test_cells_part_what_is_apart() -> None:
    rows = clumps((30, 30, 30), noise=0.2)
    near = nearest_cells(rows, find_cells(rows, 3), 2)
    groups = [set(near[start : start + 30, 0].tolist()) for start in (0, 30, 60)]
    assert [len(group) for group in groups] == [1, 1, 1]
    assert len(set.union(*groups)) == 3
