"""Scores of classes for images, from classifiers that did not see the image's own label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from likewise.core.vectors import Scores, Vectors
from likewise.curate.base import NOBODY
from likewise.numeric.class_folds import NEVER
from likewise.numeric.few_rows import are_few, axes_of_few
from likewise.numeric.neighbours import Neighbours

_DIMENSIONS = 256
_RIDGE = 3.0
_SLOPE = 8.0
_VOTE_FLOOR = 0.05  # added to each class's share of the neighbours' votes
_VOTE = 0.5  # power of the votes beside the classifier's probabilities
_BLOCK = 4096


class HeldOutScores:
    """Two classifiers together: ridge regression and a vote of neighbours, both held out by fold.

    Args:
        rows: (n, dim) unit rows.
        class_indices: (n,) class numbers from 0; -1 for no label.
        folds: (n,) fold numbers from 0; -1 for rows that are always trained on.
        graph: the neighbours of the rows.
        k: how many of them vote.
    """

    def __init__(
        self,
        rows: Vectors,
        class_indices: NDArray[np.intp],
        folds: NDArray[np.intp],
        graph: Neighbours,
        k: int,
    ) -> None:
        self._rows, self._class_indices, self._folds = rows, class_indices, folds
        self._graph, self._k = graph, k
        self._axes, self._mean = _principal_axes(rows)
        self._classes = int(class_indices.max()) + 1
        self._fits = self._fit()

    def of(self, rows: NDArray[np.intp]) -> Scores:
        """Log-probabilities up to a slope, (len(rows), classes), of rows that have a fold."""
        return np.asarray(
            np.log(self.probabilities(rows) + 1e-30) + _VOTE * np.log(self._votes(rows)), np.float32
        )

    def probabilities(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Of each class by ridge regression alone, (len(rows), classes)."""
        out = np.empty((len(rows), self._classes), np.float32)
        for fold in np.unique(self._folds[rows]).tolist():
            part = self._folds[rows] == fold
            mean, weights, shares = self._fits[fold]
            guess = (self._projected(rows[part]) - mean) @ weights + shares
            powers = np.exp(_SLOPE * (guess - guess.max(axis=1, keepdims=True)))
            out[part] = powers / powers.sum(axis=1, keepdims=True)
        return out

    def _projected(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.asarray((self._rows[rows] - self._mean) @ self._axes, np.float64)

    def _fit(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
        """For each fold the mean, weights and shares of classes of all rows outside of it.

        The sums of each fold are taken once; those of the rows outside are differences.
        """
        count, sides = int(self._folds.max()) + 1, self._axes.shape[1]
        # The last of each of the sums is for rows that are always trained on.
        grams, sums = (
            np.zeros((count + 1, sides, sides)),
            np.zeros((count + 1, self._classes, sides)),
        )
        sizes = np.zeros((count + 1, self._classes))
        for fold in range(NEVER, count):
            members = np.flatnonzero((self._folds == fold) & (self._class_indices >= 0))
            for start in range(0, len(members), _BLOCK):
                part = members[start : start + _BLOCK]
                x = self._projected(part)
                grams[fold] += x.T @ x
                np.add.at(sums[fold], self._class_indices[part], x)
                np.add.at(sizes[fold], self._class_indices[part], 1)
        gram, towards, size = grams.sum(axis=0), sums.sum(axis=0), sizes.sum(axis=0)
        fits = []
        for fold in range(count):
            each, trained = towards - sums[fold], size - sizes[fold]
            mean = each.sum(axis=0) / trained.sum()
            centred = gram - grams[fold] - trained.sum() * np.outer(mean, mean)
            factor = cho_factor(centred + _RIDGE * np.eye(sides))
            weights = cho_solve(factor, (each - np.outer(trained, mean)).T)
            fits.append((mean, weights, trained / trained.sum()))
        return fits

    def _votes(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Labels of the neighbours in other folds, weighted by similarity, (len(rows), classes)."""
        near, cosines = self._graph.rows[rows, : self._k], self._graph.scores[rows, : self._k]
        apart = (near >= 0) & (self._folds[near] != self._folds[rows][:, None])
        label = np.where(apart, self._class_indices[near], NOBODY)
        weight = np.where(label >= 0, np.maximum(cosines, 1e-3) ** 2, 0).astype(np.float32)
        votes = np.zeros((len(rows), self._classes), dtype=np.float32)
        np.add.at(votes, (np.arange(len(rows))[:, None], np.maximum(label, 0)), weight)
        votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-6)
        return np.asarray(votes + _VOTE_FLOOR, np.float32)


def _principal_axes(rows: Vectors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Up to 256 directions in which the rows differ most, (dim, axes), and their middle, (dim,)."""
    middle = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    if are_few(rows):
        axes = axes_of_few(rows - middle)[1]
        return np.ascontiguousarray(axes[:, :_DIMENSIONS], dtype=np.float32), middle
    spread = np.zeros((rows.shape[1], rows.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK] - middle
        spread += block.T @ block
    _, axes = np.linalg.eigh(spread)
    return np.ascontiguousarray(axes[:, ::-1][:, :_DIMENSIONS], dtype=np.float32), middle
