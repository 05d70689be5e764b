"""How central each reference is among all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors

_STEPS = 200
_STILL = 1e-9


def eigenvector_centrality(rows: Vectors) -> NDArray[np.float64]:
    """Centrality of each row in the graph whose edges are the rows' likenesses; (n,), sums to 1.

    The leading eigenvector of ``S = (1 + A A^T) / 2`` by power iteration (Bonacich 1972). Cosines
    of centred rows can be negative, and centrality wants weights that are not, so they are
    shifted and halved to run from 0 to 1: then the leading eigenvector is unique and positive
    (Perron and Frobenius). S itself is never made: a step costs two products with A.

    Args:
        rows: (n, dim) of unit length.

    Example:
        >>> rows = np.float32([[1, 0], [0.8, 0.6], [0, 1]])
        >>> eigenvector_centrality(rows).round(2).tolist()
        [0.33, 0.37, 0.31]
    """
    a = rows.astype(np.float64)
    central = np.full(len(a), 1 / max(1, len(a)))
    if not len(a):
        return central
    for _ in range(_STEPS):
        moved = a @ (a.T @ central) + central.sum()
        moved /= moved.sum()
        if np.abs(moved - central).max() < _STILL:
            return np.asarray(moved)
        central = moved
    return central


def rank_within(values: NDArray[np.float64], class_indices: NDArray[np.intp]) -> NDArray[np.intp]:
    """Place of each value among those of its class, 0 for the smallest; (n,).

    Example:
        >>> rank_within(np.array([0.5, 0.1, 0.2]), np.array([0, 0, 1])).tolist()
        [1, 0, 0]
    """
    ranks = np.empty(len(values), dtype=np.intp)
    for owner in np.unique(class_indices):
        members = np.flatnonzero(class_indices == owner)
        ranks[members[np.argsort(values[members], kind="stable")]] = np.arange(len(members))
    return ranks


def most_central(
    ranks: NDArray[np.intp], class_indices: NDArray[np.intp], shares: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each reference is among the first of its class, at least one of each; (n,).

    Args:
        ranks: (n,) places within the classes.
        class_indices: (n,) class numbers.
        shares: (classes,), the share of each class that is kept.

    Example:
        >>> most_central(np.array([1, 0, 0]), np.array([0, 0, 1]), np.array([0.5, 0.1])).tolist()
        [False, True, True]
    """
    counts = np.bincount(class_indices, minlength=len(shares))[class_indices]
    # a hair less than the product, so that half of four is two whatever the rounding
    return np.asarray(ranks < np.ceil(shares[class_indices] * counts - 1e-9))
