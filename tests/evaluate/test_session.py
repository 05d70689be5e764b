from __future__ import annotations

import numpy as np
import pytest
from worlds import world

from likewise.errors import BadInputError
from likewise.evaluate.session import replay_session


def test_an_easy_concept_is_found_page_by_page() -> None:
    here = world(members=30, others=200, noise=0.3)
    session = replay_session(here.rows, here.wanted, "mean", here.space, page_size=10, looks=40)
    assert session.found[:29].tolist() == list(range(1, 30))  # nothing else comes before
    assert session.found[-1] == session.to_find == 29
    assert session.looks_until(10) == 10
    assert session.looks_until(30) is None


def test_answers_help() -> None:
    here = world(members=60, others=600, noise=1.6, seed=2)

    def found(page_size: int) -> float:
        return float(
            np.mean(
                [
                    replay_session(
                        here.rows, here.wanted, "anchored", here.space,
                        looks=60, page_size=page_size, repeat=repeat,
                    ).found[-1]
                    for repeat in range(5)
                ]
            )
        )  # fmt: skip

    assert found(10) > found(60) + 3  # one page of 60 is a search that never learns


def test_nothing_is_looked_at_twice_and_it_ends_with_the_collection() -> None:
    here = world(members=8, others=32)
    session = replay_session(here.rows, here.wanted, "mean", here.space, looks=1000)
    assert len(session.found) == 39
    assert session.found[-1] == 7
    again = replay_session(here.rows, here.wanted, "mean", here.space, looks=1000)
    assert np.array_equal(session.found, again.found)


def test_wrong_answers_do_harm() -> None:
    here = world(members=60, others=600, noise=1.2, seed=1)
    looks = [
        replay_session(here.rows, here.wanted, "mean", here.space, error_rate=rate).found[-1]
        for rate in (0.0, 0.5)
    ]
    assert looks[0] > looks[1]


def test_a_session_needs_something_to_find() -> None:
    here = world(members=1, others=30)
    with pytest.raises(BadInputError, match="make no session"):
        replay_session(here.rows, here.wanted, "mean", here.space)
