"""Probabilities of a rule that was reviewed in pages, from the curves that estimates rest on.

Answers to the pages that a rule picked say more of what is left than labels that are held out
afterwards: they are a fair sample of the images of their scores. So once there are pages, the
probabilities are those of `likewise.rules.prevalence_curves`, whose posterior mean over the
unanswered images is fitted by one logistic curve. Their sum is the number of wanted images
that is expected among them, as every estimate says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from likewise.core.rule import Calibration
from likewise.rules.calibration import FEWEST_BACKGROUND, HeldOutScores
from likewise.rules.curve_likelihood import Floats, best_curve, sigmoid
from likewise.rules.prevalence_curves import Answered, Curves, Unanswered, unanswered_of
from likewise.rules.score_levels import held_out_in, levels_of, scale_in

_LEAST_EXPECTED = 1e-9


@dataclass(frozen=True, eq=False)
class PageCalibration:
    """Curves from a rule's scores to probabilities, and the one that stands for them.

    Attributes:
        curves: how likely each is.
        mean, spread: of the scores of unanswered images, on which levels are measured.
        calibration: the logistic curve nearest to their mean.
        resting_on: one sentence for the rule's provenance.
    """

    curves: Curves
    mean: float
    spread: float
    calibration: Calibration
    resting_on: str

    def probabilities(self, scores: ArrayLike) -> Floats:
        """Probability of a yes under every curve; (m,) to (g, m)."""
        return self.curves.probabilities(levels_of(scores, self.mean, self.spread))


def fit_pages(
    scores: HeldOutScores, answered: Answered, provenance: Mapping[str, Any]
) -> PageCalibration | None:
    """Fit the curve to what was answered on pages and to held-out labels.

    Args:
        scores: of labels and background, by the rule itself.
        answered: the pages.
        provenance: of the rule, with its levels and its held-out labels.

    Returns:
        None where no page has an answer at a known level, or where the background is too small
        to stand for the collection.
    """
    count = sum(int(np.isfinite(page.levels).sum()) for page in answered.pages)
    scale = scale_in(provenance)
    if not count or scale is None or len(scores.background) < FEWEST_BACKGROUND or not scale[1]:
        return None
    unanswered = unanswered_of(np.sort(levels_of(scores.background, *scale))[::-1])
    unanswered = Unanswered(unanswered.levels, unanswered.sizes * max(1.0, scores.stands_for))
    curves = unanswered.curves(answered.pages, held_out_in(provenance, answered.examples))
    slope, intercept = _nearest_curve(unanswered, curves.expected(unanswered.levels))
    mean, spread = scale
    yes, no = len(scores.positives), len(scores.negatives)
    return PageCalibration(
        curves,
        mean,
        spread,
        Calibration(slope / spread, intercept - slope * mean / spread, yes + no),
        f"a logistic curve over the scores of {count:,} images answered on pages, of {yes:,} yes "
        f"and {no:,} no held out, and of {len(scores.background):,} unlabelled background images",
    )


def _nearest_curve(unanswered: Unanswered, probabilities: Floats) -> tuple[float, float]:
    """Slope and intercept of logistic regression on probabilities."""
    levels = unanswered.levels
    weights = unanswered.sizes / max(float(probabilities @ unanswered.sizes), _LEAST_EXPECTED)

    def loss(log_slopes: Floats, intercepts: Floats) -> tuple[Floats, Floats]:
        slopes = np.exp(log_slopes)
        logits = slopes[:, None] * levels + intercepts[:, None]
        excess = (sigmoid(logits) - probabilities) * weights
        value = (np.logaddexp(0, logits) - probabilities * logits) @ weights
        return value, np.stack([slopes * (excess @ levels), excess.sum(axis=1)])

    return best_curve(loss)
