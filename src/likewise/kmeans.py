"""K-means by cosine: groups of directions, the same ones every time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.vectors import Vectors, unit

_ROUNDS = 50


def spherical_kmeans(rows: Vectors, weights: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """K-means by cosine (Dhillon and Modha 2001), the same for any order of the rows.

    It starts from the most central row and then, each time, from the row least like all starts
    so far (Gonzalez 1985); nothing is drawn at random.

    Args:
        rows: (n, dim) of unit length.
        weights: (n,).
        count: how many clumps; fewer come out when rows coincide.

    Returns:
        Clump numbers of shape (n,).

    Example:
        >>> rows = np.repeat(np.eye(2, dtype=np.float32), 2, axis=0)
        >>> spherical_kmeans(rows, np.ones(4, np.float32), 2).tolist()
        [0, 0, 1, 1]
    """
    likeness = rows @ rows.T
    starts = [int((likeness @ weights).argmax())]
    while len(starts) < count:
        starts.append(int(likeness[:, starts].max(axis=1).argmin()))
    labels = likeness[:, starts].argmax(axis=1)
    for _ in range(_ROUNDS):
        members = weights * (labels == np.arange(count)[:, None])
        moved = (rows @ unit(members @ rows).T).argmax(axis=1)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return np.asarray(labels)
