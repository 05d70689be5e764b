"""How good a classifier of several classes is, on images that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.core.vectors import Scores
from likewise.errors import BadInputError
from likewise.numeric.intervals import wilson_interval


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What classifiers made of images that they were trained without.

    Attributes:
        scores: (t, classes).
        truths: (t,), the number of the class that each is labelled as.
        rows: (t,), which image each is; one that was held out in several divisions is there
            once for each, and counts as one image in all.
    """

    scores: NDArray[np.float32]
    truths: NDArray[np.intp]
    rows: NDArray[np.intp]

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """One over how often each image is there, (t,)."""
        _, numbers, times = np.unique(self.rows, return_inverse=True, return_counts=True)
        return 1.0 / times[numbers]

    @cached_property
    def answers(self) -> NDArray[np.intp]:
        """Number of the best class, (t,)."""
        return np.asarray(self.scores.argmax(axis=1), dtype=np.intp)

    def by_image(self, values: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Places of the images, each once, and the mean of their values."""
        images, numbers = np.unique(self.rows, return_inverse=True)
        weighted = self.weights * np.asarray(values, np.float64)
        return images, np.bincount(numbers, weighted).astype(np.float64)

    def right_by_image(self) -> NDArray[np.float64]:
        """Share of right answers for each image, (images,), in the order of the places."""
        return self.by_image(self.answers == self.truths)[1]


@dataclass(frozen=True)
class ClassFigures:
    """One class's line in a report.

    Attributes:
        name: of the class.
        images: how many were held out.
        precision: share of right ones among those called so; None where none was.
        recall: share of right ones among those that are so; None where none was held out.
        f1: harmonic mean of the two; 0 where nothing is right, None where none was held out.
    """

    name: str
    images: int
    precision: float | None
    recall: float | None
    f1: float | None


def confusion(
    truths: NDArray[np.intp],
    answers: NDArray[np.intp],
    classes: int,
    weights: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """How many images of each class (row) were called each class (column); (classes, classes).

    Example:
        >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
        [[1.0, 1.0], [0.0, 1.0]]
    """
    counts = np.zeros((classes, classes))
    np.add.at(counts, (truths, answers), 1.0 if weights is None else weights)
    return counts


def class_figures(counts: NDArray[np.float64], names: Sequence[str]) -> list[ClassFigures]:
    """Precision, recall and F1 of each class, from a confusion matrix.

    Example:
        >>> class_figures(np.array([[1.0, 1.0], [0.0, 2.0]]), ("cat", "dog"))[0]
        ClassFigures(name='cat', images=2, precision=1.0, recall=0.5, f1=0.6666666666666666)
    """
    right, so, called = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    rows = []
    for index, name in enumerate(names):
        precision = float(right[index] / called[index]) if called[index] else None
        recall = float(right[index] / so[index]) if so[index] else None
        f1 = float(2 * right[index] / (so[index] + called[index])) if so[index] else None
        rows.append(ClassFigures(name, round(float(so[index])), precision, recall, f1))
    return rows


def weighted_f1(counts: NDArray[np.float64]) -> float:
    """Mean F1 of the classes, each by how many images it has; from a confusion matrix."""
    so, called = counts.sum(axis=1), counts.sum(axis=0)
    f1 = 2 * np.diag(counts) / np.maximum(so + called, 1e-12)
    return float(so @ f1 / max(so.sum(), 1e-12))


def confused_pairs(counts: NDArray[np.float64], names: Sequence[str]) -> list[dict[str, Any]]:
    """Pairs of classes that are taken for one another, the most confused first.

    Example:
        >>> confused_pairs(np.array([[1.0, 1.0], [0.0, 2.0]]), ("cat", "dog"))
        [{'pair': ['cat', 'dog'], 'mistakes': 1.0, 'share': 0.25}]
    """
    found = []
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            mistakes = float(counts[first, second] + counts[second, first])
            if mistakes > 0:
                share = mistakes / float(counts[[first, second]].sum())
                pair = [names[first], names[second]]
                found.append({"pair": pair, "mistakes": round(mistakes, 3), "share": share})
    return sorted(found, key=lambda pair: (-pair["mistakes"], pair["pair"]))


def most_in_need(figures: Sequence[ClassFigures]) -> list[str]:
    """Classes by how much another image of each is wanted, the neediest first.

    That is the class whose recall could still be the lowest: the lower bound of its interval
    is low where images are missed, and where there are too few to know.

    Example:
        >>> sure = ClassFigures("cat", 10, 1.0, 1.0, 1.0)
        >>> most_in_need([sure, ClassFigures("dog", 2, 1.0, 1.0, 1.0)])
        ['dog', 'cat']
    """

    def floor(row: ClassFigures) -> float:
        if row.recall is None:
            return -1.0
        return wilson_interval(round(row.recall * row.images), row.images)[0]

    return [row.name for row in sorted(figures, key=lambda row: (floor(row), row.name))]


def coverage_curve(sureness: Scores, right: ArrayLike) -> list[tuple[float, float]]:
    """Accuracy of the surest images, by what share of all they are; from the surest down.

    Abstaining on the rest keeps that accuracy (El-Yaniv and Wiener 2010, "On the foundations of
    noise-free selective classification").

    Args:
        sureness: (n,), higher is surer.
        right: (n,) of true and false, or of shares.

    Returns:
        Points (coverage, accuracy), coverage rising to 1.

    Raises:
        BadInputError: nothing to look at, or other lengths.

    Example:
        >>> coverage_curve(np.float32([0.9, 0.5]), [True, False])
        [(0.5, 1.0), (1.0, 0.5)]
    """
    found = np.asarray(right, np.float64)
    if found.shape != np.shape(sureness) or found.ndim != 1 or not len(found):
        raise BadInputError(
            f"sureness of shape {np.shape(sureness)} and answers of shape {found.shape} do not "
            "run parallel; give one of each for every image"
        )
    sure = np.asarray(sureness)
    order = np.argsort(-sure, kind="stable")
    accuracy = np.cumsum(found[order]) / np.arange(1, len(found) + 1)
    last = np.append(np.flatnonzero(np.diff(sure[order])), len(found) - 1)  # ties go together
    return [(float(index + 1) / len(found), float(accuracy[index])) for index in last]


def report(held_out: HeldOut, names: Sequence[str]) -> dict[str, Any]:
    """Everything that held-out images say, as JSON: accuracy, F1, classes, confusion, pairs."""
    images = len(np.unique(held_out.rows))
    if not images:
        return {"images": 0, "because": "no class has a second image that could be held out"}
    counts = confusion(held_out.truths, held_out.answers, len(names), held_out.weights)
    figures, right = class_figures(counts, names), float(np.trace(counts))
    return {
        "images": images,
        "accuracy": right / images,
        "accuracy_interval": list(wilson_interval(round(right), images)),
        "weighted_f1": weighted_f1(counts),
        "classes": [vars(row) for row in figures],
        "most_in_need": most_in_need(figures),
        "confusion": counts.round(3).tolist(),
        "confused_pairs": confused_pairs(counts, names)[:10],
    }
