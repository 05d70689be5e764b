"""Small worlds of several classes, for tests that need no images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.references import References
from likewise.core.vectors import Vectors, unit


@dataclass(frozen=True, eq=False)
class ClassWorld:
    """Classes around random centres.

    Attributes:
        references: a few of each class.
        test: (t, dim), others of the same classes.
        truths: (t,), class numbers.
        strangers: (s, dim), of no class.
    """

    references: References
    test: Vectors
    truths: NDArray[np.intp]
    strangers: Vectors

    def accuracy(self, scores: NDArray[np.float32]) -> float:
        return float((scores.argmax(axis=1) == self.truths).mean())


def class_world(
    classes: int = 5,
    each: int = 8,
    tests: int = 40,
    dim: int = 24,
    noise: float = 0.7,
    wrong: int = 0,
    seed: int = 0,
) -> ClassWorld:
    """Classes of like size around random centres, with a large common direction.

    Args:
        classes: how many.
        each: references of each.
        tests: other images of each.
        dim: dimensions.
        noise: length of the noise that is added to a centre of length 1.
        wrong: how many references get the label of the next class, from the first on.
        seed: of every draw.
    """
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((classes, dim)))

    def around(rows: Vectors) -> Vectors:
        drift = unit(random.standard_normal(rows.shape)) * np.float32(noise)
        return unit(rows + drift + 0.5)

    owners = np.repeat(np.arange(classes), each)
    labels = owners.copy()
    planted = random.permutation(len(owners))[:wrong]
    labels[planted] = (labels[planted] + 1) % classes
    names = [f"class {owner}" for owner in labels.tolist()]
    ids = [f"{'wrong' if row in planted else 'right'}-{row}" for row in range(len(owners))]
    references = References(around(centres[owners]), names, ids, encoder="world")
    truths = np.repeat(np.arange(classes), tests)
    strangers = unit(random.standard_normal((60, dim)))
    return ClassWorld(references, around(centres[truths]), truths, around(strangers))


def shuffled(references: References, seed: int = 1) -> References:
    """The same references in another order."""
    order = np.random.default_rng(seed).permutation(len(references.labels)).tolist()
    return References(
        references.vectors[order],
        [references.labels[place] for place in order],
        [references.ids[place] for place in order],
        references.words,
        references.encoder,
        references.mean,
    )
