"""Ridge regression on rows of vectors, solved once for targets that come later."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_BLOCK = 4096

Solver = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def ridge_solver(rows: NDArray[np.float32], ridge: float) -> Solver:
    """What multiplies columns, (dim, f), by ``(rows' rows + ridge * I)^-1``.

    NumPy's inverse, and not SciPy's factor: loading SciPy's linear algebra does not return where
    memory is short.

    Args:
        rows: (n, dim).
        ridge: above 0.

    Example:
        >>> solve = ridge_solver(np.eye(2, dtype=np.float32), ridge=1.0)
        >>> solve(np.ones((2, 1), np.float32)).ravel().tolist()
        [0.5, 0.5]
    """
    moments = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        moments += block.T @ block
    moments[np.diag_indices(len(moments))] += ridge
    inverse = np.linalg.inv(moments)
    return lambda columns: np.asarray(inverse @ columns, np.float32)
