from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.core.rule import Calibration, Rule
from likewise.core.space import Space, plain_space
from likewise.core.vectors import unit
from likewise.errors import BadInputError


def rule_of(seed: int, prototypes: int, away: bool, project: bool) -> tuple[Rule, np.ndarray]:
    rng = np.random.default_rng(seed)
    projection = rng.normal(size=(8, 5)).astype(np.float32) if project else None
    space = Space("demo", rng.normal(size=8).astype(np.float32) * 0.2, projection)
    toward = unit(rng.normal(size=(prototypes, space.dim_out)))
    against = unit(rng.normal(size=space.dim_out)) if away else None
    return Rule("test", space, toward, against, 0.3), unit(rng.normal(size=(30, 8)))


@given(st.integers(0, 500), st.integers(1, 4), st.booleans(), st.booleans())
def test_the_linear_form_gives_the_same_scores(
    seed: int, prototypes: int, away: bool, project: bool
) -> None:
    rule, x = rule_of(seed, prototypes, away, project)
    weights, offsets = rule.linear_form()
    linear = (x @ weights.T + offsets).max(axis=1) / rule.space.lengths(x)
    np.testing.assert_allclose(linear, rule.score(x), atol=1e-4)


@given(st.integers(0, 500), st.integers(1, 4))
def test_the_score_is_the_formula(seed: int, prototypes: int) -> None:
    rule, x = rule_of(seed, prototypes, True, False)
    assert rule.away is not None
    for row, score in zip(x, rule.score(x), strict=True):
        z = (row - rule.space.mean) / np.linalg.norm(row - rule.space.mean)
        by_hand = max(float(z @ p) for p in rule.toward) - 0.3 * float(z @ rule.away)
        assert score == pytest.approx(by_hand, abs=1e-5)


def test_yes_is_at_the_threshold_or_above() -> None:
    rule = Rule("test", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1], threshold=0.6)
    assert rule.predict([[0.6, 0.8], [0.59, 0.81]]).tolist() == [True, False]


@given(st.floats(0.1, 50), st.floats(-5, 5), st.floats(0.01, 0.99))
def test_a_probability_and_its_score_go_both_ways(a: float, b: float, p: float) -> None:
    curve = Calibration(a, b, labels=10)
    assert float(curve.probability([curve.score(p)])[0]) == pytest.approx(p, abs=1e-4)


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan"), float("inf")])
def test_a_curve_that_does_not_rise_is_refused(slope: float) -> None:
    with pytest.raises(BadInputError, match="slope"):
        Calibration(slope, 0.0, labels=10)


def test_probabilities_far_out_do_not_overflow() -> None:
    assert Calibration(1e6, 0.0, 1).probability([-1e6, 1e6]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    "toward", [np.empty((0, 2)), np.ones(2), np.ones((1, 3)), np.full((1, 2), np.nan)]
)
def test_rules_that_cannot_score_are_refused(toward: np.ndarray) -> None:
    with pytest.raises(BadInputError):
        Rule("test", plain_space("demo", 2), toward.astype(np.float32))


@pytest.mark.parametrize("x", [[[0.0, 0.0]], [[np.nan, 1.0]], [[1.0, 2.0, 3.0]], [1.0, 2.0]])
def test_vectors_it_cannot_score_are_refused(x: list[list[float]]) -> None:
    rule = Rule("test", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1])
    with pytest.raises(BadInputError):
        rule.score(x)
