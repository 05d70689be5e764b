"""From a method's shares to chances of being right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.propagate.methods._held_out import HeldOut
from likewise.propagate.methods._votes import Floats

_USUAL_SLOPE, _SLOPE_SPREAD = 2.1, 0.3
_USUAL_OFFSET, _OFFSET_SPREAD = 1.0, 1.2
_SMALLEST = 2e-3
_STEPS = np.linspace(-2.5, 2.5, 21)
_LEVELS = np.linspace(np.log(_SMALLEST), -np.log(_SMALLEST), 400)

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Confidence:
    """A rising curve from the logit of a share to the chance of being right.

    It is the mean of Platt's curves (1999), ``1 / (1 + exp(-(slope * logit + offset)))``, each
    weighed by how well it fits the held-out labels and by how usual it is: where labels are few
    the curves differ, and their mean does not promise what any one of them would.

    Attributes:
        probabilities: (400,) at even steps of the logit.
        slope: the mean of the curves.
        offset: the mean of the curves.
        rests_on: how many held-out labels it was fitted to.
    """

    probabilities: Doubles
    slope: float
    offset: float
    rests_on: int

    def of(self, shares: Floats) -> Floats:
        """Chances of being right, (n,); 0 where nothing speaks for any class."""
        probabilities = np.interp(_logits(shares), _LEVELS, self.probabilities)
        return np.where(shares > 0, probabilities, 0).astype(np.float32)


def fit_confidence(held_out: HeldOut | None) -> Confidence:
    """The curve that held-out labels and experience speak for.

    The prior is what the curves of this package's methods were on photos of 6 and of 101
    classes: a slope of 2.1 (its logarithm within .3) and an offset of 1 or more (within 1.2).
    Where no label could be held back it is all there is, and promises little.
    """
    slopes = _USUAL_SLOPE * np.exp(_STEPS * _SLOPE_SPREAD)[:, None]
    offsets = (_USUAL_OFFSET + _STEPS * _OFFSET_SPREAD)[None, :]
    likely = -0.5 * (_STEPS[:, None] ** 2 + _STEPS[None, :] ** 2)
    count = 0 if held_out is None else len(held_out.rows)
    if held_out is not None:
        logits = _logits(held_out.shares).astype(np.float64)
        for logit, right in zip(logits.tolist(), held_out.right.tolist(), strict=True):
            gone = slopes * logit + offsets
            likely = likely - np.logaddexp(0, -gone if right else gone)
    weights = np.exp(likely - likely.max())
    weights /= weights.sum()
    probabilities = np.array(
        [(weights / (1 + np.exp(-(slopes * level + offsets)))).sum() for level in _LEVELS]
    )
    slope, offset = float((weights * slopes).sum()), float((weights * offsets).sum())
    return Confidence(probabilities, slope, offset, count)


def _logits(shares: Floats) -> Floats:
    clipped = np.clip(shares, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)
