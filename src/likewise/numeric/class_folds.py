"""Which references are held out together, so that a classifier meets what it has not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors

NEVER = -1
"""Number of rows that are in every training set: their class cannot spare them."""

_SAME_IMAGE = 1 - 1e-5


def class_folds(
    rows: Vectors,
    class_indices: NDArray[np.intp],
    most: int = 10,
    seed: int = 0,
    images: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """Number the rows by the fold that they are held out in, so that no class is ever without.

    There are as many folds as a middling class has images, `most` at most, so that each fold
    takes about one image of each class. It matters that it takes from all classes alike: a class
    that is one image short while the others are complete is beaten by them, and the tinier the
    classes the more.

    Folds depend on what images look like and not on their order. Copies of one image stay
    together, whatever class they are said to be of: apart, they would vouch for each other.

    Args:
        rows: (n, dim) unit rows.
        class_indices: (n,) class numbers.
        most: the largest number of folds, 2 or more.
        seed: another seed is another division.
        images: (n,) numbers of the distinct images; compared with one another if not given.

    Returns:
        Fold numbers (n,), and -1 for rows of classes that show only one distinct image.

    Example:
        >>> folds = class_folds(np.eye(5, dtype=np.float32), np.array([0, 0, 1, 1, 2]))
        >>> sorted(folds[:2].tolist()), sorted(folds[2:4].tolist()), int(folds[4])
        ([0, 1], [0, 1], -1)
    """
    groups = same_image(rows) if images is None else images
    by_group = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[by_group], np.arange(groups.max(initial=-1) + 2))
    random = np.random.default_rng(seed)
    sizes = [len(np.unique(groups[class_indices == owner])) for owner in np.unique(class_indices)]
    count = int(np.clip(np.median(sizes or [0]), 2, most))
    numbers = np.full(len(rows), NEVER, dtype=np.intp)
    for owner in np.unique(class_indices):
        class_rows = np.flatnonzero(class_indices == owner)
        typical = rows[class_rows] @ rows[class_rows].mean(axis=0)
        ordered = list(
            dict.fromkeys(groups[class_rows[np.argsort(-typical, kind="stable")]].tolist())
        )
        turns = random.permutation(count)
        for turn, index in enumerate(random.permutation(len(ordered)).tolist()):
            group = ordered[index]
            members = by_group[starts[group] : starts[group + 1]]
            if len(ordered) > 1 and (numbers[members] == NEVER).all():
                numbers[members] = turns[turn % count]
    for owner in np.unique(
        class_indices
    ):  # copies under two names can tie a whole class to one fold
        class_rows = class_indices == owner
        if (numbers[class_rows] == numbers[class_rows][0]).all():
            numbers[np.isin(groups, groups[class_rows])] = NEVER
    return numbers


def same_image(rows: Vectors) -> NDArray[np.intp]:
    """For each unit row the first row that is the same image, shape (n,).

    Example:
        >>> same_image(np.float32([[1, 0], [0, 1], [1, 0]])).tolist()
        [0, 1, 0]
    """
    first = np.empty(len(rows), dtype=np.intp)
    for start in range(0, len(rows), 1024):
        block = rows[start : start + 1024]
        first[start : start + len(block)] = (block @ rows.T >= _SAME_IMAGE).argmax(axis=1)
    return first
