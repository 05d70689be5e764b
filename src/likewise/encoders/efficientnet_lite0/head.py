"""Directions of words in the space of the images, from the last layer of the classifier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.numeric.kmeans import spherical_kmeans

_RIDGE = 10.0
_MOST_MEANINGS = 64  # a search compares every image to each of them


def class_directions(head: NDArray[np.float32]) -> NDArray[np.float32]:
    """Directions whose weighted sum makes some classes stand out from all others.

    Each row of the classifier points to the images of its class; its length and the mean of all
    rows say nothing about the class, so both are removed. The direction of one class is nearly its
    row. That of several is the ridge regression (Hoerl and Kennard 1970) of membership on all rows,
    which leaves out what they share with the rest: it ranks wide words such as "furniture" better
    than their mean, and single classes as well. A regression is linear in its target, so it is
    solved once for all classes.

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


def meanings(weights: NDArray[np.float32], directions: NDArray[np.float32]) -> Vectors:
    """Directions of the classes that a word names, apart; those most alike together if many.

    An image of a dog is near to the direction of its breed and not to the mean of all breeds.

    Args:
        weights: how much each class counts for the word, shape (classes,).
        directions: shape (classes, dim), as `class_directions` answers.

    Returns:
        shape (k, dim); the rows add up to ``weights @ directions``.

    Example:
        >>> rows = meanings(np.array([1, 0, 2], np.float32), np.eye(3, dtype=np.float32))
        >>> rows.tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]
    """
    named = np.flatnonzero(weights)
    rows = weights[named, None] * directions[named]
    if len(named) <= _MOST_MEANINGS:
        return np.asarray(rows, dtype=np.float32)
    groups = spherical_kmeans(unit(directions[named]), weights[named], _MOST_MEANINGS)
    return np.stack([rows[groups == group].sum(axis=0) for group in np.unique(groups)])


def best_class_rank(
    vectors: Vectors, head: NDArray[np.float32], classes: Sequence[int] | NDArray[np.intp]
) -> int:
    """The best rank, from 0 on, that one of some classes has among all, for any of some images.

    Args:
        vectors: shape (n, dim), n of 1 or more; not centred.
        head: weights of the last layer, shape (classes, dim).
        classes: their indices.

    Example:
        >>> best_class_rank(np.array([[1, 0.5]], np.float32), np.eye(2, dtype=np.float32), [1])
        1
    """
    logits = vectors @ (head - head.mean(axis=0)).T
    ranks = (logits > logits[:, classes].max(axis=1, keepdims=True)).sum(axis=1)
    return int(ranks.min())
