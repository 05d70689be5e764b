"""Principal axes of fewer rows than dimensions, without a matrix of dim x dim."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEWER = 4  # dimensions a row, from which on this takes a fraction of the time


def are_few(rows: NDArray[Any]) -> bool:
    """Whether `axes_of_few` is the faster way for rows of shape (n, dim)."""
    return bool(_FEWER * len(rows) <= rows.shape[1])


def axes_of_few(centred: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sums of squares along each principal axis, (n,), the largest first, and the axes, (dim, n).

    Args:
        centred: (n, dim) rows less their mean, n at most dim.

    Example:
        >>> squares, axes = axes_of_few(np.array([[3.0, 0, 0, 0], [-3.0, 0, 0, 0]]))
        >>> squares.round(3).tolist(), np.abs(axes[:, 0]).round(3).tolist()
        ([18.0, 0.0], [1.0, 0.0, 0.0, 0.0])
    """
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    return lengths**2, directions.T
