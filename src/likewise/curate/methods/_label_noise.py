"""The probability that a label is wrong, from scores of classifiers that did not see the label.

The model has two unknowns: how sharp the scores are (the slope of a softmax), and which share of
the labels is wrong. A wrong label is any other class with equal probability. All values on a grid
are weighted by how well they explain the labels (Bayesian model averaging), so scores that tell
little, from classes of few labels, give small probabilities of being wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores

_SLOPES = np.geomspace(0.1, 30, 30)
_SHARES = np.array([0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4])
_PRIOR_RIGHT = 19  # right labels beside one wrong label, before any is seen
_USUAL_SHARE = 0.05
_NEGLIGIBLE = 1e-3


@dataclass(frozen=True, eq=False)
class LabelNoise:
    """Weights of the grid's slopes and shares of wrong labels.

    Attributes:
        weights: (slopes, shares), their sum is 1.
    """

    weights: NDArray[np.float64]

    def wrong(self, scores: Scores, labels: NDArray[np.intp]) -> Scores:
        """The probability that each label is wrong, (n,).

        Args:
            scores: (n, classes) log-probabilities up to a slope.
            labels: (n,) class numbers.
        """
        out = np.zeros(len(scores))
        for slope, weights in zip(_SLOPES, self.weights, strict=True):
            if weights.sum() > _NEGLIGIBLE:
                probabilities = _softmax(scores, slope)[np.arange(len(scores)), labels]
                out += _of_wrong(probabilities[:, None], _SHARES, scores.shape[1]) @ weights
        return np.asarray(out / self.weights.sum(), np.float32)

    def noticed(self, scores: Scores, least: float) -> NDArray[np.bool_]:
        """Whether each class would be noticed if it were the wrong label of a row, (n, classes).

        Args:
            scores: (n, classes) log-probabilities up to a slope.
            least: the probability of being wrong from which a label is noticed.
        """
        slope = float(np.exp(self.weights.sum(axis=1) @ np.log(_SLOPES)))
        probabilities = _softmax(scores, slope)
        return np.asarray(_of_wrong(probabilities, _USUAL_SHARE, scores.shape[1]) >= least)


def fit_label_noise(scores: Scores, labels: NDArray[np.intp]) -> LabelNoise:
    """Weigh slopes and shares of wrong labels by how well they explain the labels.

    Args:
        scores: (n, classes) log-probabilities up to a slope, from classifiers that did not see
            the row's label.
        labels: (n,) class numbers.

    Example:
        >>> scores = np.float32([[0, 9]] * 30 + [[9, 0]] * 30)
        >>> labels = np.repeat([1, 0], 30)
        >>> labels[0] = 0
        >>> wrong = fit_label_noise(scores, labels).wrong(scores, labels)
        >>> bool(wrong[0] > 0.8), bool(wrong[1:].max() < 0.01)
        (True, True)
    """
    classes = scores.shape[1]
    likelihood = np.empty((len(_SLOPES), len(_SHARES)))
    for index, slope in enumerate(_SLOPES):
        probabilities = _softmax(scores, slope)[np.arange(len(scores)), labels][:, None]
        likely = (1 - _SHARES) * probabilities + _SHARES * (1 - probabilities) / max(classes - 1, 1)
        likelihood[index] = np.log(likely + 1e-30).sum(axis=0)
    likelihood += (_PRIOR_RIGHT - 1) * np.log(1 - _SHARES)
    weights = np.exp(likelihood - likelihood.max())
    return LabelNoise(weights / weights.sum())


def _of_wrong(
    probabilities: NDArray[np.float64], share: NDArray[np.float64] | float, classes: int
) -> NDArray[np.float64]:
    wrong = share * (1 - probabilities) / max(classes - 1, 1)
    return np.asarray(wrong / (wrong + (1 - share) * probabilities + 1e-30), np.float64)


def _softmax(scores: Scores, slope: float) -> NDArray[np.float64]:
    powers = np.exp(slope * (scores - scores.max(axis=1, keepdims=True)).astype(np.float64))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)
