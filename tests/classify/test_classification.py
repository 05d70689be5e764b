from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from likewise.classify.classification import (
    ClassFigures,
    HeldOut,
    class_figures,
    confused_pairs,
    confusion,
    coverage_curve,
    most_in_need,
    report,
    weighted_f1,
)
from likewise.errors import BadInputError

NAMES = ("a", "b", "c", "d")


def held_out(truths: list[int], answers: list[int], places: list[int] | None = None) -> HeldOut:
    scores = np.eye(4, dtype=np.float32)[answers]
    return HeldOut(scores, np.array(truths), np.array(places or range(len(truths))))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_figures_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truths, answers = np.array(pairs).T
    counts = confusion(truths, answers, 4)
    assert np.array_equal(counts, confusion_matrix(truths, answers, labels=range(4)))
    slow = f1_score(truths, answers, labels=range(4), average="weighted", zero_division=0)
    assert weighted_f1(counts) == pytest.approx(slow)
    precision, recall, f1, images = precision_recall_fscore_support(
        truths, answers, labels=range(4), zero_division=0
    )
    for place, row in enumerate(class_figures(counts, NAMES)):
        assert row.images == images[place]
        assert (row.precision or 0) == pytest.approx(precision[place])
        if images[place]:
            assert row.recall == pytest.approx(recall[place])
            assert row.f1 == pytest.approx(f1[place])
        else:
            assert (row.recall, row.f1) == (None, None)


def test_an_image_held_out_twice_counts_once() -> None:
    twice = held_out([0, 0, 1], [0, 1, 1], [7, 7, 9])
    told = report(twice, NAMES)
    assert told["images"] == 2
    assert told["accuracy"] == 0.75
    assert told["confusion"][0] == [0.5, 0.5, 0.0, 0.0]
    assert twice.right_by_image().tolist() == [0.5, 1.0]


def test_the_interval_is_of_images_and_holds_the_accuracy() -> None:
    told = report(held_out([0] * 10, [0] * 9 + [1]), NAMES)
    low, high = told["accuracy_interval"]
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert low < told["accuracy"] == 0.9 < high


def test_nothing_held_out_says_so() -> None:
    told = report(held_out([], []), NAMES)
    assert told["images"] == 0
    assert "second image" in told["because"]


def test_pairs_are_counted_both_ways_the_worst_first() -> None:
    pairs = confused_pairs(confusion(np.array([0, 1, 2, 3]), np.array([1, 0, 3, 3]), 4), NAMES)
    assert [(pair["pair"], pair["mistakes"]) for pair in pairs] == [
        (["a", "b"], 2.0),
        (["c", "d"], 1.0),
    ]
    assert pairs[0]["share"] == 1.0


def test_the_neediest_class_is_unknown_then_small_then_bad() -> None:
    rows = [
        ClassFigures("many right", 20, 1.0, 1.0, 1.0),
        ClassFigures("many wrong", 20, 1.0, 0.3, 0.5),
        ClassFigures("never seen", 0, None, None, None),
        ClassFigures("two right", 2, 1.0, 1.0, 1.0),
    ]
    assert most_in_need(rows) == ["never seen", "many wrong", "two right", "many right"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_coverage_is_what_remains_above_each_bar(pairs: list[tuple[int, bool]]) -> None:
    sure, right = np.array([p[0] for p in pairs], np.float32), np.array([p[1] for p in pairs])
    curve = coverage_curve(sure, right)
    assert curve[-1] == pytest.approx((1.0, right.mean()))
    assert len(curve) == len(set(sure.tolist()))
    for (coverage, accuracy), bar in zip(
        curve, sorted(set(sure.tolist()), reverse=True), strict=True
    ):
        kept = sure >= bar
        assert coverage == pytest.approx(kept.mean())
        assert accuracy == pytest.approx(right[kept].mean())


def test_coverage_of_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="do not run parallel"):
        coverage_curve(np.empty(0, np.float32), [])
    with pytest.raises(BadInputError, match="do not run parallel"):
        coverage_curve(np.ones(2, np.float32), [True])
