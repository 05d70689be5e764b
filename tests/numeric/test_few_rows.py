"""Principal axes of few rows are those of the whole matrix, and what stands on them is the same."""

from __future__ import annotations

import numpy as np
import pytest
from pools import clumps

from likewise.maps.base import principal_axes
from likewise.numeric.few_rows import are_few, axes_of_few
from likewise.propagate.base import PropagationGraph


def test_they_are_the_axes_of_the_whole_matrix() -> None:
    rows = np.random.default_rng(0).standard_normal((9, 40))
    rows -= rows.mean(axis=0)
    squares, axes = axes_of_few(rows)
    assert squares[:8] == pytest.approx(np.linalg.eigvalsh(rows.T @ rows)[::-1][:8])
    assert squares[8] == pytest.approx(0, abs=1e-9)  # the mean is subtracted
    assert axes * squares @ axes.T == pytest.approx(rows.T @ rows, abs=1e-9)


def test_a_propagation_graph_is_the_same_with_dimensions_that_say_nothing() -> None:
    rows = clumps((8, 8, 8), dim=12, noise=0.8)
    wide = np.concatenate([rows, np.zeros((24, 100), np.float32)], axis=1)
    assert are_few(wide)
    assert not are_few(rows)
    plain, padded = PropagationGraph(rows), PropagationGraph(wide)
    plain_rows, padded_rows = plain.rows[plain.position], padded.rows[padded.position]
    assert padded_rows @ padded_rows.T == pytest.approx(plain_rows @ plain_rows.T, abs=1e-5)
    weights = [
        graph.graph[graph.position][:, graph.position].toarray() for graph in (plain, padded)
    ]
    assert weights[1] == pytest.approx(weights[0], abs=1e-4)


def test_the_axes_of_a_map_are_the_same_with_dimensions_that_say_nothing() -> None:
    rows = clumps((8, 8, 8), dim=12, noise=0.8)
    wide = np.concatenate([rows, np.zeros((24, 100), np.float32)], axis=1)
    plain, padded = principal_axes(rows, 10)[1], principal_axes(wide, 10)[1]
    assert padded[:, :12] == pytest.approx(plain, abs=1e-4)
    assert padded[:, 12:] == pytest.approx(0, abs=1e-6)
