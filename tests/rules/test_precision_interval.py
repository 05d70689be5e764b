"""Promises where the truth is known: scores drawn from two bells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.rules.calibration import HeldOutScores, fit_platt
from likewise.rules.precision_interval import Promise, promised_precision
from likewise.rules.threshold import best_f1_threshold


def draw(
    share: float, labels: int = 25, apart: float = 3.0, seed: int = 0
) -> tuple[HeldOutScores, NDArray[np.float32], NDArray[np.bool_]]:
    """A reviewer's labels, a crowd of 2,000, and all that is not labelled of 8,000."""
    random = np.random.default_rng(seed)
    wanted = random.random(8000) < share
    scores = (random.standard_normal(8000) + apart * wanted).astype(np.float32) / 10
    yes = random.permutation(np.flatnonzero(wanted))[:labels]
    others = np.flatnonzero(~wanted)
    no = random.permutation(others[np.argsort(-scores[others])][: 6 * labels])[:labels]
    rest = np.setdiff1d(np.arange(8000), np.concatenate([yes, no]))
    held_out = HeldOutScores(
        scores[yes], scores[no], scores[random.permutation(rest)[:2000]], stands_for=4.0
    )
    return held_out, scores[rest], wanted[rest]


def promised(scores: HeldOutScores) -> tuple[Promise, float]:
    curve, _ = fit_platt(scores)
    assert curve is not None
    threshold, _ = best_f1_threshold(curve, scores)
    promise = promised_precision(curve, scores, threshold)
    assert promise is not None
    assert 0 <= promise.low <= promise.precision <= promise.high <= 1
    return promise, threshold


@pytest.mark.parametrize("apart", [1.5, 3.0])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_promises_are_kept_whatever_the_prevalence(share: float, apart: float) -> None:
    """The point alone, within what chance allows, was right in less than half of the cases."""
    kept = []
    for seed in range(15):
        scores, rest, wanted = draw(share, apart=apart, seed=seed)
        promise, threshold = promised(scores)
        kept.append(wanted[rest >= threshold].mean() in promise)
    assert np.mean(kept) >= 0.85


def test_what_is_easy_to_tell_is_promised_with_more_confidence() -> None:
    widths = {}
    for apart in (1.5, 3.0, 6.0):
        promises = [promised(draw(0.1, apart=apart, seed=seed)[0])[0] for seed in range(5)]
        widths[apart] = np.mean([each.high - each.low for each in promises])
    assert widths[1.5] > widths[3.0] > widths[6.0]
    assert widths[6.0] < 0.2


def test_more_labels_narrow_the_interval() -> None:
    widths = []
    for labels in (6, 25, 100):
        promises = [promised(draw(0.1, labels, 3.0, seed)[0])[0] for seed in range(5)]
        widths.append(np.mean([each.high - each.low for each in promises]))
    assert widths[0] > widths[1] > widths[2]


def test_few_hits_are_left_to_chance_as_well() -> None:
    scores, _, _ = draw(0.1, apart=1.5)
    curve, _ = fit_platt(scores)
    assert curve is not None
    tail = float(np.sort(scores.background)[-3])
    three = promised_precision(curve, replace(scores, stands_for=1.0), tail)
    many = promised_precision(curve, replace(scores, stands_for=300.0), tail)
    assert three is not None
    assert many is not None
    assert three.precision == pytest.approx(many.precision, abs=0.02)
    assert three.low < many.low < many.high < three.high == 1


def test_the_same_scores_promise_the_same() -> None:
    assert promised(draw(0.1)[0]) == promised(draw(0.1)[0])


def test_nothing_is_promised_of_a_collection_that_is_not_known() -> None:
    scores, _, _ = draw(0.1)
    few = replace(scores, background=scores.background[:10])
    curve, _ = fit_platt(few)
    assert curve is not None
    assert promised_precision(curve, few, 0.2) is None


def test_a_threshold_that_no_image_reaches_still_has_a_promise() -> None:
    scores, _, _ = draw(0.1)
    curve, _ = fit_platt(scores)
    assert curve is not None
    promise = promised_precision(curve, scores, float(scores.background.max()) + 0.1)
    assert promise is not None
    assert 0.8 < promise.precision <= promise.high == 1


def test_it_reads_as_a_person_would_say_it() -> None:
    assert str(Promise(0.8, 0.555, 0.931)) == "0.80 (0.56 to 0.93)"
