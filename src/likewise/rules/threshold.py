"""Where to say yes: a threshold by a stated aim, or a provisional one when too little is known.

An aim decides only which images are hits. Where the scores are sparse, such as between a concept
that stands apart and the rest, every threshold from the highest score of the others to the lowest
hit does that equally well, and an image that was not seen may score anywhere in the gap. The
threshold is then where the probability is the one at which a further hit neither helps nor harms
the aim, within the middle half of the gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.rule import Calibration
from likewise.rules.calibration import FEWEST_BACKGROUND, HeldOutScores
from likewise.rules.page_calibration import PageCalibration

_CROWD_SHARE = 0.01
_HIGHEST_SCORE = 1.0
_MARGIN = 0.25  # of a gap, that the threshold stays away from both ends
_LEAST_PROBABILITY = 1e-6
_CAUTION = 0.25  # beta squared of F0.5, in which precision weighs twice as much as recall


def best_f1_threshold(curve: Calibration, scores: HeldOutScores) -> tuple[float, str]:
    """The threshold with the highest expected F1 over the collection.

    The background stands for what is not labelled, and the curve for the truth about it: of the
    images above a threshold, the sum of their probabilities is how many are expected to be
    right (the plug-in rule; Lipton, Elkan and Narayanaswamy 2014). Of what is labelled the
    truth is known. A further hit raises an F1 where its probability is above half of it.

    Returns:
        The threshold and why.
    """
    if len(scores.background) < FEWEST_BACKGROUND:
        return curve.score(0.5), "where yes and no are equally likely"
    cuts = _cuts(curve, scores)
    f1 = 2 * cuts.right / (cuts.hits + cuts.right[-1])
    best = int(f1.argmax())
    indifferent = curve.score(max(float(f1[best]) / 2, _LEAST_PROBABILITY))
    return cuts.threshold(best, indifferent), f"highest expected F1, {f1[best]:.2f}"


def precision_threshold(
    curve: Calibration, scores: HeldOutScores, precision: float
) -> tuple[float, str]:
    """The lowest threshold above which the expected share of right answers is `precision`.

    Where not even the highest score of the collection is enough, the threshold is above it and
    where the curve says that a single hit is that likely. A higher precision never gives a lower
    threshold.

    Returns:
        The threshold and why.
    """
    lowest = curve.score(precision)
    if len(scores.background) >= FEWEST_BACKGROUND:
        cuts = _cuts(curve, scores)
        enough = np.flatnonzero(cuts.right / cuts.hits >= precision)
        if len(enough):
            return cuts.threshold(int(enough[-1]), lowest), (
                f"lowest with an expected precision of {precision:g}"
            )
        above_all = np.nextafter(np.float32(cuts.lowest_hit[0]), np.float32(np.inf))
        lowest = max(lowest, float(above_all))
    return lowest, f"where a hit is right with probability {precision:g}"


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


def cautious_threshold(pages: PageCalibration, scores: HeldOutScores) -> tuple[float, str]:
    """A threshold to start from when pages were answered, but too few labels differ for a curve.

    The highest expected F0.5 under all curves that the answers leave possible: a concept of which
    every answer was yes may be one image in a hundred or one in three, and a threshold for the
    mean of these curves would be wrong for both.

    Args:
        pages: the curves.
        scores: labels at the scores of rules that were learned without them.

    Returns:
        The threshold and why.
    """
    everyone, weights = scores.population()
    order = np.argsort(-everyone, kind="stable")
    probabilities = _with_labels(pages.probabilities(everyone), scores)
    right = np.cumsum(probabilities[:, order] * weights[order], axis=1)
    hits = np.cumsum(weights[order])
    expected = pages.curves.weights @ ((1 + _CAUTION) * right / (hits + _CAUTION * right[:, -1:]))
    values = everyone[order].astype(np.float64)
    is_last = np.append(values[1:] < values[:-1], True)  # of those that score the same
    best = int(np.where(is_last, expected, -1).argmax())
    below = values[min(best + 1, len(values) - 1)]
    return (values[best] + below) / 2, (
        f"provisional: highest expected F0.5, {expected[best]:.2f}, by the pages answered so far"
    )


@dataclass(frozen=True, eq=False)
class _Cuts:
    """Every way to take the highest scores of a collection as hits, from the fewest to all.

    Attributes:
        lowest_hit: (k,), falling.
        highest_other: (k,), the highest score that is no hit; that of the lowest hit if none is.
        right: (k,), how many hits are expected to be right.
        hits: (k,), how many there are.
    """

    lowest_hit: NDArray[np.float64]
    highest_other: NDArray[np.float64]
    right: NDArray[np.float64]
    hits: NDArray[np.float64]

    def threshold(self, cut: int, score: float) -> float:
        """A threshold that makes this cut, as near to a score as the middle half of the gap is."""
        above, below = float(self.lowest_hit[cut]), float(self.highest_other[cut])
        margin = _MARGIN * (above - below)
        return min(max(score, below + margin), above - margin)


def _cuts(curve: Calibration, scores: HeldOutScores) -> _Cuts:
    everyone, weights = scores.population()
    probabilities = _with_labels(curve.probability(everyone).astype(np.float64), scores)
    values, cut_of = np.unique(-everyone.astype(np.float64), return_inverse=True)
    return _Cuts(
        -values,
        -np.append(values[1:], values[-1:]),
        np.cumsum(np.bincount(cut_of, weights * probabilities)),
        np.cumsum(np.bincount(cut_of, weights)),
    )


def _with_labels(probabilities: NDArray[np.float64], scores: HeldOutScores) -> NDArray[np.float64]:
    """Probabilities of the population, (..., n), in which those of labels are known: 1 and 0."""
    yes = len(scores.background)
    no = yes + len(scores.positives)
    probabilities[..., yes:no] = 1.0
    probabilities[..., no:] = 0.0
    return probabilities
