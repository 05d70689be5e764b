"""Where to say yes: a threshold by a stated aim, or a provisional one when too little is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.rule import Calibration
from likewise.core.vectors import Scores
from likewise.rules.calibration import FEWEST_BACKGROUND, HeldOutScores

_CROWD_SHARE = 0.01
_HIGHEST_SCORE = 1.0


def best_f1_threshold(curve: Calibration, scores: HeldOutScores) -> tuple[float, str]:
    """The threshold with the highest expected F1 over the collection.

    The background stands for what is not labelled, and the curve for the truth about it: of the
    images above a threshold, the sum of their probabilities is how many are expected to be
    right (the plug-in rule; Lipton, Elkan and Narayanaswamy 2014). Of what is labelled the
    truth is known.

    Returns:
        The threshold and why.
    """
    if len(scores.background) < FEWEST_BACKGROUND:
        return curve.score(0.5), "where yes and no are equally likely"
    ordered, right, hits = _best_first(curve, scores)
    f1 = 2 * right / (hits + right[-1])
    best = int(f1.argmax())
    return float(ordered[best]), f"highest expected F1, {f1[best]:.2f}"


def precision_threshold(
    curve: Calibration, scores: HeldOutScores, precision: float
) -> tuple[float, str]:
    """The lowest threshold above which the expected share of right answers is `precision`.

    Where the background has no image so likely, the curve itself decides: every single hit is
    then at least that likely.

    Returns:
        The threshold and why.
    """
    if len(scores.background) >= FEWEST_BACKGROUND:
        ordered, right, hits = _best_first(curve, scores)
        enough = right / hits >= precision
        if enough.any():
            lowest = int(np.flatnonzero(enough)[-1])
            return float(ordered[lowest]), f"lowest with an expected precision of {precision:g}"
    return curve.score(precision), f"where a hit is right with probability {precision:g}"


def provisional_threshold(scores: HeldOutScores) -> tuple[float, str]:
    """A threshold to start from when there are too few labels for a curve.

    With held-out examples: halfway between their median score and the score that 1 in 100 of
    the background reaches. Without: the latter alone, which marks about 1 % of the collection.
    With hardly a background: halfway between the labelled yes and no, or half of the highest
    possible score.

    Returns:
        The threshold and why.
    """
    examples = float(np.median(scores.positives)) if len(scores.positives) else _HIGHEST_SCORE
    if len(scores.background) >= FEWEST_BACKGROUND:
        background_top = float(np.quantile(scores.background, 1 - _CROWD_SHARE))
        if scores.held_out and examples > background_top:
            return (examples + background_top) / 2, (
                "provisional: halfway between held-out examples and the top 1 % of the background"
            )
        return background_top, "provisional: the top 1 % of the background"
    if len(scores.negatives):
        highest_no = float(scores.negatives.max())
        return (examples + highest_no) / 2, "provisional: halfway between yes and no answers"
    return examples / 2, "provisional: half of the examples' score, for the background is too small"


def _best_first(
    curve: Calibration, scores: HeldOutScores
) -> tuple[Scores, NDArray[np.float64], NDArray[np.float64]]:
    """Scores of the collection, the best first, and above each how many are right and how many."""
    everyone, weights = scores.population()
    probabilities = curve.probability(everyone).astype(np.float64)
    labelled = len(scores.background)
    if len(everyone) > labelled:
        probabilities[labelled : labelled + len(scores.positives)] = 1.0
        probabilities[labelled + len(scores.positives) :] = 0.0
    order = np.argsort(-everyone, kind="stable")
    return everyone[order], np.cumsum((weights * probabilities)[order]), np.cumsum(weights[order])
