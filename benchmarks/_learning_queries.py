"""The concepts that `learning.py` and `rivals.py` look for: classes of a folder, and mixtures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit

FEWEST_IMAGES = 12
_BROAD = (0.1, 1 / 6, 0.25, 0.4)  # of all classes, in one concept


@dataclass(frozen=True)
class Query:
    """One concept and one draw of its examples.

    Attributes:
        name: of the class, or of the mixture.
        classes: whose images are relevant.
        draw: number of the draw; the same number draws the same examples for every learner.
    """

    name: str
    classes: tuple[str, ...]
    draw: int


def queries(
    labels: NDArray[np.str_],
    vectors: Vectors,
    no_class: Sequence[str],
    *,
    most_classes: int,
    mixtures: int,
    draws: int,
    seed: int = 0,
) -> list[Query]:
    """Single classes, then mixtures of them, each as often as there are draws.

    Args:
        labels: (n,), the class of each image.
        vectors: (n, dim) of the images.
        no_class: labels that are no class.
        most_classes: how many single classes, chosen at random; 0 for all.
        mixtures: how many concepts of several classes, half of them two classes that look alike,
            half of them a tenth to two fifths of all classes.
        draws: of examples, for each concept.
        seed: of the choice of classes and mixtures.
    """
    random = np.random.default_rng(seed)
    names, counts = np.unique(labels, return_counts=True)
    large = [
        str(name)
        for name, count in zip(names, counts, strict=True)
        if name and name not in no_class and count >= FEWEST_IMAGES
    ]
    singles = large
    if most_classes and most_classes < len(large):
        singles = sorted(random.choice(large, most_classes, replace=False).tolist())
    concepts: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in singles]
    concepts += [
        (f"{len(merged)} classes: {' + '.join(merged[:3])}", merged)
        for merged in _mixtures(large, labels, vectors, mixtures, random)
    ]
    return [Query(name, merged, draw) for name, merged in concepts for draw in range(draws)]


def _mixtures(
    classes: Sequence[str],
    labels: NDArray[np.str_],
    vectors: Vectors,
    count: int,
    random: np.random.Generator,
) -> list[tuple[str, ...]]:
    """Up to so many sets of classes, none twice and none with all classes."""
    if len(classes) < 3:
        return []
    centred = unit(vectors - vectors.mean(axis=0))
    centres = unit(np.stack([centred[labels == name].mean(axis=0) for name in classes]))
    similarity = centres @ centres.T
    np.fill_diagonal(similarity, -np.inf)
    chosen: dict[tuple[str, ...], None] = {}
    for number in range(20 * count):
        if len(chosen) == count:
            break
        if number % 2:
            share = _BROAD[number // 2 % len(_BROAD)]
            size = min(max(2, round(share * len(classes))), len(classes) - 1)
            merged = random.choice(len(classes), size, replace=False)
        else:
            one = random.integers(len(classes))
            merged = np.array([one, similarity[one].argmax()])
        chosen[tuple(sorted(classes[place] for place in merged))] = None
    return list(chosen)
