from __future__ import annotations

import numpy as np
import pytest
from sklearn.semi_supervised import LabelSpreading as Theirs
from worlds import at

from likewise.core.vectors import unit
from likewise.propagate.base import propagate
from likewise.propagate.methods._graph import graph_of, strongest_sources
from likewise.propagate.methods._propagation_graph import PropagationGraph
from likewise.propagate.methods._spread import spread
from likewise.propagate.methods.label_spreading import LabelSpreading


def test_each_row_is_joined_to_its_nearest_and_back() -> None:
    graph = graph_of(at(0, 10, 30, 120), 1).toarray()
    joined = [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert sorted(zip(*map(np.ndarray.tolist, np.nonzero(graph)), strict=True)) == joined
    assert graph[0, 1] == pytest.approx(np.cos(np.deg2rad(10)) ** 3)
    assert graph[1, 2] == pytest.approx(np.cos(np.deg2rad(20)) ** 3)


def test_a_graph_of_one_row_has_no_edge() -> None:
    assert graph_of(at(0), 5).nnz == 0


def test_spreading_is_scikit_learns_on_the_same_graph() -> None:
    random = np.random.default_rng(0)
    rows = unit(random.standard_normal((60, 6)))
    given = np.full(60, -1)
    given[:9] = np.arange(9) % 3
    landscape = PropagationGraph(rows)
    known = given[landscape.order]
    theirs = Theirs(
        kernel=lambda _x, _y: landscape.graph.toarray(), alpha=0.8, max_iter=1000, tol=1e-9
    )
    theirs.fit(landscape.rows, known)
    method = LabelSpreading(alpha=0.8, unknown=0, balanced=False)
    done = propagate(landscape, given, method, min_confidence=0)
    free = known < 0
    assert np.array_equal(
        done.guesses[landscape.order][free], theirs.label_distributions_.argmax(axis=1)[free]
    )


@pytest.mark.parametrize("alpha", [0.3, 0.5, 0.9, 0.99])
def test_scores_spread_to_what_the_equation_says(alpha: float) -> None:
    """The fixed point: F = (1 - alpha) (1 - alpha S)^-1 Y."""
    rows = unit(np.random.default_rng(1).standard_normal((30, 4)))
    graph = graph_of(rows, 3)
    start = np.zeros((30, 20), np.float32)
    start[np.arange(20), np.arange(20)] = 1
    kept = spread(graph, lambda first, stop: start[:, first:stop].copy(), 20, alpha)
    dense = graph.toarray()
    halves = 1 / np.sqrt(dense.sum(axis=1))
    smooth = dense * halves[:, None] * halves
    wanted = (1 - alpha) * np.linalg.inv(np.eye(30) - alpha * smooth) @ start
    assert np.array_equal(kept.classes[:, 0], wanted.argmax(axis=1))
    assert np.allclose(kept.scores[:, 0], wanted.max(axis=1), atol=1e-5)
    assert np.allclose(kept.totals, wanted.sum(axis=1), atol=1e-4)


def test_the_strongest_path_names_where_it_starts() -> None:
    """A chain 0-1-2-3 of one label, and 4 of another beside 3."""
    graph = graph_of(at(0, 20, 40, 60, 65), 1) + graph_of(at(0, 20, 40, 60, 65), 2)
    graph = graph.tocsr()
    labels = np.array([0, 0, 0, 0, 1])
    found = strongest_sources(graph, labels, np.array([0, 4]))
    assert found.tolist() == [0, 0, 0, 0, 4]
    labels[1:3] = 1
    assert strongest_sources(graph, labels, np.array([0, 4]))[3] == -1


def test_asking_where_paths_start_leaves_the_graph_as_it_is() -> None:
    rows = unit(np.random.default_rng(2).standard_normal((80, 5)))
    graph = graph_of(rows, 4)
    before = graph.copy()
    labels = np.arange(80) % 2
    one = strongest_sources(graph, labels, np.arange(6))
    assert np.array_equal(graph.toarray(), before.toarray())
    assert np.array_equal(one, strongest_sources(graph, labels, np.arange(6)))
    assert (labels[one[one >= 0]] == labels[one >= 0]).all()
