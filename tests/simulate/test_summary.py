from __future__ import annotations

import numpy as np

from likewise.simulate.replay import Outcome
from likewise.simulate.simulation import SimulatedSession
from likewise.simulate.summary import found_curves, markdown, precision_curves, summarise


def outcome(
    learner: str, precision: float, words: bool = False, repeat: int = 0, ten: int | None = 12
) -> Outcome:
    return Outcome(
        "dog", learner, 5, words, repeat, precision, 0.5, ten, None, None, None, 0, 0, seconds=0.004
    )


def test_worse_is_against_the_plain_prototype_of_the_same_draw() -> None:
    outcomes = [
        outcome("mean", 0.5, words=True),
        outcome("mean", 0.7),
        outcome("mean", 0.2, repeat=1),
        outcome("best", 0.68),  # worse by .02
        outcome("best", 0.195, repeat=1),  # within .01
    ]
    rows = {row.learner: row for row in summarise(outcomes)}
    assert rows["best"].made_worse == 0.5
    assert rows["mean"].made_worse == 0.0
    assert rows["mean + words"].made_worse == 1.0
    assert rows["best"].average_precision == (0.68 + 0.195) / 2
    assert {row.made_worse for row in summarise(outcomes, baseline="medoid")} == {None}


def test_a_median_that_is_never_reached_is_none() -> None:
    often = [outcome("best", 0.5, ten=ten, repeat=n) for n, ten in enumerate((10, 14, None))]
    assert summarise(often)[0].looks_until_ten == 14
    seldom = [outcome("best", 0.5, ten=ten, repeat=n) for n, ten in enumerate((10, None, None))]
    assert summarise(seldom)[0].looks_until_ten is None


def test_the_table_says_it_all() -> None:
    page = markdown(summarise([outcome("mean", 0.7), outcome("best", 0.68, words=True)]))
    assert "| learner | 5 |" in page
    assert "| mean | 0.700 |" in page
    assert "| best + words | 5 | 1 | 0.500 | 12 | 100.0 % | 4 |" in page


def test_curves() -> None:
    rows = summarise([outcome("mean", 0.7)])
    assert precision_curves(rows) == {"mean": [(5, 0.7)]}
    sessions = [
        SimulatedSession("dog", "mean", False, 0, np.array([1, 1, 2]), to_find=2),
        SimulatedSession("cat", "mean", False, 0, np.array([0, 1, 1, 2]), to_find=4),
    ]
    assert found_curves(sessions) == {"mean": [(0.0, 0.0), (1.0, 0.25), (2.0, 0.375), (3.0, 0.625)]}
