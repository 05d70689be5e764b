"""The classifier's last layer as directions of words in the space of the images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.vectors import unit

_RIDGE = 10.0


def class_directions(head: NDArray[np.float32]) -> NDArray[np.float32]:
    """Directions whose weighted sum makes some classes stand out from all others.

    Each row of the classifier points to where its class's images lie; its length and the mean
    of all rows say nothing about the class, so both are taken off. The direction of one class
    is then its own row, nearly. That of several is the ridge regression (Hoerl and Kennard,
    1970) of membership on all rows, which leaves out what they share with the rest: it ranks
    wide words such as "furniture" better than their mean does, and single classes alike.
    A regression is linear in what it fits, so it is solved here once for every class.

    Args:
        head: weights of the last layer, shape (classes, dim).

    Returns:
        shape (classes, dim), to be multiplied from the left by weights over classes.

    Example:
        >>> head = np.array([[2, 0], [0, 2], [-1, 0], [0, -1]], dtype=np.float32)
        >>> unit(np.array([1, 1, 0, 0]) @ class_directions(head)).round(2)
        array([0.71, 0.71], dtype=float32)
    """
    rows = unit(head - head.mean(axis=0)).astype(np.float64)
    gram = rows @ rows.T + _RIDGE * np.eye(len(rows))
    solved = np.linalg.solve(gram, rows)
    return np.asarray(solved - solved.mean(axis=0), dtype=np.float32)
