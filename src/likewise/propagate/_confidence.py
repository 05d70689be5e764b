"""From a method's shares to chances of being right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.propagate._held_out import HeldOut
from likewise.propagate._votes import Floats

_USUAL_SLOPE, _SLOPE_SPREAD = 2.0, 0.3
_USUAL_OFFSET, _OFFSET_SPREAD = 1.5, 1.2
_SMALLEST = 2e-3


@dataclass(frozen=True)
class Confidence:
    """``1 / (1 + exp(-(slope * logit(share) + offset)))``, Platt 1999 on the share's logit.

    The slope is above 0, so that what a method is surer of is never trusted less.

    Attributes:
        slope: above 0.
        offset: any number.
        rests_on: how many held-out labels it was fitted to.
    """

    slope: float
    offset: float
    rests_on: int

    def of(self, shares: Floats) -> Floats:
        """Chances of being right, (n,); 0 where nothing speaks for any class."""
        chances = 1 / (1 + np.exp(-(self.slope * _logits(shares) + self.offset)))
        return np.where(shares > 0, chances, 0).astype(np.float32)


def fit_confidence(held_out: HeldOut | None) -> Confidence:
    """The likeliest curve under what such curves usually are.

    Tens of labels do not settle two numbers. The prior is what the curves of this package's
    methods were on photos of 6 and of 101 classes: a slope of 2 (its logarithm within .3) and
    an offset of 1.5 (within 1.2).
    """
    from scipy.optimize import minimize

    if held_out is None or not len(held_out.rows):
        return Confidence(_USUAL_SLOPE, _USUAL_OFFSET - 2 * _OFFSET_SPREAD, 0)
    logits = _logits(held_out.shares).astype(np.float64)
    signs = np.where(held_out.right, 1.0, -1.0)

    def loss(point: NDArray[np.float64]) -> float:
        slope, offset = np.exp(point[0]), point[1]
        bend = (point[0] - np.log(_USUAL_SLOPE)) / _SLOPE_SPREAD
        move = (offset - _USUAL_OFFSET) / _OFFSET_SPREAD
        misfit = np.logaddexp(0, -signs * (slope * logits + offset)).sum()
        return float(misfit + 0.5 * (bend**2 + move**2))

    found = minimize(loss, (np.log(_USUAL_SLOPE), _USUAL_OFFSET), method="L-BFGS-B").x
    return Confidence(float(np.exp(found[0])), float(found[1]), len(signs))


def _logits(shares: Floats) -> Floats:
    kept = np.clip(shares, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(kept / (1 - kept)), np.float32)
