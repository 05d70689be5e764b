"""From scores to probabilities, and how far the probabilities can be believed.

The curve is Platt's: ``1 / (1 + exp(-(slope * score + intercept)))``. What is special here is
what it is fitted on. Labels are not a random sample (the no answers are near misses, the yes
answers were looked for), and the background is a random sample without labels in which the
concept occurs as often as it does in the collection. Each says something else:

* given its score, whoever labelled an item answered truthfully, whatever made them look at it:
  the labels' likelihood given their scores, as Platt (1999) has it;
* positives lie among the collection's scores where the curve is high: a positive is item x of
  the collection with a chance in proportion to the curve at x, if x is not known to be a no.
  This is the presence-only likelihood (Lancaster and Imbens 1996; Ward et al. 2009,
  "Presence-only data and the EM algorithm"), in which the background's labels stay latent.

The curve maximises the product of both, weighted (a composite likelihood, as in Varin, Reid and
Firth 2011). A reviewer who answers for some of the likeliest images makes labels depend on more
than the score, so all labels together count as a handful. One who answers for *all* of the
likeliest images is the opposite: the labels are a census of what is up there, and the examples
are no fair sample of those that are not found yet. So the weight moves from the second
likelihood to the first by the share of the likely images that is labelled. Of a census of the top
only its lower edge resembles what is left below: a label counts for less the farther it lies above
the highest scores without one, and the slope is believed to be flatter than two bells have it.

Examples are few, and how steep the curve is and how common the concept is can hardly be told
apart by them. So the slope has a prior: the one that two bells of equal width would have that
lie as far apart as examples and the rest do (linear discriminant analysis; Fisher 1936).

Taking the background for
negatives instead says "0.1 %" of a concept that one image in ten shows; leaving it out says
"50 %" of everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.core.rule import Calibration
from likewise.core.vectors import Scores
from likewise.errors import BadInputError
from likewise.rules.curve_likelihood import CurveLikelihood

FEWEST_LABELS = 5
"""Fewer held-out positives or negatives than this say too little for a curve."""

FEWEST_BACKGROUND = 20
"""A smaller background says nothing about the collection, and is not used."""

_NOTHING = np.empty(0, dtype=np.float32)
_SMALLEST_SPREAD = 1e-9
_AT_THE_TOP = 10


@dataclass(frozen=True, eq=False)
class HeldOutScores:
    """What a rule made of rows that it was learned without.

    Attributes:
        positives: (p,).
        negatives: (n,).
        background: (b,), unlabelled: some of them may be positives.
        held_out: False when the rule has seen the rows after all.
        stands_for: how many images of the collection each background row stands for, or 0 when
            the collection's size is not known.
    """

    positives: Scores
    negatives: Scores
    background: Scores
    held_out: bool = True
    stands_for: float = 0.0

    def population(self) -> tuple[Scores, NDArray[np.float64]]:
        """Scores that stand for the whole collection, and how many images each stands for.

        After a good review most positives are labelled and the background holds hardly any, so
        the labelled images belong to the collection that the curve is about; each is itself.
        Where the collection's size is not known, the background alone stands for it.
        """
        if not self.stands_for:
            return self.background, np.ones(len(self.background))
        every = np.concatenate([self.background, self.positives, self.negatives])
        weights = np.ones(len(every))
        weights[: len(self.background)] = self.stands_for
        return every, weights

    def top(self) -> float:
        """About the score that ten unlabelled images of the collection reach; infinite if unknown.

        A label far above it says little of the curve among what is not labelled.
        """
        if not self.stands_for or not len(self.background):
            return float("inf")
        place = min(len(self.background), max(1, round(_AT_THE_TOP / self.stands_for)))
        return float(np.sort(self.background)[-place])

    def reviewed(self) -> float:
        """Share of the images that score like the better half of the examples and are labelled.

        0 where the collection's size is not known.
        """
        if not self.stands_for or not len(self.positives):
            return 0.0
        typical = np.median(self.positives)
        labelled = float((self.positives >= typical).sum() + (self.negatives >= typical).sum())
        unlabelled = self.stands_for * float((self.background >= typical).sum())
        return labelled / (labelled + unlabelled)


def fit_platt(scores: HeldOutScores) -> tuple[Calibration | None, str]:
    """Fit the curve; None when too little is known for one.

    Returns:
        The calibration and one sentence that says what it rests on, or why there is none.

    Example:
        >>> few = HeldOutScores(np.ones(2), np.zeros(9), np.zeros(50))
        >>> fit_platt(few)[1]
        'too few labels to say: 2 yes and 9 no, and 5 of each are needed'
    """
    yes, no = len(scores.positives), len(scores.negatives)
    if yes < FEWEST_LABELS or no < FEWEST_LABELS:
        return None, (
            f"too few labels to say: {yes} yes and {no} no, and {FEWEST_LABELS} of each are needed"
        )
    if not scores.held_out:
        return None, "not calibrated: no example was held out, so the scores flatter the rule"
    standard = standardised(scores)
    if standard is None:
        return None, "not calibrated: the rule gives all of the collection the same score"
    likelihood, centre, spread = standard
    slope, intercept = likelihood.best()
    calibration = Calibration(slope / spread, intercept - slope * centre / spread, yes + no)
    return calibration, (
        f"Platt's curve on held-out scores of {yes} yes, {no} no and "
        f"{len(scores.background) if len(likelihood.everyone) else 0} unlabelled background images"
    )


def standardised(scores: HeldOutScores) -> tuple[CurveLikelihood, float, float] | None:
    """What the scores say about a curve over ``(score - centre) / spread``.

    Returns:
        The likelihood, centre and spread; None when all scores are the same.
    """
    everyone, weights = scores.population()
    if len(scores.background) < FEWEST_BACKGROUND:
        everyone, weights = _NOTHING, np.empty(0)
    sample = everyone if len(everyone) else np.append(scores.positives, scores.negatives)
    centre, spread = float(sample.mean()), float(sample.std())
    if spread <= _SMALLEST_SPREAD:
        return None
    if len(everyone) > len(scores.background):
        weights[-len(scores.negatives) :] = 0  # what is known to be a no may not be a yes
    positives, negatives, every = (
        (part.astype(np.float64) - centre) / spread
        for part in (scores.positives, scores.negatives, everyone)
    )
    shares = weights / max(1.0, weights.sum())
    reviewed_share = scores.reviewed() ** 2
    top = (scores.top() - centre) / spread
    likelihood = CurveLikelihood(positives, negatives, every, shares, reviewed_share, top)
    return likelihood, centre, spread


def expected_calibration_error(
    probabilities: ArrayLike, truths: ArrayLike, bins: int = 10
) -> float:
    """Mean distance between what was promised and what was found, over equal-width bins.

    Bins count by how many items they hold (Naeini, Cooper and Hauskrecht 2015).

    Args:
        probabilities: (n,) between 0 and 1.
        truths: (n,) of true and false.
        bins: how many.

    Returns:
        Between 0 (every promise kept) and 1.

    Raises:
        BadInputError: nothing to average, or other lengths.

    Example:
        >>> round(expected_calibration_error([0.9, 0.9], [True, False]), 3)
        0.4
    """
    promised, found = np.asarray(probabilities, np.float64), np.asarray(truths, np.float64)
    if promised.ndim != 1 or promised.shape != found.shape or not len(promised):
        raise BadInputError(
            f"probabilities of shape {promised.shape} and truths of shape {found.shape} do not "
            "run parallel; give one of each for every item"
        )
    bin_of = np.minimum((promised * bins).astype(np.intp), bins - 1)
    gaps = np.bincount(bin_of, promised - found, minlength=bins)
    return float(np.abs(gaps).sum() / len(promised))
