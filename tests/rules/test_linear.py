"""Logistic, linear SVM, exemplar SVM and anchored: what background, no answers and words do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import World, at, on_plane, some_of, world

from likewise.core.evidence import Evidence, Samples
from likewise.errors import BadInputError
from likewise.numeric.folds import Folds, make_folds
from likewise.rules.base import FoldLearner, make
from likewise.rules.methods._mapped_evidence import mapped, part_of
from likewise.rules.retrieval import average_precision

LINEAR = ("logistic", "linear_svm", "exemplar_svm", "anchored")


@pytest.fixture(scope="module")
def hard() -> World:
    return world(members=60, others=640, dim=32, noise=1.6, seed=5)


def precision(name: str, evidence: Evidence, here: World, **options: float) -> float:
    rule = make(name, **options).learn(evidence)
    return average_precision(rule.score(here.rows), here.wanted)


@pytest.mark.parametrize("name", LINEAR)
def test_turns_away_from_the_crowd(name: str) -> None:
    """One example at 40 degrees, a crowd at 0: what sets it apart lies beyond 40."""
    evidence = on_plane(positives=at(40), background=at(*np.linspace(-10, 10, 30)))
    toward = make(name).learn(evidence).toward[0]
    assert 41 < np.rad2deg(np.arctan2(toward[1], toward[0])) < 130


@pytest.mark.parametrize("name", ["logistic", "linear_svm", "anchored"])
def test_turns_away_from_a_near_miss(name: str) -> None:
    crowd = at(*np.linspace(170, 190, 30))
    plain = on_plane(positives=at(0), background=crowd)
    warned = on_plane(positives=at(0), background=crowd, negatives=at(30))
    likes = [make(name).learn(one).score(at(30))[0] for one in (plain, warned)]
    assert likes[1] < likes[0] - 0.03


def test_the_prior_turns_less_from_a_few_near_misses_than_from_many() -> None:
    """With a pull that leaves nothing but the prior: the mean of a few is mostly accident."""
    turned = []
    for count in (0, 1, 10, 100):
        evidence = on_plane(
            positives=at(0), background=at(*np.linspace(170, 190, 30)), negatives=at(*[30] * count)
        )
        toward = make("anchored", pull=1e5, slack=1e-4).learn(evidence).toward[0]
        turned.append(-np.rad2deg(np.arctan2(toward[1], toward[0])))
    weights = 0.15 * np.array([0, 1, 10, 100]) / np.array([10, 11, 20, 110])
    expected = np.rad2deg(np.arctan2(weights * 0.5, 1 - weights * np.sqrt(0.75)))
    assert np.allclose(turned, expected, atol=0.1)


@pytest.mark.parametrize("name", ["logistic", "linear_svm", "anchored"])
def test_many_no_answers_do_not_drown_a_few_yes(name: str, hard: World) -> None:
    few, many = hard.evidence(5, 5), hard.evidence(5, 60)
    assert precision(name, many, hard) > precision(name, few, hard) - 0.1


def test_yes_and_no_alone_are_worse_than_nothing(hard: World) -> None:
    """The measured disaster that the background is there to prevent."""
    evidence = hard.evidence(5, 5)
    alone = precision("logistic", hard.evidence(5, 5, background=0), hard, negative_weight=1.0)
    assert alone < precision("mean", evidence, hard) < precision("anchored", evidence, hard)


def test_a_strong_pull_is_the_prior_and_a_weak_one_forgets_it(hard: World) -> None:
    evidence = hard.evidence(10)
    mean = make("mean").learn(evidence).toward[0]
    along = [
        float(make("anchored", pull=pull, slack=1e-3).learn(evidence).toward[0] @ mean)
        for pull in (1e4, 1.0, 1e-2)
    ]
    assert along[0] > 0.999
    assert along[0] > along[1] > along[2]


def test_the_pull_fades_as_labels_come_in(hard: World) -> None:
    word = make("text").learn(hard.evidence(words=True)).toward[0]
    along = [
        float(make("anchored").learn(hard.evidence(n, n, words=True)).toward[0] @ word)
        for n in (1, 4, 16)
    ]
    assert along[0] > along[1] > along[2]


def test_an_example_and_a_word_are_better_than_either(hard: World) -> None:
    both, word, example = [], [], []
    for seed in range(8):
        evidence = hard.evidence(1, words=True, seed=seed)
        both.append(precision("anchored", evidence, hard))
        word.append(precision("text", evidence, hard))
        example.append(precision("mean", evidence, hard))
    assert np.mean(both) > max(np.mean(word), np.mean(example)) + 0.02


@pytest.mark.parametrize("examples", [0, 1, 5])
def test_counter_hints_push_away(examples: int, hard: World) -> None:
    evidence = hard.evidence(examples, words=not examples)
    other = hard.rows[-1:]
    warned = replace(evidence, counter_hints=Samples(other))
    direction = hard.space.direction(other)[0]
    plain, turned = (make("anchored").learn(one).toward[0] for one in (evidence, warned))
    assert turned @ direction < plain @ direction - 0.01


def test_a_hint_of_less_weight_pulls_less(hard: World) -> None:
    evidence = hard.evidence(3, words=True)
    light = replace(evidence, hints=replace(evidence.hints, weights=np.array([0.2], np.float32)))
    word = hard.space.direction(hard.word)[0]
    heavy_pull, light_pull = (
        float(make("anchored").learn(one).toward[0] @ word) for one in (evidence, light)
    )
    assert light_pull < heavy_pull


def test_separate_exemplars_give_a_row_each(hard: World) -> None:
    evidence = hard.evidence(4)
    rule = make("exemplar_svm", separate=True).learn(evidence)
    assert rule.toward.shape == (4, 32)
    for row in range(4):
        alone = make("exemplar_svm").learn(some_of(evidence, np.array([row]), None)).toward[0]
        ours = rule.toward[row] / np.linalg.norm(rule.toward[row])
        assert ours @ alone > 0.999


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("logistic", {}),
        ("linear_svm", {}),
        ("anchored", {}),
        ("exemplar_svm", {}),
        ("exemplar_svm", {"separate": True}),
    ],
)
def test_folds_together_are_folds_one_by_one(
    name: str, options: dict[str, bool], hard: World
) -> None:
    evidence = hard.evidence(6, 6, words=True)
    known = mapped(evidence)
    folds = make_folds(known.positives.rows, known.negatives.rows, 0)
    folds = Folds(folds.positives, folds.negatives, np.full(len(known.background), -1), folds.count)
    learner = make(name, **options)
    assert isinstance(learner, FoldLearner)
    for fold, rule in enumerate(learner.learn_folds(evidence, folds)):
        alone = learner.learn(part_of(evidence, folds.training(fold)))
        assert np.allclose(rule.score(hard.rows), alone.score(hard.rows), atol=5e-3)


@pytest.mark.parametrize("name", ["logistic", "linear_svm", "exemplar_svm"])
def test_nothing_to_tell_the_examples_from_is_an_error(name: str) -> None:
    with pytest.raises(BadInputError, match=f"'{name}' has nothing to tell"):
        make(name).learn(on_plane(positives=at(0)))


def test_anchored_with_one_example_and_nothing_else_is_the_example() -> None:
    assert np.allclose(make("anchored").learn(on_plane(positives=at(30))).toward, at(30))
