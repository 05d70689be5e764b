"""What labels and unlabelled images say about the curve from scores to probabilities.

`likewise.rules.calibration` tells what is multiplied here and why. The best curve gives the
probabilities; how likely the other curves are tells how far to believe them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from likewise.numeric.threads import give_way

Floats = NDArray[np.float64]

_USUAL_SLOPE = 2.0  # logits for each standard deviation of the collection's scores
_WIDEST_INTERCEPT = 10.0
_SLOPE_DOUBT = 0.5  # standard deviation of the slope's logarithm around that of two bells
_NARROWEST = 0.2  # variance of a bell, where the collection's scores have 1
_LEAST_APART = 0.1
_LABELS_COUNT = 0.25  # each, beside a background that was drawn at random,
_HANDFUL = 5.0  # and all of them together
_FAR_ABOVE = 0.5  # so far above the unlabelled, a label counts for a third
_SLOPE_BELOW = 0.4  # per level of the median positive, where the highest scores are all labelled
_LEAST_LEVEL = 3.5
_STARTS = (-2.0, -6.0)
_BOUNDS = ((np.log(0.05), np.log(50.0)), (-60.0, 60.0))
_LOG_SLOPES = np.linspace(-2.0, 2.0, 25)  # how far other curves may lie from the best one
_INTERCEPTS = np.linspace(-6.0, 6.0, 49)
_BINS = 100  # as many scores stand for the collection where a thousand curves are compared


@dataclass(frozen=True, eq=False)
class CurveLikelihood:
    """Scores, standardised so that the collection's have mean 0 and variance 1.

    Attributes:
        positives: (p,).
        negatives: (n,).
        everyone: (m,), the collection; none where it is not known.
        weights: (m,), how much each of them stands for; their sum is 1 at most.
        reviewed_share: between 0 and 1; moves the weight from where positives lie to what the
            labels say.
        top: about the highest scores that are not labelled.
    """

    positives: Floats
    negatives: Floats
    everyone: Floats
    weights: Floats
    reviewed_share: float
    top: float = np.inf

    @cached_property
    def _trust(self) -> tuple[Floats, Floats]:
        """What each positive and each negative counts for, (p,) and (n,).

        Beside a collection that was reviewed from the top, labels count in full up to the highest
        scores that are not labelled. What lies far above those says little of what is left: the
        curve is steeper there.
        """
        labels = len(self.positives) + len(self.negatives)
        usual = min(_LABELS_COUNT, _HANDFUL / labels) if len(self.everyone) else 1.0
        positives, negatives = (
            np.maximum(usual * (1 - self.reviewed_share), self.reviewed_share * near)
            for near in (
                np.exp(-np.maximum(0, scores - self.top) / _FAR_ABOVE)
                for scores in (self.positives, self.negatives)
            )
        )
        return positives, negatives

    @cached_property
    def _slope_below(self) -> float:
        """Logarithm of the slope where the highest scores are all labelled."""
        return float(np.log(_SLOPE_BELOW * max(_LEAST_LEVEL, float(np.median(self.positives)))))

    def best(self) -> tuple[float, float]:
        """Slope and intercept of the likeliest curve.

        The prior keeps the slope finite when the labels are separated perfectly.
        """
        return best_curve(self.loss)

    def curves(self, slope: float, intercept: float) -> tuple[Floats, Floats, Floats]:
        """Slopes, intercepts and likelihoods of a grid of curves around the best; (g,) each.

        The likelihoods sum to 1. They are those of the labels that there are: what no label can
        say, such as that the curve has another form, is not in them.
        """
        log_slopes, intercepts = (
            each.ravel()
            for each in np.meshgrid(np.log(slope) + _LOG_SLOPES, intercept + _INTERCEPTS)
        )
        losses, _ = self._binned().loss(log_slopes, intercepts)
        likely = np.exp(losses.min() - losses)
        return np.exp(log_slopes), intercepts, likely / likely.sum()

    def loss(self, log_slopes: Floats, intercepts: Floats) -> tuple[Floats, Floats]:
        """Negative logarithm of likelihood times prior, (g,), and its two derivatives, (2, g)."""
        slopes = np.exp(log_slopes)[:, None]
        yes = slopes * self.positives + intercepts[:, None]
        no = slopes * self.negatives + intercepts[:, None]
        trust_yes, trust_no = self._trust
        missed = np.logaddexp(0, -yes).sum(axis=1)
        value = np.logaddexp(0, -yes) @ trust_yes + np.logaddexp(0, no) @ trust_no
        pull_yes, pull_no = sigmoid(yes) - 1, sigmoid(no)
        by_slope = pull_yes @ (trust_yes * self.positives) + pull_no @ (trust_no * self.negatives)
        by_intercept = pull_yes @ trust_yes + pull_no @ trust_no
        bend, doubt = log_slopes - np.log(_USUAL_SLOPE), 1.0
        if len(self.everyone):
            rest, count = 1.0 - self.reviewed_share, len(self.positives)
            anyone = sigmoid(slopes * self.everyone + intercepts[:, None])
            share = anyone @ self.weights + 1e-12
            value += rest * (missed + count * np.log(share))
            steep = anyone * (1 - anyone)
            share_by_slope = steep @ (self.weights * self.everyone)
            share_by_intercept = steep @ self.weights
            by_slope += rest * (pull_yes @ self.positives + count * share_by_slope / share)
            by_intercept += rest * (pull_yes.sum(axis=1) + count * share_by_intercept / share)
            usual_slope, by_share = self._slope_of_two_normals(np.minimum(share, 1 - 1e-6))
            usual_slope = rest * usual_slope + self.reviewed_share * self._slope_below
            by_share = rest * by_share
            bend, doubt = (log_slopes - usual_slope) / _SLOPE_DOUBT, _SLOPE_DOUBT
            by_slope -= bend / doubt * by_share * share_by_slope
            by_intercept -= bend / doubt * by_share * share_by_intercept
        value += 0.5 * bend**2 + 0.5 * (intercepts / _WIDEST_INTERCEPT) ** 2
        by_intercept += intercepts / _WIDEST_INTERCEPT**2
        return value, np.stack([by_slope * slopes[:, 0] + bend / doubt, by_intercept])

    def _slope_of_two_normals(self, share: Floats) -> tuple[Floats, Floats]:
        """Logarithm of the slope that bells of equal width have, and its derivative by the share.

        All of the collection has mean 0 and variance 1, and `share` of it the mean of the
        positives; that leaves a mean and a variance for the rest.
        """
        mean = float(self.positives.mean())
        apart, within = mean / (1 - share), 1 - share * mean**2 / (1 - share)
        variance = 0.5 * (self.positives.var(ddof=1) + np.maximum(within, _NARROWEST))
        slope = np.log(np.maximum(apart, _LEAST_APART) / variance)
        by_apart = np.where(apart > _LEAST_APART, 1 / (1 - share), 0.0)
        by_within = 0.5 * (mean / (1 - share)) ** 2 / variance
        return slope, by_apart + np.where(within > _NARROWEST, by_within, 0.0)

    def _binned(self) -> CurveLikelihood:
        """The same with a hundred scores for the collection, each standing for those near it.

        Near in score, and not as many each: a rare concept is all in the highest hundredth, which
        the mean of it would not tell from the rest.
        """
        low, high = float(self.everyone.min(initial=0.0)), float(self.everyone.max(initial=0.0))
        positions = (self.everyone - low) / max(high - low, 1e-9) * _BINS
        bins = np.minimum(positions.astype(np.intp), _BINS - 1)
        weights = np.bincount(bins, self.weights, minlength=_BINS).astype(np.float64)
        sums = np.bincount(bins, self.weights * self.everyone, minlength=_BINS)
        used = weights > 0
        return replace(self, everyone=sums[used] / weights[used], weights=weights[used])


def best_curve(loss: Callable[[Floats, Floats], tuple[Floats, Floats]]) -> tuple[float, float]:
    """Slope, above 0, and intercept of the logistic curve with the smallest loss.

    Args:
        loss: from logarithms of slopes and from intercepts, (g,) each, to losses, (g,), and their
            two derivatives, (2, g). Slopes are those over scores with a standard deviation of 1.
    """
    from scipy.optimize import minimize  # imported late: not everyone who scores also learns

    def at(point: Floats) -> tuple[float, Floats]:
        give_way()
        value, gradient = loss(point[:1], point[1:])
        return float(value[0]), gradient[:, 0]

    tries = [
        minimize(at, (np.log(_USUAL_SLOPE), start), jac=True, method="L-BFGS-B", bounds=_BOUNDS)
        for start in _STARTS
    ]
    log_slope, intercept = min(tries, key=lambda found: float(found.fun)).x
    return float(np.exp(log_slope)), float(intercept)


def sigmoid(logits: Floats) -> Floats:
    """From logits to probabilities."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))
