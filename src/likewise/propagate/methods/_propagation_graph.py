"""The rows of a collection and their geometry, computed once for every method."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from likewise.core.vectors import Vectors
from likewise.errors import BadInputError
from likewise.numeric.clusters import Clusters, clusters_of
from likewise.numeric.few_rows import are_few, axes_of_few
from likewise.propagate.methods._graph import graph_of

_DIMENSIONS = 128
_NEIGHBOURS = 10
_BLOCK_ROWS = 8192
_SAMPLE = 100_000
_FLAT = 1e-7
_WHITENING = 0.25


Assign: TypeAlias = Callable[[NDArray[np.float32], NDArray[np.float32], Vectors], Clusters]
"""Puts vectors x at the nearest of some centres, as ``unit((x - mean) @ turn)`` sees them.

Given the mean (dim,), the turn (dim, d) and centres (k, d) of unit length; answers in the order of
the vectors.
"""


class PropagationGraph:
    """Unit rows in principal components, with a neighbour graph and clusters made when wanted.

    The rows stand in an order that depends on their contents only, so that nothing that follows
    depends on the order in which they came. Labels are not known here: it serves every round,
    fold and method, and answers that come later.

    Example:
        >>> rows = np.repeat(np.eye(3, dtype=np.float32), 2, axis=0)
        >>> sorted(PropagationGraph(rows).position.tolist())
        [0, 1, 2, 3, 4, 5]
    """

    def __init__(
        self, vectors: Vectors, dimensions: int = _DIMENSIONS, assign: Assign | None = None
    ) -> None:
        """Centre, turn into principal components and renormalise.

        Args:
            vectors: (n, dim); may be a memory map, it is read in blocks.
            dimensions: how many components are kept at most.
            assign: puts the vectors into clusters, elsewhere; in this process unless given.

        Raises:
            BadInputError: not a table, no row, or a row that is not finite.
        """
        if vectors.ndim != 2 or not len(vectors):
            raise BadInputError(
                f"vectors of shape {vectors.shape} cannot be labelled; a table of shape "
                "(n, dim) is wanted, one row an image"
            )
        self.order = np.argsort(_content(vectors), kind="stable")
        """The caller's row at each place of the landscape, (n,)."""
        self.position = np.empty(len(vectors), dtype=np.intp)
        """The place of each of the caller's rows, (n,)."""
        self.position[self.order] = np.arange(len(vectors))
        self._assign = assign
        self._rotate(vectors, dimensions)
        self._clusters: dict[int, Clusters] = {}

    def __len__(self) -> int:
        return len(self.order)

    def _rotate(self, vectors: Vectors, dimensions: int) -> None:
        mean, spread, axes = self._principal_axes(vectors)
        spread, axes = spread[:dimensions], axes[:, :dimensions]
        real = spread > max(_FLAT * spread[0], 1e-12)
        if not real.any():  # all rows coincide: nothing varies, so keep one flat direction
            real[0] = True
        spread, axes = np.maximum(spread[real], 1e-12), axes[:, real]
        self._scale = (spread**-_WHITENING).astype(np.float32)
        turn, middle = axes.astype(np.float32), mean.astype(np.float32)
        self._turn, self._middle = turn, middle
        self.rows = np.empty((len(self.order), turn.shape[1]), dtype=np.float32)
        """(n, d) unit rows, in the landscape's order."""
        # Many rows are read as they lie on the disk; few in the landscape's order, so that not
        # even a last bit depends on how they came.
        few = len(self.order) <= _SAMPLE
        for start in range(0, len(self.order), _BLOCK_ROWS):
            block_rows = slice(start, start + _BLOCK_ROWS)
            block = vectors[self.order[block_rows]] if few else vectors[block_rows]
            turned = np.asarray((np.asarray(block, np.float32) - middle) @ turn, np.float32)
            self.rows[block_rows if few else self.position[block_rows]] = _unit(turned)

    def _principal_axes(
        self, vectors: Vectors
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The mean (dim,), variances (r,), the largest first, and their directions (dim, r)."""
        if are_few(vectors):
            rows = np.asarray(vectors[self.order], np.float64)
            mean = rows.mean(axis=0)
            squares, axes = axes_of_few(rows - mean)
            return mean, squares / len(rows), axes
        some = self.order[:: max(1, len(self.order) // _SAMPLE)]
        total, squares = np.zeros(vectors.shape[1]), np.zeros((vectors.shape[1],) * 2)
        for start in range(0, len(some), _BLOCK_ROWS):
            block = np.asarray(vectors[some[start : start + _BLOCK_ROWS]], np.float32)
            total += block.sum(axis=0, dtype=np.float64)
            squares += block.T @ block
        mean = total / len(some)
        spread, axes = np.linalg.eigh(squares / len(some) - np.outer(mean, mean))
        return mean, spread[::-1], axes[:, ::-1]

    @cached_property
    def graph(self) -> csr_matrix:
        """(n, n) sparse and symmetric: how alike each row and its nearest neighbours are.

        Measured where rare directions count for more (whitened by eigenvalue^.25), which costs
        nothing for broad classes and helps fine ones.
        """
        return graph_of(_unit(self.rows * self._scale), _NEIGHBOURS)

    def clusters(self, count: int) -> Clusters:
        """K-means groups of the rows; made once for each count."""
        if count not in self._clusters:
            assign = None if self._assign is None else partial(self._elsewhere, self._assign)
            self._clusters[count] = clusters_of(self.rows, count, assign)
        return self._clusters[count]

    def _elsewhere(self, assign: Assign, centres: Vectors) -> Clusters:
        return assign(self._middle, self._turn, centres).ordered(self.order)


def _unit(rows: NDArray[np.float32]) -> Vectors:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    rows /= np.maximum(lengths, np.float32(1e-12))
    return rows


def _content(vectors: Vectors) -> NDArray[np.uint64]:
    """A number for each row that depends on its bits alone, (n,)."""
    odd = np.random.default_rng(0).integers(0, 1 << 63, vectors.shape[1], dtype=np.uint64)
    odd = odd * np.uint64(2) + np.uint64(1)
    numbers = np.empty(len(vectors), dtype=np.uint64)
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = np.ascontiguousarray(vectors[start : start + _BLOCK_ROWS], dtype=np.float32)
        if not np.isfinite(block).all():
            raise BadInputError("a vector holds a number that is not finite; encode it again")
        bits = (block + np.float32(0)).view(np.uint32).astype(np.uint64)  # -0 is 0
        numbers[start : start + len(block)] = (bits * odd).sum(axis=1, dtype=np.uint64)
    return numbers
