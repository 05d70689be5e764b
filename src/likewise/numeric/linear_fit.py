"""Many regularised linear classifiers over the same rows at once, by truncated Newton steps.

One fit needs a product with the rows for each inner step, and that product costs nearly the
same for twenty classifiers as for one: the rows are read from memory once. So all folds of a
cross-validation, and all settings that are compared in it, are fitted together.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import give_way

Floats: TypeAlias = NDArray[np.float32]
Loss: TypeAlias = Literal["logistic", "squared_hinge"]

_OUTER_STEPS = 30
_INNER_STEPS = 25
_HALVINGS = 12
_FORCING = 0.3  # how far each inner solve goes: enough for fast outer convergence


@single_blas_thread()
def fit_linear(
    rows: Floats,
    signs: Floats,
    costs: Floats,
    ridge: Floats,
    anchors: Floats | None = None,
    slack: float = 1.0,
    loss: Loss = "logistic",
    tolerance: float = 1e-2,
) -> tuple[Floats, Floats]:
    """Minimise, for each column f, over weights w and an offset b:

    ``sum_i costs[i,f] * loss(signs[i] * (rows[i].w + b))
    + ridge[f]/2 * (|w|^2 - (1 - slack) * (anchors[:,f].w)^2)``

    The penalty spares the anchor: going along it costs only `slack` of what leaving it does,
    so a large ridge gives the anchor's direction at whatever length the labels ask for.

    Method: truncated Newton (Lin, Weng and Keerthi 2008, "Trust region Newton method for
    logistic regression", here with backtracking instead of a trust region); the squared hinge
    as in Chapelle 2007, "Training a support vector machine in the primal".

    Args:
        rows: (m, dim).
        signs: (m,) of +1 and -1.
        costs: (m, f), 0 leaves a row out of that fit. Each column needs rows of both signs.
        ridge: (f,), above 0.
        anchors: (dim, f) of unit columns, or None for a plain ridge.
        slack: between 0 and 1.
        loss: "logistic" or "squared_hinge".
        tolerance: stop when the gradient has shrunk to this share of what it was.

    Returns:
        Weights (dim, f) and offsets (f,).
    """
    problem = _Problem(rows, signs[:, None], costs, ridge, anchors, slack, loss)
    weights = np.zeros((rows.shape[1], costs.shape[1]), dtype=np.float32)
    offsets = np.zeros(costs.shape[1], dtype=np.float32)
    margins = np.zeros_like(costs)
    value = problem.value(margins, weights)
    goal = None
    for _ in range(_OUTER_STEPS):
        give_way()
        slope, curve = problem.slope_and_curve(margins)
        gradient = rows.T @ slope + problem.penalty(weights)
        gradient_offset = slope.sum(axis=0)
        size = np.sqrt((gradient**2).sum(axis=0) + gradient_offset**2)
        goal = np.maximum(size * tolerance, 1e-7) if goal is None else goal
        active = size > goal
        if not active.any():
            break
        step, step_offset, moved = problem.newton_step(curve, gradient, gradient_offset, active)
        length, value = problem.backtrack(margins, moved, weights, step, value, active)
        if not length.any():
            break  # float32 has no better point to offer
        weights += length * step
        offsets += length * step_offset
        margins += length * moved
    return weights, offsets


def ridges(ridge: float, costs: Floats) -> Floats:
    """The same ridge for every column of costs; shape (f,)."""
    return np.full(costs.shape[1], ridge, dtype=np.float32)


class _Problem:
    def __init__(
        self,
        rows: Floats,
        signs: Floats,
        costs: Floats,
        ridge: Floats,
        anchors: Floats | None,
        slack: float,
        loss: Loss,
    ) -> None:
        self.rows, self.signs, self.costs, self.ridge = rows, signs, costs, ridge
        self.anchors, self.spared, self.loss = anchors, np.float32(1.0 - slack), loss

    def penalty(self, weights: Floats) -> Floats:
        if self.anchors is None:
            return self.ridge * weights
        along = (self.anchors * weights).sum(axis=0)
        return np.asarray(self.ridge * (weights - self.spared * along * self.anchors), np.float32)

    def value(self, margins: Floats, weights: Floats) -> Floats:
        agreed = self.signs * margins
        if self.loss == "logistic":
            losses = np.logaddexp(np.float32(0), -agreed)
        else:
            losses = np.maximum(np.float32(1) - agreed, np.float32(0)) ** 2
        fit = (self.costs * losses).sum(axis=0, dtype=np.float64)
        return np.asarray(fit + 0.5 * (weights * self.penalty(weights)).sum(axis=0), np.float64)

    def slope_and_curve(self, margins: Floats) -> tuple[Floats, Floats]:
        """First and second derivative of the costs by the margin; each (m, f)."""
        agreed = self.signs * margins
        if self.loss == "logistic":
            wrong = np.float32(0.5) * (np.float32(1) - np.tanh(np.float32(0.5) * agreed))
            return -self.signs * self.costs * wrong, self.costs * wrong * (1 - wrong)
        short = np.maximum(np.float32(1) - agreed, np.float32(0))
        return -2 * self.signs * self.costs * short, 2 * self.costs * (short > 0)

    def newton_step(
        self, curve: Floats, gradient: Floats, gradient_offset: Floats, active: NDArray[np.bool_]
    ) -> tuple[Floats, Floats, Floats]:
        """Conjugate gradients on the Newton equations; the step, its offset, its margins."""
        rows = self.rows
        heavy = curve.sum(axis=0)
        # Jacobi scaling: a unit row adds 1/dim of its curvature to each weight, all to the offset.
        scale = 1.0 / (self.ridge + heavy / rows.shape[1])
        scale_offset = 1.0 / np.maximum(heavy, 1e-6)
        step, step_offset = np.zeros_like(gradient), np.zeros_like(gradient_offset)
        moved = np.zeros_like(curve)
        left, left_offset = -gradient, -gradient_offset
        way, way_offset = scale * left, scale_offset * left_offset
        power = (left * way).sum(axis=0) + left_offset * way_offset
        enough = power * _FORCING**2
        running = active.copy()
        for _ in range(_INNER_STEPS):
            way_moved = rows @ way + way_offset
            bent = curve * way_moved
            turn = rows.T @ bent + self.penalty(way)
            turn_offset = bent.sum(axis=0)
            steepness = (way * turn).sum(axis=0) + way_offset * turn_offset
            running &= steepness > 0
            pace = np.where(running, power / np.where(steepness > 0, steepness, 1), 0)
            pace = pace.astype(np.float32)
            step += pace * way
            step_offset += pace * way_offset
            moved += pace * way_moved
            left = left - pace * turn
            left_offset = left_offset - pace * turn_offset
            next_way, next_offset = scale * left, scale_offset * left_offset
            next_power = (left * next_way).sum(axis=0) + left_offset * next_offset
            running &= next_power > enough
            if not running.any():
                break
            ratio = np.where(running, next_power / np.maximum(power, 1e-30), 0).astype(np.float32)
            way = next_way + ratio * way
            way_offset = next_offset + ratio * way_offset
            power = next_power
        return step, step_offset, moved

    def backtrack(
        self,
        margins: Floats,
        moved: Floats,
        weights: Floats,
        step: Floats,
        value: Floats,
        active: NDArray[np.bool_],
    ) -> tuple[Floats, Floats]:
        """The longest of 1, 1/2, 1/4, ... that lowers each column's value; 0 where none does."""
        length = active.astype(np.float32)
        for _ in range(_HALVINGS):
            tried = self.value(margins + length * moved, weights + length * step)
            worse = (tried > value) & (length > 0)
            if not worse.any():
                return length, tried
            length = np.where(worse, length * np.float32(0.5), length)
        length = np.where(worse, np.float32(0), length)
        return length, np.where(worse, value, tried)
