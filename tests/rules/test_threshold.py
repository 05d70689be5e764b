"""Thresholds by an aim: properties of every collection of scores, and images in a gap of scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from numpy.typing import NDArray
from worlds import world

from likewise.core.rule import Calibration
from likewise.core.space import centred_space
from likewise.rules.calibration import HeldOutScores
from likewise.rules.threshold import best_f1_threshold, precision_threshold
from likewise.simulate.simulation import Simulation

AIMS = st.floats(0.02, 0.98)


@st.composite
def curves_and_scores(draw: st.DrawFn) -> tuple[Calibration, HeldOutScores]:
    """A curve, and labels and background with ties, gaps and labels out of order."""
    values = st.integers(-30, 60).map(lambda tenth: np.float32(tenth / 10))

    def several(least: int, most: int) -> NDArray[np.float32]:
        return np.array(draw(st.lists(values, min_size=least, max_size=most)), np.float32)

    slope, middle = draw(st.floats(0.3, 8.0)), draw(st.floats(-4.0, 6.0))
    stands_for = draw(st.sampled_from([0.0, 1.0, 4.5]))
    scores = HeldOutScores(several(5, 12), several(5, 12), several(20, 40), True, stands_for)
    return Calibration(slope, -slope * middle, 10), scores


def population(
    curve: Calibration, scores: HeldOutScores
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Scores, weights and expected truth of all images that stand for the collection."""
    parts = [(scores.background, max(1.0, scores.stands_for), curve.probability(scores.background))]
    if scores.stands_for:
        parts += [(scores.positives, 1.0, np.ones(len(scores.positives), np.float32))]
        parts += [(scores.negatives, 1.0, np.zeros(len(scores.negatives), np.float32))]
    return (
        np.concatenate([part.astype(np.float64) for part, _, _ in parts]),
        np.concatenate([np.full(len(part), weight) for part, weight, _ in parts]),
        np.concatenate([truth.astype(np.float64) for _, _, truth in parts]),
    )


def gap(scores: NDArray[np.float64], threshold: float) -> tuple[float, float]:
    """The highest score below a threshold, and the lowest that is not."""
    below = scores[scores < threshold]
    above = scores[scores >= threshold]
    return float(below.max(initial=-np.inf)), float(above.min(initial=np.inf))


@given(curves_and_scores())
def test_no_threshold_has_a_higher_expected_f1(made: tuple[Calibration, HeldOutScores]) -> None:
    values, weights, truth = population(*made)

    def expected(threshold: float) -> float:
        hit = values >= threshold
        return float(
            2 * (weights * truth)[hit].sum() / (weights[hit].sum() + (weights * truth).sum())
        )

    threshold, because = best_f1_threshold(*made)
    best = max(expected(value) for value in values.tolist())
    assert expected(threshold) == pytest.approx(best, rel=1e-9)
    assert because == f"highest expected F1, {best:.2f}"


@given(curves_and_scores(), AIMS)
def test_no_lower_threshold_has_the_expected_precision(
    made: tuple[Calibration, HeldOutScores], aim: float
) -> None:
    values, weights, truth = population(*made)

    def precision(threshold: float) -> float:
        hit = values >= threshold
        return float((weights * truth)[hit].sum() / weights[hit].sum())

    threshold, because = precision_threshold(*made, aim)
    reached = [value for value in values.tolist() if precision(value) >= aim]
    if because.startswith("lowest"):
        assert precision(threshold) >= aim - 1e-9
        assert gap(values, threshold)[1] <= min(reached) + 1e-9
    else:
        assert not reached or precision(min(reached)) == pytest.approx(aim)
        assert threshold > values.max()  # what is known to be wrong is no hit


