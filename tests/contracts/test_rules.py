"""What every learner must do, whoever wrote it: runs over all that are registered."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, at, on_plane, some_of, world

from likewise.core.evidence import Evidence, Samples
from likewise.core.rule import Rule
from likewise.core.rule_file import from_bytes, to_bytes
from likewise.core.space import plain_space
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError
from likewise.registry import class_name, names
from likewise.rules.base import Learner, learn, make
from likewise.rules.retrieval import average_precision

LEARNERS = names("rules")
NEED_WORDS = {"text"}
TAKE_WORDS_ALONE = {"text", "anchored", "best", "graph", "product"}
NEED_A_CROWD = {"logistic", "linear_svm", "exemplar_svm", "whitened_mean"}
COUNT_COPIES = set(LEARNERS) - {"text", "nearest", "medoid", "central", "prototypes", "best"}
"""An example given twice counts as one of weight 2; the others pick or cluster examples."""

REGROUP = {"central", "prototypes"}
"""One more example can change which others are counted, or counted together."""
NEARLY_RISE = {"anchored", "best", "graph", "exemplar_svm", "linear_svm", "logistic", "product"}
"""Adding an example nearly always raises its own score, but nothing says it must."""


@pytest.fixture(scope="module")
def small() -> World:
    return world()


def evidence_for(name: str, here: World, yes: int = 8, no: int = 8, **wanted: int) -> Evidence:
    return here.evidence(yes, no, words=name in NEED_WORDS, **wanted)


def any_rows(seed: int, yes: int, no: int) -> Evidence:
    """Examples that have nothing in common, in few dimensions: the hardest baskets there are."""
    random = np.random.default_rng(seed)
    dim = int(random.integers(2, 9))

    def rows(count: int) -> Vectors:
        return unit(random.standard_normal((count, dim)).astype(np.float32))

    space = plain_space("any", dim)
    return Evidence(space, rows(yes), rows(no), rows(40), hints=rows(1))


def same_scores(one: Rule, other: Rule, here: World, tolerance: float = 2e-3) -> bool:
    return bool(np.allclose(one.score(here.rows), other.score(here.rows), atol=tolerance))


@pytest.mark.parametrize("name", LEARNERS)
def test_is_a_frozen_record_with_defaults(name: str) -> None:
    learner = make(name)
    assert isinstance(learner, Learner)
    assert type(learner).__name__ == class_name(name)
    assert type(learner).__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert make(name, **{f.name: getattr(learner, f.name) for f in fields(learner)}) == learner  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("background", [0, 200])
@pytest.mark.parametrize("no", [0, 8])
@pytest.mark.parametrize("yes", [0, 1, 8])
@pytest.mark.parametrize("name", LEARNERS)
def test_any_subset_of_evidence_gives_a_rule_or_a_plain_error(
    name: str, yes: int, no: int, background: int, words: bool, small: World
) -> None:
    evidence = small.evidence(yes, no, background, words)
    lacking = (
        (not yes and not words)
        or (not yes and name not in TAKE_WORDS_ALONE)
        or (name in NEED_WORDS and not words)
        or (name in NEED_A_CROWD and not background and (not no or name == "exemplar_svm"))
    )
    if lacking:
        with pytest.raises(BadInputError, match=r"add|give|use|index"):
            learn(evidence, name)
        return
    rule = learn(evidence, name)
    scores = rule.score(small.rows)
    assert scores.shape == (len(small.rows),)
    assert scores.dtype == np.float32
    assert np.isfinite(rule.toward).all()
    assert np.isfinite(scores).all()
    assert rule.learner == name
    assert rule.threshold != 0
    assert (rule.calibration is None) == (yes < 5 or no < 5)
    assert "few" in rule.provenance["calibration"] or yes >= 5 <= no
    assert ("promise" in rule.provenance) == (rule.calibration is not None and background > 0)
    if len(rule.toward) == 1:
        assert np.linalg.norm(rule.toward[0]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", LEARNERS)
def test_finds_the_concept(name: str, small: World) -> None:
    rule = learn(evidence_for(name, small), name)
    assert average_precision(rule.score(small.rows), small.wanted) > 0.6


@pytest.mark.parametrize("name", LEARNERS)
def test_says_how_it_was_made(name: str, small: World) -> None:
    evidence = evidence_for(name, small)
    facts = learn(evidence, name).provenance
    assert facts["examples"] == list(evidence.positives.ids)
    assert facts["counter_examples"] == list(evidence.negatives.ids)
    assert facts["counts"]["positives"] == 8
    assert set(facts["versions"]) == {"likewise", "numpy"}
    assert facts["created_at"].endswith("+00:00")
    assert facts["options"] == {f.name: facts["options"][f.name] for f in fields(make(name))}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LEARNERS)
def test_order_of_examples_does_not_matter(name: str, small: World) -> None:
    evidence = evidence_for(name, small)
    turned = some_of(evidence, np.arange(8)[::-1], np.arange(8)[::-1])
    one, other = learn(evidence, name), learn(turned, name)
    assert same_scores(one, other, small)
    assert one.threshold == pytest.approx(other.threshold, abs=5e-3)


@pytest.mark.parametrize("name", LEARNERS)
def test_weights_of_one_change_nothing(name: str, small: World) -> None:
    evidence = evidence_for(name, small)
    weighted = replace(
        evidence,
        positives=replace(evidence.positives, weights=np.ones(8, np.float32)),
        negatives=replace(evidence.negatives, weights=np.ones(8, np.float32)),
    )
    assert np.array_equal(learn(evidence, name).toward, learn(weighted, name).toward)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_weight_of_zero_switches_an_example_off(name: str, small: World) -> None:
    evidence = evidence_for(name, small)
    weights = np.ones(8, np.float32)
    weights[3] = 0
    off = replace(evidence, positives=replace(evidence.positives, weights=weights))
    without = some_of(evidence, np.flatnonzero(weights), None)
    assert np.array_equal(learn(off, name).toward, learn(without, name).toward)


@pytest.mark.parametrize("name", sorted(COUNT_COPIES))
def test_an_example_given_twice_is_one_of_weight_two(name: str, small: World) -> None:
    evidence = evidence_for(name, small)
    rows, weights = evidence.positives.rows, np.ones(8, np.float32)
    weights[2] = 2
    twice = replace(evidence, positives=Samples(np.concatenate([rows, rows[2:3]])))
    heavier = replace(evidence, positives=Samples(rows, (), weights))
    one, other = make(name).learn(twice), make(name).learn(heavier)
    assert same_scores(one, other, small)


@pytest.mark.parametrize("name", sorted(set(LEARNERS) - REGROUP - NEARLY_RISE))
@given(seed=st.integers(0, 2**32 - 1), yes=st.integers(1, 12), no=st.integers(0, 6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_adding_an_example_never_lowers_its_own_score(
    name: str, seed: int, yes: int, no: int
) -> None:
    """By geometry, for any rows: a mean turns towards what is added to it, the medoid changes
    only to one that is more like it, and of several examples the best counts."""
    everything = any_rows(seed, yes + 1, no)
    try:
        before = make(name).learn(some_of(everything, np.arange(yes), None))
    except BadInputError:  # what was there before cancels out
        return
    after = make(name).learn(everything)
    new = everything.positives.rows[-1:]
    assert after.score(new)[0] >= before.score(new)[0] - 1e-5


@given(seed=st.integers(0, 2**32 - 1), yes=st.integers(1, 9), no=st.integers(0, 6))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_central_examples_are_a_mean_as_long_as_all_of_them_count(
    seed: int, yes: int, no: int
) -> None:
    """Beyond ten, one more can push out another that was like it, and its score may fall."""
    everything = any_rows(seed, yes + 1, no)
    try:
        before = make("central").learn(some_of(everything, np.arange(yes), None))
    except BadInputError:  # what was there before cancels out
        return
    after = make("central").learn(everything)
    new = everything.positives.rows[-1:]
    assert after.score(new)[0] >= before.score(new)[0] - 1e-5


@pytest.mark.parametrize("name", sorted(NEARLY_RISE))
@given(seed=st.integers(0, 2**32 - 1), yes=st.integers(2, 8), no=st.integers(0, 6))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_adding_an_example_hardly_lowers_its_own_score_where_the_crowd_counts(
    name: str, seed: int, yes: int, no: int
) -> None:
    """One more example makes the crowd weigh more, too, so the plane can turn a little."""
    everything = any_rows(seed, yes + 1, no)
    before = make(name).learn(some_of(everything, np.arange(yes), None))
    new = everything.positives.rows[-1:]
    assert make(name).learn(everything).score(new)[0] >= before.score(new)[0] - 0.03


@pytest.mark.parametrize("name", sorted(set(LEARNERS) - {"text"}))
def test_adding_a_typical_example_never_lowers_its_own_score(name: str, small: World) -> None:
    """What holds for all of them, those that regroup examples included."""
    everything = small.evidence(12, 8)
    for added in range(6, 12):
        before = make(name).learn(some_of(everything, np.arange(6), None))
        after = make(name).learn(some_of(everything, np.array([*range(6), added]), None))
        new = everything.positives.rows[added : added + 1]
        assert after.score(new)[0] >= before.score(new)[0] - 1e-3


@pytest.mark.parametrize("name", sorted(TAKE_WORDS_ALONE))
def test_words_alone_are_the_text_rule(name: str, small: World) -> None:
    evidence = small.evidence(words=True)
    both = replace(evidence, counter_hints=Samples(small.rows[-1:]))
    for words in (evidence, both):
        assert np.array_equal(learn(words, name).toward, learn(words, "text").toward)


@pytest.mark.parametrize("name", LEARNERS)
def test_survives_a_file_bit_for_bit(name: str, small: World) -> None:
    rule = learn(evidence_for(name, small), name)
    opened = from_bytes(to_bytes(rule))
    assert np.array_equal(opened.score(small.rows), rule.score(small.rows))
    assert opened.provenance == rule.provenance
    assert (opened.threshold, opened.calibration) == (rule.threshold, rule.calibration)
    assert to_bytes(opened) == to_bytes(rule)


@pytest.mark.parametrize("name", sorted(set(LEARNERS) - NEED_WORDS))
def test_a_basket_of_copies_is_one_example(name: str, small: World) -> None:
    evidence = small.evidence(1)
    copies = replace(evidence, positives=Samples(evidence.positives.rows.repeat(6, axis=0)))
    rule = learn(copies, name)
    assert rule.score(evidence.positives.rows)[0] == pytest.approx(rule.score(small.rows).max())
    assert rule.calibration is None


@pytest.mark.parametrize("name", LEARNERS)
def test_a_basket_larger_than_the_background_works(name: str, small: World) -> None:
    rule = learn(evidence_for(name, small, yes=30, no=30, background=5), name)
    assert average_precision(rule.score(small.rows), small.wanted) > 0.6


@pytest.mark.parametrize("name", sorted(set(LEARNERS) - NEED_WORDS))
def test_examples_that_cancel_out_never_give_a_rule_of_nothing(name: str) -> None:
    evidence = on_plane(positives=at(0, 180), background=at(90, 270))
    try:
        rule = learn(evidence, name)
    except BadInputError as error:
        assert "cancel out" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert np.linalg.norm(rule.toward, axis=1).min() > 0.1


def test_an_empty_basket_is_refused(small: World) -> None:
    for name in LEARNERS:
        with pytest.raises(BadInputError, match="neither an example nor a hint"):
            learn(small.evidence(0, 4), name)


def test_contradicting_labels_are_refused() -> None:
    with pytest.raises(BadInputError, match="both an example and a counter-example"):
        Evidence(
            world().space,
            positives=Samples(world().rows[:1], ("a",)),
            negatives=Samples(world().rows[:1], ("a",)),
        )
