"""How far a rule's probabilities are off, learned from answers that it had not seen.

Probabilities come from a curve that was fitted on what a reviewer was shown, which is the best
of the collection; among the rest they can be several times too low or too high. Answers given
*after* the rule had said what it expects put that right: whatever made someone look at an image,
given its score the answer is a fair sample of what images of that score show.

The right logit is taken to be ``shift + slope * logit``. Shift and slope have a prior and, once
there are answers, a posterior over a grid, so nothing is iterated and nothing can fail to
converge (logistic recalibration, Cox 1958, in Bayesian form).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_FURTHEST_LOGIT = 16.0
_LOGITS = np.linspace(-_FURTHEST_LOGIT, _FURTHEST_LOGIT, 129)
_SHIFTS = np.linspace(-5.0, 5.0, 41)
_SLOPES = np.geomspace(0.06, 3.0, 20)
_USUAL_SHIFT, _SHIFT_SPREAD = 0.3, 0.8
_USUAL_SLOPE, _SLOPE_SPREAD = 0.9, 0.4  # the latter in natural logarithms
_UNCALIBRATED = 2.0  # how many times wider the prior is where scores stand in for probabilities


@dataclass(frozen=True, eq=False)
class Recalibration:
    """A posterior over the shift and the slope of logits.

    Attributes:
        shifts: (g,), the points of the grid.
        slopes: (g,), likewise.
        weights: (g,), how likely each is; their sum is 1.
    """

    shifts: Floats
    slopes: Floats
    weights: Floats

    def probabilities(self, logits: ArrayLike) -> Floats:
        """Probability of a yes at every point of the grid; shape (..., ) to (g, ...)."""
        values = np.asarray(logits, np.float64)
        wide = (slice(None), *(None,) * values.ndim)
        return sigmoid(self.shifts[wide] + self.slopes[wide] * values)

    def expected(self, logits: ArrayLike) -> Floats:
        """The mean probability of a yes over the posterior; shape as given.

        Read off a table, so that a million logits take no longer than looking them up.
        """
        return np.asarray(np.interp(np.asarray(logits, np.float64), _LOGITS, self._table))

    @cached_property
    def _table(self) -> Floats:
        return np.asarray(self.weights @ self.probabilities(_LOGITS), np.float64)

    def updated(self, log_likelihood: Floats) -> Recalibration:
        """The posterior after more evidence: its log-likelihood at every point, (g,)."""
        logs = np.log(self.weights + 1e-300) + log_likelihood
        weights = np.exp(logs - logs.max())
        return Recalibration(self.shifts, self.slopes, weights / weights.sum())

    def after_answers(self, logits: ArrayLike, yes: ArrayLike) -> Recalibration:
        """The posterior after answers to images whose logits were known before.

        Args:
            logits: (m,) as the rule had them when the images were shown.
            yes: (m,), true where the answer was yes.
        """
        probabilities = np.clip(self.probabilities(logits), 1e-12, 1 - 1e-12)
        positive = np.asarray(yes, bool)
        return self.updated(
            np.log(np.where(positive, probabilities, 1 - probabilities)).sum(axis=1)
        )


@cache
def prior(calibrated: bool = True) -> Recalibration:
    """What is believed before any answer: somewhat low, and steeper than it should be.

    A reviewer is shown the best first, so curves are fitted on the easy part of a concept.
    Measured over replays of reviewers on two collections.
    """
    shifts, slopes = (each.ravel() for each in np.meshgrid(_SHIFTS, _SLOPES))
    wider = 1.0 if calibrated else _UNCALIBRATED
    logs = -0.5 * ((shifts - _USUAL_SHIFT) / (wider * _SHIFT_SPREAD)) ** 2
    logs -= 0.5 * (np.log(slopes / _USUAL_SLOPE) / (wider * _SLOPE_SPREAD)) ** 2
    weights = np.exp(logs)
    return Recalibration(shifts, slopes, weights / weights.sum())


def logits_of(
    scores: ArrayLike, probabilities: ArrayLike | None = None, threshold: float = 0.0
) -> Floats:
    """Logits of probabilities, or of a guess where the rule has none.

    The guess: the threshold is where yes and no are equally likely, and a standard deviation of
    the scores is worth two logits.

    Args:
        scores: (n,) of the collection.
        probabilities: (n,), or None.
        threshold: of the rule.
    """
    if probabilities is not None:
        clipped = np.clip(np.asarray(probabilities, np.float64), 1e-12, 1 - 1e-12)
        logits = np.log(clipped / (1 - clipped))
    else:
        values = np.asarray(scores, np.float64)
        logits = 2.0 * (values - threshold) / max(float(values.std()), 1e-9)
    return np.clip(logits, -_FURTHEST_LOGIT, _FURTHEST_LOGIT)


def sigmoid(logits: Floats) -> Floats:
    """From logits to probabilities."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))
