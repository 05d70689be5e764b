from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import world

from likewise.errors import BadInputError
from likewise.review.estimate.audit_plan import count_bands, plan_audit
from likewise.review.estimate.population import Audit, Page
from likewise.review.estimate.stopping import advise
from likewise.simulate.session import Simulation

SCORES = np.linspace(1, 0, 1000)
CLEAR = np.where(SCORES > 0.95, 0.9, 1e-5)


def bands(answered: int, chances: NDArray[np.float64] = CLEAR) -> Audit:
    answers = np.where(np.arange(1000) < answered, np.where(SCORES > 0.95, 1, -1), 0)
    return count_bands(SCORES, chances, answers, threshold=0.5)


def page(yes: int, chance: float) -> Page:
    return Page(np.arange(20) < yes, np.full(20, chance, np.float32))


def test_go_on_while_pages_bring_much_and_stop_when_nothing_is_left() -> None:
    early = advise(bands(20), [page(20, 0.9)])
    assert not early.stop
    assert early.next_page > 12
    assert early.sentence.endswith(f"the next page brings about {early.next_page:.0f}")
    assert "the last page brought 20" in early.sentence
    late = advise(bands(120), [page(10, 0.9), page(0, 1e-3), page(0, 1e-4)])
    assert late.stop
    assert late.probability > 0.8
    assert late.next_page < 0.5
    assert "the last two pages brought none; stop here" in late.sentence


def test_the_sentence_says_what_the_figures_say() -> None:
    advice = advise(bands(40), [page(20, 0.9), page(19, 0.9)])
    left, every = advice.left, advice.positives
    assert advice.sentence.startswith(
        f"about {left.value:.0f} ({left.low:.0f} to {left.high:.0f}) of {every.value:.0f} are "
        "still unseen; the last two pages brought 39"
    )


def test_empty_pages_speak_for_stopping_and_full_ones_against_it() -> None:
    doubtful = np.where(SCORES > 0.95, 0.9, 0.01)
    empty, full = ([page(yes, 0.02)] * 3 for yes in (0, 3))
    assert (
        advise(bands(60, doubtful), empty).probability
        > advise(bands(60, doubtful), full).probability
    )
    assert (
        advise(bands(60, doubtful), empty).left.high < advise(bands(60, doubtful), full).left.high
    )


def test_an_audit_that_finds_some_below_speaks_against_stopping() -> None:
    answers = np.where(np.arange(1000) < 120, np.where(SCORES > 0.95, 1, -1), 0)
    audit, rows = plan_audit(SCORES, CLEAR, answers, threshold=0.5)
    pages = [page(0, 1e-3)] * 2
    none = audit.adding(SCORES[rows], np.zeros(40, bool))
    some = audit.adding(SCORES[rows], np.arange(40) % 10 == 0)
    assert advise(none, pages).stop
    assert not advise(some, pages).stop


def test_stopping_in_a_replay_leaves_little() -> None:
    here = world(members=60, others=900, noise=1.0, seed=4)
    pages: list[Page] = []
    for turn in Simulation(
        here.rows, here.wanted, "anchored", here.space, examples=5, picker="mixed", calibrate=True
    ).turns():
        chances = turn.rule.probability(turn.scores)
        free = count_bands(turn.scores, chances, turn.verdicts, threshold=turn.rule.threshold)
        if pages and advise(free, pages).stop:
            break
        shown = None if chances is None else chances[turn.page]
        pages.append(Page(here.wanted[turn.page], shown))
    left = int((here.wanted & (turn.verdicts == 0)).sum())
    assert left <= 3
    assert len(pages) < 20  # of the 48 that there are


def test_shares_that_are_none_are_refused() -> None:
    with pytest.raises(BadInputError, match="sure is 1"):
        advise(bands(20), [], sure=1)
    with pytest.raises(BadInputError, match="leave is -1"):
        advise(bands(20), [], leave=-1)
    assert "no page was answered yet" in advise(bands(20), []).sentence
