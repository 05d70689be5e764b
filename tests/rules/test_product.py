"""Words and examples multiplied, in a search and as one direction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worlds import world

from likewise.core.evidence import Evidence, Samples
from likewise.core.space import plain_space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError
from likewise.numeric.folds import make_folds
from likewise.rules.base import learn, learned_outside, make
from likewise.rules.methods.product import product_of
from likewise.rules.product_search import search_by_product
from likewise.workspace import Workspace

WORD, EXAMPLE, OTHER = np.eye(3, dtype=np.float32)


def images() -> Vectors:
    """Ten images like both, ten very like the word, ten very like the example, 70 like neither."""
    random = np.random.default_rng(0)
    kinds = [(0.5, 0.45, 0.74), (1, 0.02, 0.02), (0.02, 1, 0.02), (0.02, 0.02, 1)]
    rows = np.repeat(np.array(kinds), [10, 10, 10, 70], axis=0)
    return unit(rows + random.uniform(0, 0.01, rows.shape))


def evidence() -> Evidence:
    return Evidence(plain_space("demo", 3), EXAMPLE[None], background=images(), hints=WORD[None])


def test_a_product_is_large_only_where_both_are() -> None:
    rows = images()
    of_word, of_example = rows @ WORD, rows @ EXAMPLE
    best = np.argsort(-product_of(of_word, of_example))[:10]
    assert set(best.tolist()) == set(range(10))
    best_by_sum = np.argsort(-(of_word + of_example))[:10]
    assert set(best_by_sum.tolist()) != set(range(10))


def test_scales_and_offsets_of_the_similarities_do_not_matter() -> None:
    rows = images()
    one = product_of(rows @ WORD, rows @ EXAMPLE)
    other = product_of(0.1 * (rows @ WORD) - np.float32(3), 7 * (rows @ EXAMPLE) + np.float32(2))
    np.testing.assert_allclose(one, other, atol=1e-4)
    assert one.min() == 0
    assert one.max() <= 1
    none: Scores = np.zeros(0, np.float32)
    level, rising = np.zeros(3, np.float32), np.arange(3, dtype=np.float32)
    np.testing.assert_array_equal(product_of(level, rising), [0, 0.5, 1])
    assert product_of(none, none).shape == (0,)


def test_each_is_divided_by_its_reach() -> None:
    (row,) = learn(evidence(), "product").toward
    reaches = [
        np.sort(images() @ axis)[-10:].mean() - (images() @ axis).min() for axis in (WORD, EXAMPLE)
    ]
    assert row[0] / row[1] == pytest.approx(reaches[1] / reaches[0], rel=1e-4)
    assert row[2] == 0


def test_words_that_lie_far_from_all_images_count_all_the_same() -> None:
    """In a joint space every image has about one similarity to a word, with small differences."""
    here = world(dim=40, word_noise=0.4)
    away = np.zeros(40, np.float32)
    away[0] = 1
    far = Samples(unit(0.15 * here.word + away))
    both = here.evidence(yes=1, background=400, words=True)
    assert both.hints.rows.shape == far.rows.shape
    row = make("product").learn(replace(both, hints=far)).toward[0]
    example = make("mean").learn(both).toward[0]
    assert float(row @ example) < 0.99


def test_a_fold_is_learned_from_what_is_outside_it() -> None:
    here = world()
    all_of_it = here.evidence(yes=8, no=8, words=True)
    folds = make_folds(
        here.space.apply(all_of_it.positives.rows),
        here.space.apply(all_of_it.negatives.rows),
        len(all_of_it.background),
    )
    learner = make("product")
    for number, rule in enumerate(learned_outside(learner, all_of_it, folds)):
        part = replace(
            all_of_it,
            positives=all_of_it.positives.take(folds.positives != number),
            negatives=all_of_it.negatives.take(folds.negatives != number),
            background=all_of_it.background.take(folds.background != number),
        )
        np.testing.assert_allclose(rule.toward, learner.learn(part).toward, atol=1e-5)


def test_best_compares_it_where_there_are_words() -> None:
    here = world()
    with_words = learn(here.evidence(yes=8, no=8, words=True), "best").provenance["validation"]
    assert "product" in with_words["compared"]
    without = learn(here.evidence(yes=8, no=8), "best").provenance["validation"]
    assert "product" not in without["compared"]


def test_a_search_ranks_every_image_by_the_product(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as workspace:
        ranking, _ = search_by_product(workspace, ["disc/00.png"], hints=["ball"], k=30)
        assert len(ranking) == ranking.searched == 24
        assert 0 <= ranking.scores.min() <= ranking.scores.max() <= 1
        some, _ = search_by_product(
            workspace, ["disc/00.png"], ["square/00.png"], ["ball"], ["tree frog"], k=5,
            where="width >= 1",
        )  # fmt: skip
        assert len(some) == 5
        for like, hints in (([], ["ball"]), (["disc/00.png"], [])):
            with pytest.raises(BadInputError, match="a product needs words and an example"):
                search_by_product(workspace, like, hints=hints)


def test_it_is_the_prior_choice_where_both_must_fit() -> None:
    here = world()
    for yes in (1, 8):
        both = replace(here.evidence(yes=yes, no=8, words=True), multiplies=True)
        chosen = learn(both, "best").provenance["validation"]["chosen"]
        assert chosen["learner"] == "product"
        plain = learn(replace(both, multiplies=False), "best").provenance["validation"]["chosen"]
        assert plain["learner"] != "product"
    alone = replace(here.evidence(yes=8, no=8), multiplies=True)  # without words it is as usual
    assert learn(alone, "best").provenance["validation"]["chosen"]["learner"] != "product"


def test_a_clearly_better_rule_takes_its_place() -> None:
    here = world(word_noise=40)  # words that say nothing
    chosen = learn(
        replace(here.evidence(yes=30, no=30, words=True), multiplies=True), "best"
    ).provenance["validation"]
    assert chosen["compared"]["product"]["gain_over_default"] == 0
    assert chosen["chosen"]["learner"] != "product"
