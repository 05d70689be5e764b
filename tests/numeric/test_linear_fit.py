"""The solver against scipy's and scikit-learn's, on the same objective."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from likewise.numeric.linear_fit import Loss, fit_linear

Floats = NDArray[np.float32]


def problem(fits: int = 3) -> tuple[Floats, Floats, Floats]:
    random = np.random.default_rng(0)
    rows = random.standard_normal((60, 8)).astype(np.float32)
    signs = np.where(rows[:, 0] + 0.5 * random.standard_normal(60) > 0.8, 1, -1)
    costs = random.uniform(0.1, 2, (60, fits)).astype(np.float32)
    return rows, signs.astype(np.float32), costs


@pytest.mark.parametrize("slack", [0.05, 1.0])
@pytest.mark.parametrize("loss", ["logistic", "squared_hinge"])
def test_reaches_the_minimum_of_the_stated_objective(loss: Loss, slack: float) -> None:
    rows, signs, costs = problem()
    random = np.random.default_rng(1)
    anchors = random.standard_normal((8, 3))
    anchors = (anchors / np.linalg.norm(anchors, axis=0)).astype(np.float32)
    ridge = np.array([0.3, 1.0, 5.0], np.float32)
    weights, offsets = fit_linear(rows, signs, costs, ridge, anchors, slack, loss, 1e-5)
    for fit in range(3):

        def objective(point: NDArray[np.float64], fit: int = fit) -> float:
            margins = signs * (rows @ point[:-1] + point[-1])
            hinge = np.maximum(0, 1 - margins) ** 2
            losses = np.logaddexp(0, -margins) if loss == "logistic" else hinge
            along = anchors[:, fit] @ point[:-1]
            penalty = point[:-1] @ point[:-1] - (1 - slack) * along**2
            return float(costs[:, fit] @ losses + 0.5 * ridge[fit] * penalty)

        expected = minimize(objective, np.zeros(9), method="BFGS", options={"gtol": 1e-6}).x
        assert np.allclose(np.append(weights[:, fit], offsets[fit]), expected, atol=2e-3)


def test_agrees_with_scikit_learn() -> None:
    rows, signs, costs = problem(1)
    theirs = LogisticRegression(C=1.0, tol=1e-8).fit(rows, signs, costs[:, 0])
    ours, offset = fit_linear(rows, signs, costs, np.ones(1, np.float32), tolerance=1e-5)
    assert np.allclose(ours[:, 0], theirs.coef_[0], atol=2e-3)
    assert offset[0] == pytest.approx(theirs.intercept_[0], abs=2e-3)


def test_agrees_with_liblinear_on_separable_rows() -> None:
    rows, signs, _ = problem(1)
    rows[:, 0] += 2 * signs
    ones = np.ones((60, 1), np.float32)
    theirs = LinearSVC(C=1.0, dual=False, tol=1e-8, intercept_scaling=1000).fit(rows, signs)
    ours, _ = fit_linear(
        rows, signs, ones, np.ones(1, np.float32), loss="squared_hinge", tolerance=1e-6
    )
    assert np.allclose(ours[:, 0], theirs.coef_[0], atol=5e-3)


def test_fits_together_are_the_fits_alone() -> None:
    rows, signs, costs = problem(5)
    ridge = np.array([0.01, 0.1, 1, 10, 100], np.float32)
    together, _ = fit_linear(rows, signs, costs, ridge, tolerance=1e-5)
    for fit in range(5):
        alone, _ = fit_linear(
            rows, signs, costs[:, fit : fit + 1], ridge[fit : fit + 1], tolerance=1e-5
        )
        assert np.allclose(together[:, fit], alone[:, 0], atol=2e-3)


def test_rows_that_cost_nothing_do_not_count() -> None:
    rows, signs, costs = problem(1)
    costs[40:] = 0
    ridge = np.ones(1, np.float32)
    with_them, _ = fit_linear(rows, signs, costs, ridge, tolerance=1e-5)
    without, _ = fit_linear(rows[:40], signs[:40], costs[:40], ridge, tolerance=1e-5)
    assert np.allclose(with_them, without, atol=1e-3)


def test_separable_rows_and_a_tiny_ridge_stay_finite() -> None:
    rows = np.array([[1, 0], [-1, 0]], np.float32)
    signs = np.array([1, -1], np.float32)
    costs = np.full((2, 1), 1e3, np.float32)
    weights, offsets = fit_linear(rows, signs, costs, np.array([1e-6], np.float32))
    assert np.isfinite(weights).all()
    assert np.isfinite(offsets).all()
    assert weights[0, 0] > 1
