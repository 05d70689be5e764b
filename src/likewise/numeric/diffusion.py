"""Labels that spread over a graph of nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]

_SPREAD = 0.9
_STEPS = 25
_POWER = 3
_UNREACHED = 4e-6  # of the mean: what stands for nothing under the logarithm
_FROM_NEGATIVES = 0.5
_TOP = 0.98
_SHORTEST = 1e-12
_NEAREST = 10
_FEW_COLUMNS = 2  # scipy multiplies so few faster one by one
_NEW_A_COLUMN = 8  # rows that are spread and kept for later, for each column that is wanted now
_KEPT_NUMBERS = 1 << 23  # 32 MiB of what rows spread


def normalised(neighbours: NDArray[np.int32], cosines: Floats) -> csr_matrix:
    """Symmetric weights of a graph, divided by the degrees of both ends.

    The weight of a pair is the cube of its cosine, 0 below a cosine of 0.

    Args:
        neighbours: (n, k) positions, -1 where there is none.
        cosines: (n, k).

    Example:
        >>> graph = normalised(np.int32([[1], [0]]), np.float32([[1.0], [1.0]]))
        >>> graph.toarray().tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """
    from scipy.sparse import csr_matrix, diags

    count, k = neighbours.shape
    there = neighbours.ravel() >= 0
    weights = np.maximum(cosines.ravel()[there], 0).astype(np.float32) ** _POWER
    rows = np.repeat(np.arange(count, dtype=np.int32), k)[there]
    graph = csr_matrix((weights, (rows, neighbours.ravel()[there])), (count, count))
    graph = graph.maximum(graph.T).tocsr()
    degrees = np.asarray(graph.sum(axis=1), np.float32).ravel()
    scale = diags(1 / np.sqrt(np.maximum(degrees, np.float32(_SHORTEST))))
    return (scale @ graph @ scale).astype(np.float32).tocsr()


def seeds(where: NDArray[np.int64], rows: Vectors, weights: Floats, graph_rows: Vectors) -> Floats:
    """Labels as weights of the graph's rows, (m, f); each column sums to 1 unless it is empty.

    A labelled row that is not in the graph gives its weight to the rows nearest to it.

    Args:
        where: (k,) positions of the labelled rows in the graph, -1 for those outside.
        rows: (k, dim) labelled rows.
        weights: (k, f).
        graph_rows: (m, dim).
    """
    spread = np.zeros((len(graph_rows), weights.shape[1]), np.float32)
    inside = where >= 0
    np.add.at(spread, where[inside], weights[inside])
    for row, weight in zip(rows[~inside], weights[~inside], strict=True):
        cosines = graph_rows @ row
        nearest = np.argsort(-cosines, kind="stable")[:_NEAREST]
        near = np.maximum(cosines[nearest], np.float32(_SHORTEST)) ** _POWER
        spread[nearest] += (near / near.sum())[:, None] * weight
    total = np.maximum(spread.sum(axis=0), np.float32(_SHORTEST))
    return np.asarray(spread / total, np.float32)


def diffuse(links: csr_matrix, start: Floats) -> Floats:
    """Spread every column of start, (m, f), over the graph: ``f <- .9 links f + .1 start``.

    The method is that of Zhou et al. 2004, "Learning with local and global consistency", stopped
    after 25 steps.
    """
    if start.shape[1] <= _FEW_COLUMNS:
        columns = [_spread_from(links, column) for column in np.ascontiguousarray(start.T)]
        return np.stack(columns, axis=1)
    return _spread_from(links, start)


def _spread_from(links: csr_matrix, start: Floats) -> Floats:
    reached = start
    for _ in range(_STEPS):
        reached = np.float32(_SPREAD) * (links @ reached) + np.float32(1 - _SPREAD) * start
    return np.asarray(reached, np.float32)


class Diffusion:
    """What labels spread to over one graph, as `diffuse` has it; remembers what each row spreads.

    What a start spreads to is the sum of what each of its rows does, so one more label costs one
    column instead of all. Threads may share it.

    Args:
        links: (m, m), as `normalised` answers them.

    Example:
        >>> spread = Diffusion(normalised(np.int32([[1], [0]]), np.float32([[1.0], [1.0]])))
        >>> spread(np.float32([[1], [0]])).round(1).tolist()
        [[0.5], [0.5]]
    """

    def __init__(self, links: csr_matrix) -> None:
        count = links.shape[0]
        self._links, self._lock = links, Lock()
        self._most = max(1, _KEPT_NUMBERS // max(1, count))
        self._column_of = np.full(count, -1)  # of each row that was spread
        self._kept = 0
        self._columns = np.empty((0, count), np.float32)  # one after the other

    def __call__(self, start: Floats) -> Floats:
        """Spread every column of start, (m, f)."""
        rows = np.flatnonzero(start.any(axis=1))
        with self._lock:
            new = rows[self._column_of[rows] < 0]
            if len(rows) > self._most or len(new) > _NEW_A_COLUMN * start.shape[1]:
                return diffuse(self._links, start)
            self._keep(new, rows)
            weights = np.zeros((start.shape[1], self._kept), np.float32)
            weights[:, self._column_of[rows]] = start[rows].T
            return np.asarray((weights @ self._columns[: self._kept]).T, np.float32)

    def _keep(self, new: NDArray[np.int64], needed: NDArray[np.int64]) -> None:
        if self._kept + len(new) > self._most:
            self._column_of[:], self._kept, new = -1, 0, needed
        if not len(new):
            return
        first, count = self._kept, self._kept + len(new)
        if count > len(self._columns):
            larger = np.empty((min(2 * count, self._most), self._links.shape[0]), np.float32)
            larger[:first] = self._columns[:first]
            self._columns = larger
        start = np.zeros((self._links.shape[0], len(new)), np.float32)
        start[new, np.arange(len(new))] = 1
        self._columns[first:count] = diffuse(self._links, start).T
        self._column_of[new] = np.arange(first, count)
        self._kept = count


def graph_scores(
    spread: Callable[[Floats], Floats], positives: Floats, negatives: Floats
) -> Floats:
    """How much each row of a graph is reached from positives and not from negatives; (m, f).

    Standardised logarithms of what reaches a row; those from the negatives count half. Half of
    the answer is cut off below its best 2 %, so that a regression on it takes as much care of
    what ranks first as of the order of all the rest.

    Args:
        spread: answers what columns, (m, any), spread to over the graph, such as a `Diffusion`.
        positives: (m, f) weights, as `seeds` answers them.
        negatives: (m, f), columns of 0 where there are none.
    """
    columns = positives.shape[1]
    reached = spread(np.concatenate([positives, negatives], axis=1))
    floor = np.float32(_UNREACHED / len(reached))
    logs = standardised(np.log(reached + floor))
    scores = standardised(logs[:, :columns] - np.float32(_FROM_NEGATIVES) * logs[:, columns:])
    top = np.maximum(scores, np.quantile(scores, _TOP, axis=0).astype(np.float32))
    return standardised(scores + standardised(top))


def standardised(columns: Floats) -> Floats:
    """Columns of mean 0 and standard deviation 1; of 0 where all values are one."""
    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    return np.asarray(centred / np.where(spread > _SHORTEST, spread, 1), np.float32)
