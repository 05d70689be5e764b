"""What answered pages, held-out labels and examples say of the images that nobody answered."""

from __future__ import annotations

import numpy as np

from likewise.rules.curve_likelihood import Floats
from likewise.rules.prevalence_curves import HeldOutLevels, Shown, unanswered_of

FOUND = 30
UNANSWERED = -np.sort(-np.random.default_rng(0).normal(size=2000))
NO_PAGES = [Shown(np.linspace(3.6, 3.0, 20), np.zeros(20, bool))] * 2
FULL_PAGE = Shown(np.linspace(7.0, 5.0, 20), np.ones(20, bool))


def held_out(yes: Floats, examples: int = 3) -> HeldOutLevels:
    return HeldOutLevels(yes, np.linspace(3.0, 0.0, 40), np.arange(len(yes)) < examples)


def left(pages: list[Shown], labels: HeldOutLevels) -> float:
    """How many of the unanswered are expected to be wanted."""
    unanswered = unanswered_of(UNANSWERED)
    curves = unanswered.curves(pages, labels)
    return float(curves.expected(unanswered.levels) @ unanswered.sizes)


def test_a_concept_that_stands_far_apart_ends_more_sharply() -> None:
    """After the same empty pages fewer are left where held-out positives lie far above."""
    far, near = (held_out(np.linspace(low, low + 3, FOUND)) for low in (9.0, 4.0))
    pages = [FULL_PAGE, *NO_PAGES]
    assert left(pages, far) < 0.7 * left(pages, near)
    assert left([], far) < left([], near)


def test_a_concept_that_is_near_the_rest_is_believed_to_end_as_before() -> None:
    """Below the usual distance a slope is not believed to be flatter."""
    unanswered = unanswered_of(UNANSWERED)
    far, near, none = (
        unanswered.curves((), labels)
        for labels in (
            HeldOutLevels(np.full(3, 8.0), np.empty(0), np.zeros(3, bool)),
            HeldOutLevels(np.full(3, 1.0), np.empty(0), np.zeros(3, bool)),
            None,
        )
    )
    usual = np.average(np.log(none.slopes), weights=none.weights)
    assert np.average(np.log(far.slopes), weights=far.weights) > usual + 0.3
    assert np.average(np.log(near.slopes), weights=near.weights) < usual + 0.15


def test_an_example_that_nothing_found_resembles_says_that_more_like_it_are_left() -> None:
    alike = np.linspace(6.0, 9.0, FOUND)
    alone = np.concatenate([[1.0], alike[1:]])
    pages = [FULL_PAGE, *NO_PAGES]
    assert left(pages, held_out(alone)) > 3 * left(pages, held_out(alike))


def test_a_single_example_is_compared_with_the_unanswered_alone() -> None:
    unanswered = unanswered_of(UNANSWERED)
    curves = unanswered.curves((), held_out(np.array([2.0]), examples=1))
    assert np.isfinite(curves.weights).all()
    assert curves.weights.sum() > 0.999
