from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from worlds import world

from likewise.errors import BadInputError
from likewise.review.estimate.audit_plan import count_bands, plan_audit
from likewise.review.estimate.population import Audit
from likewise.review.estimate.stopping import advise
from likewise.rules.prevalence_curves import HeldOutLevels, Shown
from likewise.rules.score_levels import held_out_in, levels_of
from likewise.simulate.simulation import Simulation

SCORES = np.append(np.linspace(6, 5, 50), -np.sort(-np.random.default_rng(0).normal(size=950)))
TRUTH = SCORES > 4


def bands(answered: int, pages: Sequence[Shown] = ()) -> Audit:
    answers = np.where(np.arange(1000) < answered, np.where(TRUTH, 1, -1), 0)
    return count_bands(SCORES, answers, threshold=3.0, pages=pages)


def pages(count: int) -> list[Shown]:
    """The first of them, 20 images each, at their levels among what was not answered then."""
    return [
        Shown(
            levels_of(SCORES[n : n + 20], float(SCORES[n:].mean()), float(SCORES[n:].std())),
            TRUTH[n : n + 20],
        )
        for n in range(0, 20 * count, 20)
    ]


def test_go_on_while_pages_bring_much_and_stop_when_nothing_is_left() -> None:
    early = advise(bands(20, pages(1)), pages(1))
    assert not early.stop
    assert early.next_page > 12
    assert early.sentence.endswith(f"the next page brings about {early.next_page:.0f}")
    assert "the last page brought 20" in early.sentence
    late = advise(bands(160, pages(8)), pages(8))
    assert late.stop
    assert late.probability > 0.5
    assert late.next_page < 0.5
    assert "the last two pages brought none; stop here" in late.sentence


def test_the_sentence_says_what_the_figures_say() -> None:
    advice = advise(bands(40, pages(2)), pages(2))
    left, every = advice.left, advice.positives
    assert advice.sentence.startswith(
        f"about {left.value:.0f} ({left.low:.0f} to {left.high:.0f}) of {every.value:.0f} are "
        "still unseen; the last two pages brought 40"
    )


def test_empty_pages_speak_for_stopping_and_full_ones_against_it() -> None:
    levels = np.linspace(1.2, 1.0, 20)
    empty, full = ([Shown(levels, np.arange(20) < yes)] * 3 for yes in (0, 6))
    assert advise(bands(60, empty), empty).probability > advise(bands(60, full), full).probability
    assert advise(bands(60, empty), empty).left.high < advise(bands(60, full), full).left.high


def test_an_audit_that_finds_some_below_speaks_against_stopping() -> None:
    answers = np.where(np.arange(1000) < 160, np.where(TRUTH, 1, -1), 0)
    audit, rows = plan_audit(SCORES, answers, threshold=3.0, pages=pages(8))
    none = audit.adding(SCORES[rows], np.zeros(40, bool))
    some = audit.adding(SCORES[rows], np.arange(40) % 5 == 0)
    assert advise(none, pages(8)).stop
    assert not advise(some, pages(8)).stop


def test_an_example_that_the_rule_does_not_recognise_speaks_against_stopping() -> None:
    """One of three examples lies among the unanswered: a part of the concept was never shown."""
    found = np.linspace(4.0, 7.0, 47)
    answers = np.where(np.arange(1000) < 160, np.where(TRUTH, 1, -1), 0)
    seen, unseen = (
        count_bands(
            SCORES, answers, threshold=3.0, pages=pages(8),
            held_out=HeldOutLevels(
                np.concatenate([[5.0, 6.0, third], found]), np.zeros(40), np.arange(50) < 3
            ),
        )
        for third in (5.5, -0.5)
    )  # fmt: skip
    assert seen.unscored[0.0] > 0.9
    assert unseen.unscored[0.0] < 0.5
    assert advise(seen, pages(8)).stop
    assert advise(seen, pages(8)).left.high < 15
    assert not advise(unseen, pages(8)).stop
    assert advise(unseen, pages(8)).left.high > 30


