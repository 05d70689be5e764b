"""What precision can be promised of a rule's hits, and how far the promise can be believed.

A single number would promise too much: how common a concept is in the collection, and how steeply
it thins out among lower scores, a few labels say only roughly. So the promise is an interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.core.rule import Calibration
from likewise.rules.calibration import FEWEST_BACKGROUND, HeldOutScores, standardised
from likewise.rules.curve_likelihood import sigmoid

_DRAWS = 4000
_OUTSIDE = 0.025
_HITS = 60  # so many scores stand for all hits
_HIGHER, _DOUBT = 0.3, 0.8  # logits


@dataclass(frozen=True)
class Promise:
    """The share of unlabelled hits that is expected to be right, with a 95 % interval.

    Attributes:
        precision: what is expected.
        low: of the interval.
        high: of the interval.

    Example:
        >>> 0.7 in Promise(precision=0.8, low=0.6, high=0.9)
        True
    """

    precision: float
    low: float
    high: float

    def __contains__(self, precision: float) -> bool:
        return self.low - 1e-9 <= precision <= self.high + 1e-9

    def __str__(self) -> str:
        return f"{self.precision:.2f} ({self.low:.2f} to {self.high:.2f})"


def promised_precision(
    curve: Calibration, scores: HeldOutScores, threshold: float, seed: int = 0
) -> Promise | None:
    """What is promised of the unlabelled images at or above a threshold.

    Three things are not known, and each makes the interval wider: which of many curves is the
    right one, given the labels and the background (a posterior over slope and intercept); whether
    such a curve is right at all (a normal doubt in logits, slightly on the high side, for the rule
    in use has learned from more examples than those that were held out against it; measured over
    replays of classes and of classes merged into broad ones); and chance, for the hits are a
    finite number of images.

    Args:
        curve: fitted on these scores.
        scores: of labels and background.
        threshold: scores at or above it are hits.
        seed: of the simulation.

    Returns:
        None where the background is too small to stand for the collection.
    """
    standard = standardised(scores)
    if standard is None or len(scores.background) < FEWEST_BACKGROUND:
        return None
    likelihood, centre, spread = standard
    slopes, intercepts, likely = likelihood.curves(
        curve.slope * spread, curve.intercept + curve.slope * centre
    )
    hits = scores.background[scores.background >= threshold].astype(np.float64)
    count = max(1, round(len(hits) * max(1.0, scores.stands_for)))
    if not len(hits):
        hits = np.array([threshold])
    inside = np.linspace(0.5 / _HITS, 1 - 0.5 / _HITS, _HITS)
    quantiles = (np.quantile(hits, inside) - centre) / spread
    probabilities = sigmoid(slopes[:, None] * quantiles + intercepts[:, None]).mean(axis=1)
    random = np.random.default_rng(seed)
    drawn = np.clip(probabilities[random.choice(len(likely), _DRAWS, p=likely)], 1e-9, 1 - 1e-9)
    logits = np.log(drawn / (1 - drawn)) + random.normal(_HIGHER, _DOUBT, _DRAWS)
    right = random.binomial(count, sigmoid(logits)) / count
    low, high = np.quantile(right, [_OUTSIDE, 1 - _OUTSIDE], method="inverted_cdf")
    expected = float(right.mean())  # nearly always right of few: then the mean can lie below
    return Promise(expected, min(float(low), expected), float(high))
