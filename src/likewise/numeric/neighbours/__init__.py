"""The nearest neighbours of every item: one graph that duplicates, outliers and others read.

Never a table of all against all: products of blocks, of which each row keeps its k best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.core.ranking import Ranking
from likewise.core.vectors import Scores, Vectors
from likewise.errors import BadInputError, NotFoundError
from likewise.numeric.neighbours.best import NOBODY, Best
from likewise.numeric.neighbours.comparisons import everything, through_cells

EXACT_UP_TO = 20_000
"""Rows up to which every pair is compared; above, only those in neighbouring cells."""

PROBES = 16
"""Cells that each row looks into."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k nearest neighbours of every item, the nearest first.

    Attributes:
        ids: item ids.
        rows: int32 of shape (n, k): places in `ids`; -1 where an item has fewer neighbours.
        scores: float32 of the same shape: cosines, -1 where there is none.

    Example:
        >>> rows = np.float32([[1, 0], [0.8, 0.6], [0, 1]])
        >>> [item for item, _ in find_neighbours(("a", "b", "c"), rows, k=1).of("a")]
        ['b']
    """

    ids: tuple[str, ...]
    rows: NDArray[np.int32]
    scores: Scores

    def __post_init__(self) -> None:
        if self.rows.shape != self.scores.shape or len(self.rows) != len(self.ids):
            raise BadInputError(
                f"neighbours of {len(self.ids)} ids have rows of shape {self.rows.shape} and "
                f"scores of shape {self.scores.shape}; one line an id is wanted in both"
            )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def k(self) -> int:
        """How many neighbours each item has."""
        return int(self.rows.shape[1])

    def of(self, item: str) -> Ranking:
        """The neighbours of one item.

        Raises:
            NotFoundError: it is not among these.
        """
        row = self._row_of.get(item)
        if row is None:
            raise NotFoundError(f"'{item}' has no neighbours here; give an id of the pool")
        has_neighbour = self.rows[row] >= 0
        near = tuple(self.ids[row] for row in self.rows[row][has_neighbour].tolist())
        return Ranking(near, self.scores[row][has_neighbour], searched=len(self) - 1)

    def among(self, ids: Sequence[str]) -> Neighbours:
        """The graph of some of the items, in that order; lists get shorter, none is searched anew.

        Raises:
            NotFoundError: an id is not among these.
        """
        positions = np.array([self._row_of.get(item, NOBODY) for item in ids], dtype=np.int64)
        if (positions < 0).any():
            raise NotFoundError(
                f"'{ids[int(positions.argmin())]}' has no neighbours here; give ids of the pool"
            )
        new = np.full(len(self) + 1, NOBODY, dtype=np.int32)  # the last is for -1
        new[positions] = np.arange(len(positions), dtype=np.int32)
        rows, scores = new[self.rows[positions]], self.scores[positions].copy()
        scores[rows < 0] = -1
        order = np.argsort(rows < 0, axis=1, kind="stable")  # those that are there come first
        return Neighbours(
            tuple(ids),
            np.take_along_axis(rows, order, axis=1),
            np.take_along_axis(scores, order, axis=1),
        )

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {item: row for row, item in enumerate(self.ids)}


def find_neighbours(
    ids: Sequence[str], vectors: Vectors, k: int = 20, progress: Progress | None = None
) -> Neighbours:
    """The k nearest neighbours of every item by cosine.

    Up to 20,000 items exactly; above, an item is compared with those in the 16 cells nearest to
    it (an inverted file: Sivic and Zisserman 2003; Jegou et al. 2011).

    Args:
        ids: item ids.
        vectors: (n, dim) unit rows, one an id.
        k: how many; n - 1 where that is fewer.
        progress: called with rows done and rows in all.

    Raises:
        BadInputError: k below 1, or another number of ids than of vectors.
    """
    if k < 1:
        raise BadInputError(f"k is {k}; ask for 1 neighbour or more")
    if len(ids) != len(vectors):
        raise BadInputError(f"there are {len(ids)} ids and {len(vectors)} vectors; give as many")
    return Neighbours(tuple(ids), *nearest_rows(vectors, k, progress=progress))


def repaired(graph: Neighbours, vectors: Vectors, progress: Progress | None = None) -> Neighbours:
    """Fill the lists that became too short when items were taken out of a graph.

    Args:
        graph: as `Neighbours.among` leaves it.
        vectors: (n, dim) unit rows of its ids.
        progress: called with rows done and rows in all.
    """
    k = min(graph.k, len(graph) - 1)
    short = np.flatnonzero((graph.rows[:, :k] < 0).any(axis=1))
    if len(short) > max(EXACT_UP_TO, len(graph) // 4):
        return find_neighbours(graph.ids, vectors, max(k, 1), progress)
    best = Best(vectors, k, None)
    for members, _, done in everything(len(graph)) if k else ():
        best.offer(members, short)
        if progress is not None:
            progress(int(done * len(short)), len(short))
    rows, scores = graph.rows[:, :k].copy(), graph.scores[:, :k].copy()
    found, strength = best.result()
    rows[short], scores[short] = found[short], strength[short]
    return Neighbours(graph.ids, rows, scores)


def nearest_rows(
    vectors: Vectors,
    k: int,
    apart: NDArray[np.intp] | None = None,
    probes: int = PROBES,
    exact_up_to: int = EXACT_UP_TO,
    progress: Progress | None = None,
) -> tuple[NDArray[np.int32], Scores]:
    """The k nearest other rows of each row, and their cosines, the nearest first.

    Args:
        vectors: (n, dim) unit rows.
        k: how many; the answer has min(k, n - 1) columns.
        apart: (n,) group numbers; rows of one group are not neighbours of one another.
        probes: cells looked into, above `exact_up_to` rows.
        exact_up_to: rows up to which every pair is compared.
        progress: called with rows done and rows in all.

    Returns:
        Row numbers (n, k), -1 where there are too few, and cosines, -1 there.

    Example:
        >>> rows, scores = nearest_rows(np.float32([[1, 0], [0.6, 0.8], [0, 1]]), 1)
        >>> rows.tolist(), scores.round(2).tolist()
        ([[1], [2], [1]], [[0.6000000238418579], [0.800000011920929], [0.800000011920929]])
    """
    best = Best(vectors, max(0, min(k, len(vectors) - 1)), apart)
    if best.k:
        visits = (
            everything(len(vectors))
            if len(vectors) <= exact_up_to
            else through_cells(vectors, probes)
        )
        for members, queries, done in visits:
            best.offer(members, queries)
            if progress is not None:
                progress(int(done * len(vectors)), len(vectors))
    return best.result()
