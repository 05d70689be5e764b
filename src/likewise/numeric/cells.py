"""Cells of a large pool: K-means by cosine on a sample, then every row to its nearest centres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Rows, Vectors, unit
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import Blocks, share_blocks

_SAMPLE_A_CELL = 48
_SAMPLE = 5000
_ROUNDS = 8
_BLOCK = 2048
_COPIES = 1e-4


def find_cells(vectors: Rows, count: int, seed: int = 0, spread: bool = False) -> Vectors:
    """Centres of `count` cells, shape (count, dim); spherical K-means (Dhillon, Modha 2001).

    It looks at a sample of 48 rows a cell and more, so that a million rows take seconds.

    Args:
        vectors: (n, dim) unit rows, n of 1 or more.
        count: how many; at most n.
        seed: of the sample and the start.
        spread: start from rows far from one another (k-means++: Arthur, Vassilvitskii 2007), so
            that cells are the clusters there are; else from random ones, so that dense regions
            get more cells and cells come out of like size.

    Example:
        >>> rows = np.repeat(np.eye(2, dtype=np.float32), 3, axis=0)
        >>> sorted(find_cells(rows, 2, seed=1).tolist())
        [[0.0, 1.0], [1.0, 0.0]]
    """
    count = min(count, len(vectors))
    random = np.random.default_rng(seed)
    size = min(len(vectors), max(_SAMPLE_A_CELL * count, _SAMPLE))
    sample = vectors[np.sort(random.choice(len(vectors), size, replace=False))]
    centres = sample[(_far_starts if spread else _starts)(sample, count, random)]
    before = np.full(len(sample), -1)
    for _ in range(_ROUNDS):
        owner = nearest_cells(sample, centres, 1)[:, 0]
        if np.array_equal(owner, before):
            break
        before = owner
        order = np.argsort(owner, kind="stable")
        present, first = np.unique(owner[order], return_index=True)
        sums = np.add.reduceat(sample[order], first, axis=0)
        centres = centres.copy()
        centres[present] = unit(sums)
    return centres


def nearest_cells(vectors: Vectors, centres: Vectors, count: int) -> NDArray[np.int32]:
    """The nearest centres of each row, the nearest first; shape (n, count)."""
    count = min(count, len(centres))
    out = np.empty((len(vectors), count), dtype=np.int32)

    def work(blocks: Blocks) -> None:
        for start, end in blocks:
            similarity = vectors[start:end] @ centres.T
            if count == 1:
                out[start:end, 0] = similarity.argmax(axis=1)
                continue
            best = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
            order = np.argsort(-np.take_along_axis(similarity, best, axis=1), axis=1, kind="stable")
            out[start:end] = np.take_along_axis(best, order, axis=1)

    with single_blas_thread():
        share_blocks(len(vectors), work, _BLOCK)
    return out


def _starts(sample: Vectors, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Random rows, different ones as far as there are any."""
    order = random.permutation(len(sample))
    some = order[: 4 * count]
    _, first = np.unique(sample[some], axis=0, return_index=True)
    distinct = some[np.sort(first)]
    rest = np.setdiff1d(order, distinct, assume_unique=True)
    return np.concatenate([distinct, rest])[:count]


def _far_starts(sample: Vectors, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Each next row drawn by its squared distance to the nearest so far."""
    starts = [int(random.integers(len(sample)))]
    apart = np.maximum(1 - sample @ sample[starts[0]], 0)
    while len(starts) < count:
        weights = np.cumsum(apart, dtype=np.float64)
        if weights[-1] <= _COPIES:
            return _starts(sample, count, random)  # fewer different rows than cells
        starts.append(int(np.searchsorted(weights, random.uniform(0, weights[-1]))))
        apart = np.minimum(apart, np.maximum(1 - sample @ sample[starts[-1]], 0))
    return np.array(starts)