@given(curves_and_scores(), st.one_of(st.none(), AIMS))
def test_a_threshold_keeps_away_from_both_ends_of_its_gap(
    made: tuple[Calibration, HeldOutScores], aim: float | None
) -> None:
    """Within the middle half it is where a further hit neither helps nor harms the aim."""
    curve, scores = made
    values, _, _ = population(curve, scores)
    if aim is None:
        threshold, because = best_f1_threshold(curve, scores)
        indifferent = None
    else:
        threshold, because = precision_threshold(curve, scores, aim)
        indifferent = curve.score(aim)
    below, above = gap(values, threshold)
    note(f"{below} to {above}: {threshold}, {because}")
    if np.isinf(below) or np.isinf(above):
        return
    margin = (above - below) / 4
    assert below + margin - 1e-9 <= threshold <= above - margin + 1e-9
    if indifferent is not None and below + margin < indifferent < above - margin:
        assert threshold == pytest.approx(indifferent)


@given(curves_and_scores(), AIMS, AIMS)
def test_a_higher_precision_never_lowers_the_threshold(
    made: tuple[Calibration, HeldOutScores], one: float, other: float
) -> None:
    lower, higher = (precision_threshold(*made, aim)[0] for aim in sorted((one, other)))
    assert lower <= higher


@given(curves_and_scores(), st.floats(0.5, 3.0), st.floats(-5.0, 5.0))
def test_a_threshold_moves_with_the_scores(
    made: tuple[Calibration, HeldOutScores], factor: float, offset: float
) -> None:
    """So it does not matter on what scale a rule's scores are."""
    curve, scores = made

    def moved(part: NDArray[np.float32]) -> NDArray[np.float32]:
        return part.astype(np.float64) * factor + offset  # type: ignore[return-value]

    slope = curve.slope / factor
    other = Calibration(slope, curve.intercept - slope * offset, curve.labels)
    others = HeldOutScores(
        moved(scores.positives), moved(scores.negatives), moved(scores.background),
        stands_for=scores.stands_for,
    )  # fmt: skip
    before, after = best_f1_threshold(curve, scores)[0], best_f1_threshold(other, others)[0]
    assert after == pytest.approx(before * factor + offset, abs=1e-3)


@pytest.mark.parametrize("aim", [None, 0.95])
def test_an_image_between_the_lowest_yes_and_the_rest_is_decided_by_its_probability(
    aim: float | None,
) -> None:
    """A new image of the concept scores slightly lower than any that is known."""
    random = np.random.default_rng(0)
    scores = HeldOutScores(
        np.linspace(0.8, 1.0, 9, dtype=np.float32),
        np.linspace(0.1, 0.3, 9, dtype=np.float32),
        random.normal(0.0, 0.05, 500).astype(np.float32),
        stands_for=2.0,
    )
    curve = Calibration(40.0, -40.0 * 0.55, 18)
    if aim is None:
        threshold, _ = best_f1_threshold(curve, scores)
    else:
        threshold, _ = precision_threshold(curve, scores, aim)
    assert 0.4 < threshold < 0.7
    assert curve.probability([0.78])[0] > 0.999
    assert threshold < 0.78


def test_after_pages_it_is_set_by_labels_that_the_rule_has_not_seen() -> None:
    """Set by those it has seen, which it scores too well, it costs a seventh of the best F1."""
    ratios = []
    for seed in range(3):
        made = world(members=120, others=880, dim=256, noise=3.0, seed=seed)
        is_new = np.random.default_rng(seed).random(len(made.rows)) < 0.5
        known = centred_space("world", made.rows[~is_new])
        simulation = Simulation(
            made.rows[~is_new], made.wanted[~is_new], "anchored", known, examples=3,
            page_size=10, calibrate=True, repeat=seed,
        )  # fmt: skip
        for turn in simulation.turns():
            if (turn.verdicts != 0).sum() >= 83:
                break
        assert "answered on pages" in turn.rule.provenance["calibration"]
        scores, wanted = turn.rule.score(made.rows[is_new]), made.wanted[is_new]
        best = max(f1(scores >= cut, wanted) for cut in scores.tolist())
        ratios.append(f1(scores >= turn.rule.threshold, wanted) / best)
    assert np.median(ratios) > 0.95


def f1(hit: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float:
    return float(2 * (hit & wanted).sum() / (hit.sum() + wanted.sum()))
