"""From scores of several classes to probabilities: one slope, fitted on held-out images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from likewise.classify.classification import HeldOut

USUAL_SLOPE = 10.0
"""Logits for each unit of cosine where no image can be held out to fit the slope."""

_STEEPEST, _FLATTEST = 200.0, 0.5
_SPREAD = 1.0  # of the logarithm of the slope around the usual one, before anything is seen


def fit_temperature(held_out: HeldOut) -> tuple[float, int]:
    """The slope that makes ``softmax(slope * score)`` fit held-out images best.

    Temperature scaling (Guo et al. 2017, "On calibration of modern neural networks"): one number
    cannot overfit as a curve for each class would. A weak prior keeps it finite where every held
    out image was right, and a handful of them cannot move it far.

    Returns:
        The slope, and on how many images it was fitted: 0 for the usual slope.

    Example:
        >>> right = HeldOut(np.float32([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]), np.arange(2))
        >>> slope, images = fit_temperature(right)
        >>> slope > USUAL_SLOPE, images
        (True, 2)
    """
    images = len(np.unique(held_out.rows))
    if not images:
        return USUAL_SLOPE, 0

    def loss(log_slope: float) -> float:
        fit = -held_out.weights @ log_likelihoods(held_out, float(np.exp(log_slope)))
        return float(fit + 0.5 * ((log_slope - np.log(USUAL_SLOPE)) / _SPREAD) ** 2)

    bounds = (np.log(_FLATTEST), np.log(_STEEPEST))
    found = float(minimize_scalar(loss, bounds=bounds, method="bounded").x)
    return float(np.exp(found)), images


def log_likelihoods(held_out: HeldOut, slope: float) -> NDArray[np.float64]:
    """Log-probability of the right class at a slope, (t,)."""
    scores = slope * held_out.scores.astype(np.float64)
    right = scores[np.arange(len(scores)), held_out.truths]
    return np.asarray(right - logsumexp(scores, axis=1), np.float64)
