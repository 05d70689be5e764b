"""What share of each band of score shows the concept, before and after looking at a few of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from likewise.rules.curve_likelihood import Floats
from likewise.rules.prevalence_curves import Curves

NO_UNSCORED: Mapping[float, float] = {0.0: 1.0}
UNSCORED: Mapping[float, float] = {0.0: 0.9, 0.1: 0.07, 0.4: 0.03}
"""How many images of a concept the rule does not recognise at all, where it recognises 1.

They lie anywhere among the scores. A few looks cannot rule them out, and a curve
knows nothing of them, so they are in every honest interval. The values are how likely each is.
"""

UNSCORED_BEFORE_EXAMPLES: Mapping[float, float] = {0.0: 0.9, 0.1: 0.06, 0.4: 0.03, 1.0: 0.01}
"""The same where examples tell more: they make half of a concept likely, or rule it out."""

_LIKE_ITS_NEIGHBOURS = 8.0  # looks of the rarer kind that the model is worth in one band
_LEAST = 1e-9


def posterior(
    curve: Curves,
    shares: Mapping[float, float],
    levels: Floats,
    sizes: NDArray[np.int64],
    looked: NDArray[np.int64],
    yes: NDArray[np.int64],
    positives: int,
) -> tuple[Floats, Floats, Floats]:
    """A beta distribution for each band, at every point of the grid and for each share of strays.

    Args:
        curve: which curves from levels to shares are likely.
        shares: shares of the concept that lie anywhere, and how likely each is.
        levels: (k, q) levels of the images in each of k bands.
        sizes: (k,) images in them.
        looked: (k,) how many of those were looked at, drawn at random.
        yes: (k,) how many of the latter show the concept.
        positives: how many images are known to show it otherwise.

    Returns:
        Yes and no looks that the model is worth in each band, those that were taken included,
        (g, k) each, and how likely each of the g points is; the last sums to 1.
    """
    probabilities = curve.probabilities(levels).mean(axis=2)
    per_image = (probabilities @ sizes + positives) / max(1, int(sizes.sum()))
    probabilities = (
        probabilities[:, None] + per_image[:, None, None] * np.array(list(shares))[:, None]
    )
    points = (
        probabilities.shape[0] * probabilities.shape[1]
    )  # told, for there may be no band at all
    probabilities = np.clip(probabilities.reshape(points, len(sizes)), _LEAST, 1 - _LEAST)
    worth = _LIKE_ITS_NEIGHBOURS / np.minimum(probabilities, 1 - probabilities)
    before, against = worth * probabilities, worth * (1 - probabilities)
    after, misses = before + yes, against + (looked - yes)
    evidence = (betaln(after, misses) - betaln(before, against)).sum(axis=1)
    believed = np.array(list(shares.values()))
    logs = np.log((curve.weights[:, None] * believed + 1e-300).ravel()) + evidence
    weights = np.exp(logs - logs.max())
    return after, misses, weights / weights.sum()


def after_examples(shares: Mapping[float, float], odds: Floats) -> Mapping[float, float]:
    """How likely each share is once it is known where the examples lie.

    Args:
        shares: as `UNSCORED_BEFORE_EXAMPLES` has them.
        odds: (e,), how much likelier each example is anywhere among the images than where the
            rule finds the concept; see `likewise.rules.prevalence_curves.Curves.unscored_odds`.

    Example:
        >>> after_examples({0.0: 0.75, 1.0: 0.25}, np.array([5.0]))
        {0.0: 0.5, 1.0: 0.5}
    """
    likely = {
        share: prior * float(np.prod((1 + share * odds) / (1 + share)))
        for share, prior in shares.items()
    }
    total = sum(likely.values())
    return {share: value / total for share, value in likely.items()}
