from __future__ import annotations

import numpy as np
import pytest

from likewise.classify.classification import HeldOut
from likewise.classify.temperature import USUAL_SLOPE, fit_temperature
from likewise.core.classifier import softmax
from likewise.rules.calibration import expected_calibration_error


def drawn(slope: float, count: int = 4000, seed: int = 0) -> HeldOut:
    """Truths drawn with the very probabilities that a slope gives the scores."""
    random = np.random.default_rng(seed)
    scores = random.uniform(-1, 1, (count, 3)).astype(np.float32)
    chances = softmax(np.float32(slope) * scores)
    truths = (random.random(count)[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    return HeldOut(scores, np.minimum(truths, 2), np.arange(count))


@pytest.mark.parametrize("slope", [1.0, 4.0, 20.0])
def test_finds_the_slope_that_the_truths_were_drawn_with(slope: float) -> None:
    found, images = fit_temperature(drawn(slope))
    assert found == pytest.approx(slope, rel=0.1)
    assert images == 4000


def test_probabilities_are_kept() -> None:
    seen, fresh = drawn(3.0, seed=1), drawn(3.0, seed=2)
    slope, _ = fit_temperature(seen)
    chances = softmax(np.float32(slope) * fresh.scores)
    error = expected_calibration_error(chances.max(axis=1), fresh.answers == fresh.truths)
    assert error < 0.03
    steep = softmax(np.float32(4 * slope) * fresh.scores)
    assert expected_calibration_error(steep.max(axis=1), fresh.answers == fresh.truths) > 0.1


def test_a_few_that_are_all_right_do_not_make_it_certain() -> None:
    few = HeldOut(np.eye(3, dtype=np.float32), np.arange(3), np.arange(3))
    slope, images = fit_temperature(few)
    assert USUAL_SLOPE < slope < 3 * USUAL_SLOPE
    assert images == 3


def test_nothing_held_out_leaves_the_usual_slope() -> None:
    none = HeldOut(np.empty((0, 3), np.float32), np.empty(0, np.intp), np.empty(0, np.intp))
    assert fit_temperature(none) == (USUAL_SLOPE, 0)


def test_an_image_held_out_twice_counts_once() -> None:
    once = drawn(4.0, 50)
    twice = HeldOut(*(np.concatenate([x, x]) for x in (once.scores, once.truths, once.rows)))
    assert fit_temperature(twice)[0] == pytest.approx(fit_temperature(once)[0], rel=1e-3)
    assert fit_temperature(twice)[1] == 50
