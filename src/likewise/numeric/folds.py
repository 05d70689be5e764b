"""Which examples are held out together in a cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.numeric.near_copies import near_copies

_SAME_IMAGE = 1 - 1e-5
_FEWEST_GROUPS = 3  # where all are near-copies, as of one video, only exact copies stay together


@dataclass(frozen=True, eq=False)
class Folds:
    """A fold number for every row of evidence; fold f is learned without the rows numbered f.

    Attributes:
        positives: int (p,).
        negatives: int (n,).
        background: int (b,).
        count: how many folds there are; numbers run from 0.
    """

    positives: NDArray[np.intp]
    negatives: NDArray[np.intp]
    background: NDArray[np.intp]
    count: int

    def training(self, fold: int) -> Mapping[str, NDArray[np.bool_]]:
        """By role, true for the rows that fold is learned from."""
        return {
            "positives": self.positives != fold,
            "negatives": self.negatives != fold,
            "background": self.background != fold,
        }


def make_folds(
    positives: Vectors, negatives: Vectors, background: int, leave_one_out: int = 10
) -> Folds:
    """Leave one positive out at a time while they are few; five folds when they are many.

    Folds depend on what the examples look like and not on the order in which they came. Each
    gets a fair share of typical and untypical examples, and near-copies of one image stay together:
    apart, they would vouch for each other.

    Args:
        positives: (p, dim) unit rows, p of 2 or more.
        negatives: (n, dim) unit rows.
        background: how many background rows there are.
        leave_one_out: up to this many positives that are no near-copies each is a fold of its own.

    Example:
        >>> rows = np.eye(3, dtype=np.float32)
        >>> make_folds(rows, rows[:0], background=4).count
        3
    """
    groups = _distinct(positives)
    distinct = int(groups.max()) + 1
    count = distinct if distinct <= leave_one_out else 5
    others = _distinct(negatives)
    return Folds(groups % count, others % count, np.arange(background) % count, count)


def _distinct(rows: Vectors) -> NDArray[np.intp]:
    """Number the different rows from 0 in order of typicality; near-copies share a number."""
    if not len(rows):
        return np.empty(0, dtype=np.intp)
    typical = rows @ rows.mean(axis=0)
    order = np.argsort(-typical, kind="stable")
    ordered = rows[order]
    is_copy = np.einsum("ij,ij->i", ordered[1:], ordered[:-1]) >= _SAME_IMAGE
    groups = np.cumsum(np.concatenate([[0], ~is_copy]))
    near = near_copies(ordered)
    if near is not None:
        alike = _connected(near)
        groups = alike if alike.max() + 1 >= min(_FEWEST_GROUPS, groups.max() + 1) else groups
    numbers = np.empty(len(rows), dtype=np.intp)
    numbers[order] = groups
    return numbers


def _connected(near: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number the connected groups of rows by the first row of each; (n, n) to (n,)."""
    groups = np.arange(len(near))
    while True:
        lowest = np.where(near, groups, len(near)).min(axis=1)
        if np.array_equal(lowest, groups):
            return np.unique(groups, return_inverse=True)[1]
        groups = lowest
