"""What precision can be promised of a rule's hits, and how far the promise can be believed.

A single number would promise too much: how common a concept is in the collection, and how steeply
it thins out among lower scores, a few labels say only roughly. So the promise is an interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.core.rule import Calibration
from likewise.rules.calibration import FEWEST_BACKGROUND, HeldOutScores, standardised
from likewise.rules.curve_likelihood import Floats, sigmoid
from likewise.rules.page_calibration import PageCalibration

_DRAWS = 4000
_OUTSIDE = 0.025
_HITS = 60  # so many scores stand for all hits
_HIGHER, _DOUBT = 0.3, 0.8  # logits
_DOUBT_OF_PAGES = 0.5


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
    curve: Calibration | PageCalibration, scores: HeldOutScores, threshold: float, seed: int = 0
) -> Promise | None:
    """What is promised of the unlabelled images at or above a threshold.

    Three things are not known, and each makes the interval wider: which of many curves is the
    right one, given the labels and the background (a posterior over slope and intercept); whether
    such a curve is right at all (a normal doubt in logits; without answers to pages larger, and
    slightly on the high side, for the rule in use has learned from more examples than those that
    were held out against it; measured over replays of classes and of classes merged into broad
    ones); and chance, for the hits are a finite number of images.

    Args:
        curve: fitted on these scores.
        scores: of labels and background.
        threshold: scores at or above it are hits.
        seed: of the simulation.

    Returns:
        None where the background is too small to stand for the collection.
    """
    if len(scores.background) < FEWEST_BACKGROUND:
        return None
    hits = scores.background[scores.background >= threshold].astype(np.float64)
    count = max(1, round(len(hits) * max(1.0, scores.stands_for)))
    inside = np.linspace(0.5 / _HITS, 1 - 0.5 / _HITS, _HITS)
    quantiles = np.quantile(hits if len(hits) else [threshold], inside)
    if isinstance(curve, PageCalibration):
        probabilities, likely = curve.probabilities(quantiles), curve.curves.weights
        higher, doubt = 0.0, _DOUBT_OF_PAGES
    else:
        found = _under_each_curve(curve, scores, quantiles)
        if found is None:
            return None
        (probabilities, likely), higher, doubt = found, _HIGHER, _DOUBT
    random = np.random.default_rng(seed)
    shares = np.clip(probabilities.mean(axis=1), 1e-9, 1 - 1e-9)
    drawn = shares[random.choice(len(likely), _DRAWS, p=likely)]
    logits = np.log(drawn / (1 - drawn)) + random.normal(higher, doubt, _DRAWS)
    right = random.binomial(count, sigmoid(logits)) / count
    low, high = np.quantile(right, [_OUTSIDE, 1 - _OUTSIDE], method="inverted_cdf")
    expected = float(right.mean())  # nearly always right of few: then the mean can lie below
    return Promise(expected, min(float(low), expected), float(high))


def _under_each_curve(
    curve: Calibration, scores: HeldOutScores, values: Floats
) -> tuple[Floats, Floats] | None:
    """Probabilities of scores under the curves around one, (g, m), and how likely each is, (g,)."""
    standard = standardised(scores)
    if standard is None:
        return None
    likelihood, centre, spread = standard
    slopes, intercepts, likely = likelihood.curves(
        curve.slope * spread, curve.intercept + curve.slope * centre
    )
    levels = (values - centre) / spread
    return sigmoid(slopes[:, None] * levels + intercepts[:, None]), likely
