"""A collection as learners see it that also learn from what nobody labelled."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Neighbourhood
from likewise.core.rule import Rule
from likewise.core.vectors import Vectors, unit
from likewise.numeric.diffusion import Diffusion, Floats, normalised
from likewise.numeric.ridge import Solver, ridge_solver

if TYPE_CHECKING:
    from likewise.search.collection import Collection

LARGEST = 20_000
"""Images that labels spread over; of a larger collection, those that a rule scores best."""

_KEPT = 2
"""Neighbourhoods of a large collection that are kept: 20,000 vectors and their graph each."""

_RIDGE = 0.01  # of the mean variance of a dimension


class CollectionGraph:
    """The images of one version of a collection and its neighbour graph.

    Args:
        collection: with a fresh graph.
        neighbours, cosines: of the graph, (n, k).
        take: answers the stored vectors at positions.
        best: answers the positions of so many items that a rule scores best, ascending.
    """

    def __init__(
        self,
        collection: Collection,
        neighbours: NDArray[np.int32],
        cosines: Floats,
        take: Callable[[NDArray[np.int64]], Vectors],
        best: Callable[[Rule, int], NDArray[np.int64]],
    ) -> None:
        self._collection, self._neighbours, self._cosines = collection, neighbours, cosines
        self._take, self._best = take, best
        self._space, self._version = collection.space(), collection.version
        self._solve: Solver | None = None
        self._everything: Neighbourhood | None = None
        self._earlier: deque[tuple[Floats, Neighbourhood]] = deque(maxlen=_KEPT)
        self._lock = Lock()

    def around(
        self, direction: Floats, ids: Sequence[str], least_cosine: float = 2.0
    ) -> Neighbourhood:
        """The whole collection, or the ids and the `LARGEST` images that score best.

        Args:
            direction: (dim_out,), of a rule.
            ids: of labelled images.
            least_cosine: one of the latest answers will do whose direction is that near.
        """
        count = len(self._neighbours)
        if count <= LARGEST:
            if self._everything is None:
                self._everything = self._neighbourhood(np.arange(count))
            return self._everything
        row = unit(np.array(direction, np.float32)[None])[0]
        with self._lock:
            near = [found for of, found in self._earlier if float(of @ row) >= least_cosine]
        if near:
            return near[-1]
        labelled = self._positions(ids)
        best = self._best(Rule("", self._space, row[None]), LARGEST)
        found = self._neighbourhood(np.union1d(best, labelled[labelled >= 0]))
        with self._lock:
            self._earlier.append((row, found))
        return found

    def _neighbourhood(self, positions: NDArray[np.int64]) -> Neighbourhood:
        count = len(self._neighbours)
        is_all = len(positions) == count
        neighbours, cosines = self._neighbours[positions], self._cosines[positions]
        if not is_all:
            index = np.full(count + 1, -1, np.int32)  # the last stands for no neighbour
            index[positions] = np.arange(len(positions), dtype=np.int32)
            neighbours = index[neighbours]
        rows = self._space.apply(self._take(positions))
        solve = self._solve = self._solve or _solver(self._sample(rows, is_all))

        def index_of(ids: Sequence[str]) -> NDArray[np.int64]:
            found = self._positions(ids)
            if is_all:
                return found
            at = np.minimum(np.searchsorted(positions, found), len(positions) - 1)
            return np.where(positions[at] == found, at, -1)

        def regress(targets: Floats) -> Floats:
            return solve(rows.T @ targets)

        spread = Diffusion(normalised(neighbours, cosines))
        return Neighbourhood(rows, spread, index_of, regress, is_all)

    def _positions(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Where items are in this graph; nowhere once the collection was read anew meanwhile."""
        found = self._collection.positions(ids)
        return found if self._collection.version == self._version else np.full(len(ids), -1)

    def _sample(self, rows: Vectors, is_all: bool) -> Vectors:
        if is_all:
            return rows
        chosen = np.random.default_rng(0).permutation(len(self._neighbours))[:LARGEST]
        return self._space.apply(self._take(np.sort(chosen)))


def _solver(rows: Vectors) -> Solver:
    return ridge_solver(rows, max(_RIDGE * float((rows**2).sum()) / rows.shape[1], 1e-9))