def test_stopping_in_a_replay_leaves_little() -> None:
    here = world(members=60, others=900, noise=1.0, seed=4)
    shown: list[Shown] = []
    examples: set[str] = set()
    for turn in Simulation(
        here.rows, here.wanted, "anchored", here.space, examples=5, picker="mixed", calibrate=True
    ).turns():
        examples = examples or set(map(str, np.flatnonzero(turn.verdicts > 0)))
        free = count_bands(
            turn.scores, turn.verdicts, threshold=turn.rule.threshold, pages=shown,
            held_out=held_out_in(turn.rule.provenance, examples),
        )  # fmt: skip
        if shown and advise(free, shown).stop:
            break
        unseen = turn.scores[turn.verdicts == 0].astype(np.float64)
        levels = levels_of(turn.scores[turn.page], float(unseen.mean()), float(unseen.std()))
        shown.append(Shown(levels, here.wanted[turn.page]))
    left = int((here.wanted & (turn.verdicts == 0)).sum())
    assert left <= 3
    assert len(shown) < 20  # of the 48 that there are


def test_shares_that_are_none_are_refused() -> None:
    with pytest.raises(BadInputError, match="sure is 1"):
        advise(bands(20), [], sure=1)
    with pytest.raises(BadInputError, match="leave is -1"):
        advise(bands(20), [], leave=-1)
    assert "no page was answered yet" in advise(bands(20), []).sentence


@pytest.mark.parametrize(("positives", "in_a_row"), [(1, 100), (2, 100), (5, 40), (40, 5)])
def test_the_fewer_positives_the_more_answers_in_a_row_have_to_be_no(
    positives: int, in_a_row: int
) -> None:
    """Where hardly any is left by the curves; of few positives they know too little to say so."""
    order = np.arange(1000)
    answers = np.where(order < positives, 1, np.where(order < 100 + positives, -1, 0))
    scores = np.where(order < positives, 8.0, SCORES - 6.0 * TRUTH)
    empty = [Shown(np.linspace(3.0, 2.5, 20), np.zeros(20, bool))] * 5
    bands = count_bands(scores, answers, threshold=4.0, pages=empty)
    early, late = (
        advise(bands, empty, since_yes=count) for count in (in_a_row - 3, in_a_row)
    )  # fmt: skip
    assert early.probability == late.probability > 0.5
    assert not early.stop
    assert early.sentence.endswith("too soon to stop: 3 more answers without a yes, or an audit")
    assert late.stop
    few = f"stop here, and audit: {positives} yes say little of what is left"
    assert late.sentence.endswith(few if positives < 5 else "stop here")
    last = advise(bands, empty, since_yes=in_a_row - 1)
    assert last.sentence.endswith("too soon to stop: 1 more answer without a yes, or an audit")


def test_an_audit_says_what_many_answers_in_a_row_would() -> None:
    order = np.arange(1000)
    answers = np.where(order < 2, 1, np.where(order < 42, -1, 0))
    scores = np.where(order < 2, 8.0, SCORES - 6.0 * TRUTH)
    empty = [Shown(np.linspace(3.0, 2.5, 20), np.zeros(20, bool))] * 2
    audit, rows = plan_audit(scores, answers, threshold=4.0, pages=empty)
    assert not advise(audit, empty).stop
    assert advise(audit.adding(scores[rows], np.zeros(40, bool)), empty).stop


def test_nothing_more_is_asked_where_all_is_answered() -> None:
    answers = np.where(np.arange(1000) < 2, 1, -1)
    done = count_bands(SCORES, answers, threshold=3.0)
    assert advise(done, [], since_yes=0).stop
    open_images = np.where(np.arange(1000) >= 996, 0, answers)
    nearly = advise(count_bands(SCORES, open_images, threshold=3.0), [], sure=0.1, since_yes=0)
    assert nearly.sentence.endswith("4 more answers without a yes, or an audit")
