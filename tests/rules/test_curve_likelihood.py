"""The curve's likelihood: slopes by hand, and the same answer from far fewer numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import check_grad

from likewise.rules.curve_likelihood import CurveLikelihood


def likelihood(census: float = 0.0, crowd: int = 900, seed: int = 0) -> CurveLikelihood:
    random = np.random.default_rng(seed)
    everyone = random.standard_normal(crowd)
    return CurveLikelihood(
        positives=random.normal(2.0, 0.6, 12),
        negatives=random.normal(0.8, 0.4, 12),
        everyone=everyone,
        weights=np.full(crowd, 1 / max(1, crowd)),
        reviewed_share=census,
    )


@pytest.mark.parametrize("crowd", [0, 900])
@pytest.mark.parametrize("census", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("point", [(0.3, -2.0), (1.5, -6.0), (-1.0, 1.0)])
def test_derivatives_are_those_of_the_value(
    census: float, crowd: int, point: tuple[float, float]
) -> None:
    known = likelihood(census, crowd)

    def value(x: NDArray[np.float64]) -> float:
        return float(known.loss(x[:1], x[1:])[0][0])

    def gradient(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return known.loss(x[:1], x[1:])[1][:, 0]

    assert check_grad(value, gradient, np.array(point)) < 1e-3


def test_many_curves_at_once_are_the_same_as_one_by_one() -> None:
    known = likelihood()
    slopes, intercepts = np.array([-0.5, 0.4, 1.2]), np.array([-4.0, -2.0, 0.0])
    together, _ = known.loss(slopes, intercepts)
    alone = [known.loss(slopes[i : i + 1], intercepts[i : i + 1])[0][0] for i in range(len(slopes))]
    assert together == pytest.approx(alone, rel=1e-12)


def test_the_best_curve_is_the_likeliest_of_its_grid() -> None:
    known = likelihood()
    slope, intercept = known.best()
    slopes, intercepts, likely = known.curves(slope, intercept)
    assert likely.sum() == pytest.approx(1)
    top = int(likely.argmax())
    assert abs(np.log(slopes[top] / slope)) < 0.2  # one step of the grid is .17,
    assert abs(intercepts[top] - intercept) <= 0.25  # and .25
    losses, _ = known.loss(np.log(slopes), intercepts)
    exact = np.exp(losses.min() - losses)
    assert np.abs(likely - exact / exact.sum()).max() < 0.002  # a hundred scores stand for all


def test_more_labels_leave_fewer_curves_likely() -> None:
    spreads = []
    for labels in (6, 24, 96):
        random = np.random.default_rng(1)
        known = CurveLikelihood(
            random.normal(2.0, 0.6, labels),
            random.normal(0.8, 0.4, labels),
            random.standard_normal(900),
            np.full(900, 1 / 900),
            reviewed_share=0.0,
        )
        _, intercepts, likely = known.curves(*known.best())
        spreads.append(np.sqrt(likely @ (intercepts - likely @ intercepts) ** 2))
    assert spreads[0] > spreads[1] > spreads[2]


def test_a_rare_concept_is_as_likely_in_a_hundred_scores_as_in_all() -> None:
    """One image in two hundred, far above the rest: all of it within the highest hundredth."""
    random = np.random.default_rng(0)
    everyone = np.concatenate([random.normal(-0.1, 0.5, 3980), random.normal(8.0, 2.0, 20)])
    known = CurveLikelihood(
        positives=random.normal(8.0, 2.0, 10),
        negatives=random.normal(2.0, 0.3, 10),
        everyone=everyone,
        weights=np.full(4000, 1 / 4000),
        reviewed_share=0.2,
    )
    slope, intercept = known.best()
    slopes, intercepts, likely = known.curves(slope, intercept)
    exact = np.exp(-known.loss(np.log(slopes), intercepts)[0] + known.loss(
        np.log(np.array([slope])), np.array([intercept]))[0])  # fmt: skip
    assert np.abs(likely - exact / exact.sum()).sum() < 0.1
    members = everyone[-20:]
    chances = 1 / (1 + np.exp(-(slopes[:, None] * members + intercepts[:, None])))
    assert likely @ chances.mean(axis=1) > 0.7
