from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import World, world

from likewise.errors import BadInputError
from likewise.rules.base import Learner, make
from likewise.simulate.replay import draw_answers, replay


@pytest.fixture(scope="module")
def here() -> World:
    return world(members=50, others=340, noise=1.3, seed=4)


def labels(here: World) -> list[str]:
    return ["wanted" if wanted else "other" for wanted in here.wanted]


def test_every_learner_sees_the_same_answers_each_time(here: World) -> None:
    learners: dict[str, str | Learner] = {
        "mean": "mean",
        "again": make("mean"),
        "anchored": "anchored",
    }
    runs = [
        list(replay(here.rows, labels(here), learners, here.space, concepts=["wanted"], repeats=2))
        for _ in range(2)
    ]
    one, two = ([(o.learner, o.budget, o.repeat, o.average_precision) for o in run] for run in runs)
    assert one == two
    assert {o.budget for o in runs[0]} == {1, 3, 5, 10, 20}  # 50 members leave nothing to find
    by_name = {
        name: [o.average_precision for o in runs[0] if o.learner == name] for name in learners
    }
    assert by_name["mean"] == by_name["again"]
    assert by_name["mean"] != by_name["anchored"]


def test_words_are_given_where_there_are_any(here: World) -> None:
    outcomes = replay(
        here.rows,
        labels(here),
        {"anchored": "anchored"},
        here.space,
        hints={"wanted": here.word},
        budgets=(3,),
    )
    assert {o.concept: o.words for o in outcomes} == {"wanted": True, "other": False}


def test_no_answers_are_the_nearest_misses_and_errors_swap(here: World) -> None:
    mapped = here.space.apply(here.rows)
    right = draw_answers(mapped, here.wanted, 10, 100, 0.0, np.random.default_rng(0))
    assert here.wanted[right.positives].all()
    assert not here.wanted[right.negatives].any()
    likeness = mapped @ mapped[right.positives].mean(axis=0)
    others = np.setdiff1d(np.flatnonzero(~here.wanted), right.negatives)
    assert likeness[right.negatives].min() >= likeness[others].max()
    labelled = np.concatenate([right.positives, right.negatives])
    assert not np.isin(right.background, labelled).any()

    wrong = draw_answers(mapped, here.wanted, 10, 100, 0.5, np.random.default_rng(0))
    assert 0 < (~here.wanted[wrong.positives]).sum() < 10
    assert here.wanted[wrong.negatives].any()
    assert len(wrong.positives) + len(wrong.negatives) == 20


def test_errors_name_the_trouble(here: World) -> None:
    with pytest.raises(BadInputError, match="labels were given"):
        list(replay(here.rows, ["a"], {}, here.space))
    with pytest.raises(BadInputError, match="no vector has the label 'dog'"):
        list(replay(here.rows, labels(here), {}, here.space, concepts=["dog"]))


def test_hits_are_counted_and_what_was_promised_of_them(here: World) -> None:
    (one,) = replay(
        here.rows, labels(here), {"best": "best"}, here.space, concepts=["wanted"], budgets=(20,)
    )
    assert one.promised is not None
    assert one.right <= one.hits
    assert abs(one.promised - one.right / one.hits) < 0.3
    assert one.promise is not None
    assert one.promise_kept == (one.promise.low <= one.right / one.hits <= one.promise.high)
    assert replace(one, right=0).promise_kept is False
    assert replace(one, right=0, hits=0).promise_kept is None
    assert 0 < one.precision_on_page <= 1
    assert one.looks_until_ten is not None
    assert one.looks_until_ten >= 10
    (few,) = replay(
        here.rows, labels(here), {"best": "best"}, here.space, concepts=["wanted"], budgets=(3,)
    )
    assert (few.promised, few.promise, few.promise_kept) == (None, None, None)
