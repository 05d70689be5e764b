from __future__ import annotations

import numpy as np
import pytest
from worlds import world

from likewise.errors import BadInputError
from likewise.simulate.simulation import Simulation


def test_an_easy_concept_is_found_page_by_page() -> None:
    here = world(members=30, others=200, noise=0.3)
    session = Simulation(here.rows, here.wanted, "mean", here.space, page_size=10).session(40)
    assert session.found[:29].tolist() == list(range(1, 30))  # nothing else comes before
    assert session.found[-1] == session.to_find == 29
    assert session.inspected_until(10) == 10
    assert session.inspected_until(30) is None


def test_answers_help() -> None:
    here = world(members=60, others=600, noise=1.6, seed=2)

    def found(page_size: int) -> float:
        return float(
            np.mean(
                [
                    Simulation(
                        here.rows, here.wanted, "anchored", here.space, page_size=page_size,
                        repeat=repeat,
                    ).session(60).found[-1]
                    for repeat in range(5)
                ]
            )
        )  # fmt: skip

    assert found(10) > found(60) + 3  # one page of 60 is a search that never learns


def test_nothing_is_looked_at_twice_and_it_ends_with_the_collection() -> None:
    here = world(members=8, others=32)
    session = Simulation(here.rows, here.wanted, "mean", here.space).session(1000)
    assert len(session.found) == 39
    assert session.found[-1] == 7
    again = Simulation(here.rows, here.wanted, "mean", here.space).session(1000)
    assert np.array_equal(session.found, again.found)


def test_wrong_answers_do_harm() -> None:
    here = world(members=60, others=600, noise=1.2, seed=1)
    looks = [
        Simulation(here.rows, here.wanted, "mean", here.space, error_rate=rate).session().found[-1]
        for rate in (0.0, 0.5)
    ]
    assert looks[0] > looks[1]


def test_a_session_needs_something_to_find() -> None:
    here = world(members=1, others=30)
    with pytest.raises(BadInputError, match="make no session"):
        Simulation(here.rows, here.wanted, "mean", here.space).session()


def test_sessions_start_from_examples_and_any_picker_fills_the_pages() -> None:
    here = world(members=40, others=400, noise=1.2)
    found = {}
    for picker in ("most_alike", "random_audit", "mixed"):
        session = Simulation(
            here.rows, here.wanted, "anchored", here.space, picker=picker, examples=5,
            calibrate=True,
        ).session(60)  # fmt: skip
        assert session.to_find == 35
        found[picker] = session.share_of_oracle
    assert found["random_audit"] < 0.5 < min(found["most_alike"], found["mixed"])


def test_rules_are_judged_on_what_was_kept_out_and_never_shown() -> None:
    here = world(members=40, others=400, noise=1.2)
    kept_out = np.arange(440) % 2 == 0
    shown = []
    for turn in Simulation(
        here.rows, here.wanted, "mean", here.space, examples=2, kept_out=kept_out
    ).turns():
        shown.append(turn.page)
        assert not kept_out[turn.verdicts != 0].any()
    every = np.concatenate(shown)
    assert len(every) == len(set(every.tolist())) == (~kept_out).sum() - 2
    session = Simulation(
        here.rows, here.wanted, "mean", here.space, examples=2, kept_out=kept_out
    ).session(20)
    assert session.average_precision is not None
    assert 0.3 < session.average_precision <= 1
