"""Probabilities and thresholds where the truth is known: scores drawn from two bells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.rules.calibration import HeldOutScores, expected_calibration_error, fit_platt
from likewise.rules.threshold import best_f1_threshold, precision_threshold, provisional_threshold


def draw(
    share: float, labels: int = 25, apart: float = 3.0, seed: int = 0, crowd: int = 2000
) -> tuple[HeldOutScores, NDArray[np.float32], NDArray[np.bool_]]:
    """Scores of a collection where `share` shows the concept, and a reviewer's labels.

    The yes answers are random members, the no answers the highest of those that are not.
    """
    random = np.random.default_rng(seed)
    wanted = random.random(8000) < share
    scores = (random.standard_normal(8000) + apart * wanted).astype(np.float32) / 10
    yes = random.permutation(np.flatnonzero(wanted))[:labels]
    others = np.flatnonzero(~wanted)
    looked_at = others[np.argsort(-scores[others])][: 6 * labels]
    no = random.permutation(looked_at)[:labels]
    rest = np.setdiff1d(np.arange(8000), np.concatenate([yes, no]))
    background = scores[random.permutation(rest)[:crowd]]
    return HeldOutScores(scores[yes], scores[no], background), scores[rest], wanted[rest]


def f1(hit: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> float:
    return float(2 * (hit & wanted).sum() / (hit.sum() + wanted.sum()))


@pytest.mark.parametrize(("share", "most"), [(0.01, 0.02), (0.1, 0.05), (0.3, 0.12)])
def test_probabilities_hold_whatever_the_prevalence(share: float, most: float) -> None:
    """Taking the background for negatives would be wrong by nearly the whole prevalence."""
    errors, ratios = [], []
    for seed in range(5):
        scores, rest, wanted = draw(share, seed=seed)
        curve, _ = fit_platt(scores)
        assert curve is not None
        chances = curve.probability(rest)
        errors.append(expected_calibration_error(chances, wanted))
        ratios.append(chances.mean() / wanted.mean())
    assert np.mean(errors) < most
    assert 0.5 < np.median(ratios) < 2


@pytest.mark.parametrize("labels", [5, 10, 25])
def test_near_misses_do_not_blur_a_concept_that_is_hard_to_tell(labels: int) -> None:
    """Believing their labels in full was wrong by .12 to .13 where the bells overlap."""
    errors = []
    for seed in range(12):
        scores, rest, wanted = draw(0.17, labels, apart=1.5, seed=seed)
        curve, _ = fit_platt(scores)
        assert curve is not None
        errors.append(expected_calibration_error(curve.probability(rest), wanted))
    assert np.mean(errors) < 0.09


def test_a_higher_score_is_never_less_likely_even_when_labels_say_so() -> None:
    random = np.random.default_rng(0)
    upside_down = HeldOutScores(
        np.float32(-1) + np.zeros(9, np.float32),
        np.ones(9, np.float32),
        random.standard_normal(100).astype(np.float32),
    )
    curve, _ = fit_platt(upside_down)
    assert curve is not None
    assert curve.slope > 0


def test_perfectly_separated_labels_stay_finite() -> None:
    scores = HeldOutScores(
        np.full(9, 0.9, np.float32),
        np.full(9, 0.1, np.float32),
        np.linspace(-0.2, 0.2, 99, dtype=np.float32),
    )
    curve, _ = fit_platt(scores)
    assert curve is not None
    assert curve.probability([0.9])[0] > 0.8
    assert curve.probability([0.0])[0] < 0.1


def test_without_a_background_the_labels_alone_count() -> None:
    random = np.random.default_rng(0)
    yes = random.normal(1, 1, 200).astype(np.float32)
    no = random.normal(-1, 1, 200).astype(np.float32)
    curve, because = fit_platt(HeldOutScores(yes, no, yes[:0]))
    assert curve is not None
    assert curve.slope == pytest.approx(2, rel=0.25)  # the log odds of two such bells are 2 s
    assert curve.intercept == pytest.approx(0, abs=0.3)
    assert "0 unlabelled" in because


@pytest.mark.parametrize(("yes", "no"), [(4, 9), (9, 4), (0, 0)])
def test_too_few_labels_say_so(yes: int, no: int) -> None:
    some = np.linspace(0, 1, 50, dtype=np.float32)
    curve, because = fit_platt(HeldOutScores(some[:yes], some[:no], some))
    assert curve is None
    assert f"{yes} yes and {no} no" in because


def test_scores_that_flatter_or_say_nothing_are_not_calibrated() -> None:
    nine = np.linspace(0, 1, 9, dtype=np.float32)
    assert fit_platt(HeldOutScores(nine, nine, nine, held_out=False))[0] is None
    same = np.ones(30, np.float32)
    assert fit_platt(HeldOutScores(nine, nine, same))[0] is None


def test_best_f1_is_close_to_what_the_truth_would_choose() -> None:
    for seed in range(3):
        scores, rest, wanted = draw(0.1, seed=seed)
        curve, _ = fit_platt(scores)
        assert curve is not None
        threshold, because = best_f1_threshold(curve, scores)
        assert "F1" in because

        best = max(f1(rest >= cut, wanted) for cut in np.linspace(-0.3, 0.6, 200))
        assert f1(rest >= threshold, wanted) > 0.85 * best


def test_a_promised_precision_is_kept_and_costs_hits() -> None:
    precisions, hits = [], []
    for aim in (0.5, 0.9):
        scores, rest, wanted = draw(0.2, labels=50)
        curve, _ = fit_platt(scores)
        assert curve is not None
        threshold, _ = precision_threshold(curve, scores, aim)
        precisions.append(wanted[rest >= threshold].mean())
        hits.append((rest >= threshold).sum())
    assert precisions[0] > 0.4
    assert precisions[1] > 0.8
    assert hits[0] > hits[1] > 0


def test_a_precision_that_no_background_image_reaches_is_set_on_the_curve() -> None:
    scores = HeldOutScores(
        np.full(9, 0.9, np.float32),
        np.full(9, 0.3, np.float32),
        np.linspace(-0.1, 0.1, 200, dtype=np.float32),
    )
    curve, _ = fit_platt(scores)
    assert curve is not None
    threshold, _ = precision_threshold(curve, scores, 0.9)
    assert curve.probability([threshold])[0] == pytest.approx(0.9, abs=1e-6)


@pytest.mark.parametrize(
    ("yes", "no", "crowd", "held_out", "expected"),
    [
        ([0.8, 0.6], [], np.linspace(0, 0.4, 101), True, (0.7 + 0.396) / 2),
        ([1.0], [], np.linspace(0, 0.4, 101), False, 0.396),
        ([], [], np.linspace(0, 0.4, 101), False, 0.396),
        ([0.8], [0.2, 0.4], [], True, 0.6),
        ([0.8], [], [], False, 0.4),
        ([], [], [], False, 0.5),
    ],
)
def test_provisional_threshold(
    yes: list[float], no: list[float], crowd: list[float], held_out: bool, expected: float
) -> None:
    scores = HeldOutScores(
        np.asarray(yes, np.float32),
        np.asarray(no, np.float32),
        np.asarray(crowd, np.float32),
        held_out=held_out,
    )
    threshold, because = provisional_threshold(scores)
    assert threshold == pytest.approx(expected, abs=1e-6)
    assert because.startswith("provisional: ")


def test_calibration_error() -> None:
    assert expected_calibration_error([0.25] * 4, [1, 0, 0, 0]) == 0
    assert expected_calibration_error([0.0, 1.0], [1, 0]) == 1
    with pytest.raises(BadInputError, match="do not run parallel"):
        expected_calibration_error([], [])


def test_after_a_thorough_review_the_labelled_images_speak_for_the_collection() -> None:
    rng = np.random.default_rng(0)
    found = rng.normal(3.0, 0.5, 40).astype(np.float32)  # all there were
    near_misses = rng.normal(1.5, 0.5, 40).astype(np.float32)
    rest = rng.normal(0.0, 0.5, 500).astype(np.float32)
    scores = HeldOutScores(found, near_misses, rest, stands_for=8.0)
    everyone, weights = scores.population()
    assert len(everyone) == 580
    assert weights.sum() == 500 * 8 + 80
    curve, _ = fit_platt(scores)
    assert curve is not None
    threshold, because = best_f1_threshold(curve, scores)
    assert 1.5 < threshold < 3.0
    assert float(because.rsplit(" ", 1)[1]) > 0.8  # without them it would be near 0


def test_a_reviewer_who_looked_at_all_of_the_top_has_not_found_everything() -> None:
    """Such examples are no fair sample: believed to be one, they say that hardly any is left."""
    left = []
    for seed in range(6):
        random = np.random.default_rng(seed)
        wanted = random.random(4000) < 0.2
        scores = (random.standard_normal(4000) + 1.5 * wanted).astype(np.float32)
        top = np.argsort(-scores)[:200]
        rest = np.setdiff1d(np.arange(4000), top)
        crowd = random.permutation(rest)[:1500]
        yes, no = top[wanted[top]], top[~wanted[top]]
        held_out = HeldOutScores(scores[yes], scores[no], scores[crowd], stands_for=3800 / 1500)
        assert held_out.reviewed() == 1
        curve, _ = fit_platt(held_out)
        assert curve is not None
        left.append(curve.probability(scores[rest]).sum() / wanted[rest].sum())
    assert 0.3 < np.median(left) < 3


def test_how_much_of_what_is_likely_was_reviewed() -> None:
    yes, no = np.array([4, 3, 2], np.float32), np.array([3.5, 1], np.float32)
    crowd = np.array([5, 3, 1, 0], np.float32)
    # at 3 or above: two yes, one no, and two background rows that stand for two images each
    assert HeldOutScores(yes, no, crowd, stands_for=2).reviewed() == 3 / 7
    assert HeldOutScores(yes, no, crowd).reviewed() == 0  # nobody knows


@pytest.mark.parametrize(("share", "apart"), [(0.01, 4.0), (0.17, 2.5)])
def test_a_few_examples_do_not_flatten_the_curve(share: float, apart: float) -> None:
    """The slope of two bells of width .1 is their distance by .01."""
    slopes = []
    for seed in range(10):
        scores, _, _ = draw(share, 25, apart=apart, seed=seed)
        curve, _ = fit_platt(scores)
        assert curve is not None
        slopes.append(curve.slope / (10 * apart))
    assert 0.9 < np.median(slopes) < 1.15
