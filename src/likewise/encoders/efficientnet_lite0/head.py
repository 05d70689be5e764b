"""The classifier's last layer as directions of words in the space of the images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.vectors import Vectors, unit

_RIDGE = 10.0


def word_directions(head: NDArray[np.float32], weights: NDArray[np.float32]) -> Vectors:
    """Directions along which the wanted classes stand out from all others.

    Each row of the classifier points to where its class's images lie, and its length and the
    mean of all rows say nothing about the class: both are taken off. One class is then its own
    row, nearly. Several are the ridge regression (Hoerl and Kennard, 1970) of `weights` on all
    rows, which leaves out what they share with the rest: on wide words ("furniture") it ranks
    better than their mean does, and on single classes alike (benchmarks/text_and_example.py).

    Args:
        head: shape (classes, dim).
        weights: shape (n, classes); how much each class is wanted.

    Returns:
        shape (n, dim).

    Example:
        >>> head = np.array([[2, 0], [0, 2], [-1, 0], [0, -1]], dtype=np.float32)
        >>> word_directions(head, np.array([[1, 1, 0, 0]], dtype=np.float32)).round(1)
        array([[0.7, 0.7]], dtype=float32)
    """
    rows = unit(head - head.mean(axis=0)).astype(np.float64)
    wanted = weights - weights.mean(axis=1, keepdims=True)
    gram = rows @ rows.T + _RIDGE * np.eye(len(rows))
    return unit(np.linalg.solve(gram, wanted.T).T @ rows)
