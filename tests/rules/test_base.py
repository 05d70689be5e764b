"""What `learn` adds to every learner, and how `best` chooses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import World, on_plane, some_of, world

from likewise.core.evidence import Samples
from likewise.errors import BadInputError
from likewise.rules.base import hold_out, learn, make
from likewise.rules.calibration import expected_calibration_error
from likewise.rules.methods._mapped_evidence import mapped
from likewise.rules.retrieval import average_precision


@pytest.fixture(scope="module")
def here() -> World:
    return world(members=120, others=880, dim=32, noise=1.2, seed=2)


def test_held_out_scores_are_of_rules_that_never_saw_the_row(here: World) -> None:
    """The slow obvious way: take one example out, learn, score it."""
    evidence = here.evidence(5, 4)
    scores = hold_out(make("mean"), evidence)
    assert scores is not None
    for row in range(5):
        others = np.delete(np.arange(5), row)
        rule = make("mean").learn(some_of(evidence, others, None))
        expected = rule.score(evidence.positives.rows[row : row + 1])[0]
        assert scores.positives[row] == pytest.approx(expected, abs=1e-6)


def test_one_example_or_only_copies_cannot_be_held_out(here: World) -> None:
    evidence = here.evidence(1)
    assert hold_out(make("mean"), evidence) is None
    copies = replace(evidence, positives=Samples(evidence.positives.rows.repeat(5, axis=0)))
    assert hold_out(make("mean"), copies) is None


def test_held_out_precision_foretells_the_real_one(here: World) -> None:
    evidence = here.evidence(20, 20, background=600)
    rule = learn(evidence, "anchored")
    promised = rule.provenance["validation"]["average_precision"]
    assert 0 < promised <= 1
    assert promised < average_precision(rule.score(here.rows), here.wanted) + 0.1


def test_labelled_background_rows_are_not_counted_twice(here: World) -> None:
    evidence = here.evidence(8, 8)
    roles = evidence.positives, evidence.background, evidence.negatives
    crowd = np.concatenate([samples.rows for samples in roles])
    repeated = replace(evidence, background=Samples(crowd))
    assert np.array_equal(learn(repeated, "logistic").toward, learn(evidence, "logistic").toward)


def test_probabilities_are_calibrated_with_fifty_labels(here: World) -> None:
    evidence = here.evidence(25, 25, background=500)
    rule = learn(evidence, "anchored")
    scores = rule.score(here.rows)
    chances = rule.probability(scores)
    assert chances is not None
    assert expected_calibration_error(chances, here.wanted) < 0.06
    hits = rule.predict(here.rows)
    assert here.wanted[hits].mean() > 0.5
    assert hits[here.wanted].mean() > 0.5


def test_a_promise_says_how_many_hits_will_be_right(here: World) -> None:
    rules = [learn(here.evidence(25, 25, 500), "anchored", precision=aim) for aim in (0.5, 0.95)]
    promises = [rule.provenance["promise"] for rule in rules]
    assert promises[0]["precision"] < promises[1]["precision"]
    for rule, promise in zip(rules, promises, strict=True):
        assert promise["low"] <= here.wanted[rule.predict(here.rows)].mean() <= promise["high"]


def test_a_higher_aim_raises_the_threshold(here: World) -> None:
    evidence = here.evidence(25, 25, background=500)
    low, high = (learn(evidence, "mean", precision=aim).threshold for aim in (0.5, 0.95))
    assert low < high
    with pytest.raises(BadInputError, match="precision"):
        learn(evidence, "mean", precision=95)


@pytest.mark.parametrize("name", ["mean", "anchored", "best"])
def test_calibration_can_be_skipped(name: str, here: World) -> None:
    rule = learn(here.evidence(25, 25), name, calibrate=False)
    assert rule.calibration is None
    assert rule.threshold != 0
    assert "promise" not in rule.provenance
    assert ("validation" in rule.provenance) == (name == "best")


def test_unknown_learners_and_options_are_named(here: World) -> None:
    with pytest.raises(BadInputError, match="did you mean 'logistic'"):
        learn(here.evidence(1), "logistik")
    with pytest.raises(BadInputError, match="no option 'colour'; its options: negative_weight, ri"):
        learn(here.evidence(1), "logistic", colour=1)


def test_mapping_is_done_once(here: World) -> None:
    evidence = here.evidence(3)
    assert mapped(evidence) is mapped(evidence)


@pytest.mark.parametrize(
    ("yes", "words", "because"),
    [(0, True, "words alone"), (1, False, "one example"), (2, False, "two examples")],
)
def test_best_states_its_prior_when_nothing_can_be_validated(
    yes: int, words: bool, because: str, here: World
) -> None:
    evidence = here.evidence(yes, words=words)
    rule = learn(evidence, "best")
    assert rule.learner == "best"
    assert rule.provenance["validation"]["chosen"]["learner"] == "anchored"
    assert because in rule.provenance["validation"]["because"]
    assert np.array_equal(rule.toward, learn(evidence, "anchored").toward)


def test_best_says_what_it_compared_and_by_how_much(here: World) -> None:
    validation = learn(here.evidence(8, 8), "best").provenance["validation"]
    assert {"mean", "anchored"} <= set(validation["compared"])
    assert validation["compared"]["anchored"]["gain_over_default"] == 0
    chosen = make(validation["chosen"]["learner"], **validation["chosen"]["options"])
    rule = learn(here.evidence(8, 8), "best")
    assert np.array_equal(rule.toward, chosen.learn(here.evidence(8, 8)).toward)


def test_words_that_mislead_cost_little(here: World) -> None:
    """A word for something else, weighed like fifteen words, beside twelve examples."""
    evidence = here.evidence(12, 12)
    word = here.rows[-1:] - here.space.mean
    wrong = replace(evidence, hints=Samples(word, (), np.array([15.0], np.float32)))
    right, misled = (
        average_precision(learn(each, "best").score(here.rows), here.wanted)
        for each in (evidence, wrong)
    )
    assert misled > right - 0.1
    assert "anchored, words ignored" in learn(wrong, "best").provenance["validation"]["compared"]


def test_best_with_an_option_of_no_caution_takes_the_highest(here: World) -> None:
    validation = learn(here.evidence(9, 9), "best", standard_errors=0.0).provenance["validation"]
    highest = max(each["average_precision"] for each in validation["compared"].values())
    assert validation["average_precision"] == highest


def test_best_without_anything_to_rank_against_is_the_default() -> None:
    rows = world().rows
    evidence = on_plane(positives=rows[:5, :2] / np.linalg.norm(rows[:5, :2], axis=1)[:, None])
    because = learn(evidence, "best").provenance["validation"]["because"]
    assert "nothing could be held out" in because
