"""Which images are of none of the classes: what the threshold is set by, and what it promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from likewise.classify.base import train
from likewise.classify.rejection_threshold import by_class_means
from likewise.core.classifier import Abstention
from likewise.core.references import References
from likewise.core.vectors import Vectors, unit

DIM, CLASSES = 64, 6


def drawn(each: int, seed: int, noise: float = 0.9) -> tuple[References, Vectors, Vectors]:
    """References of classes that lie near one another, others of theirs, and foreign images."""
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((CLASSES, DIM)))
    here, elsewhere = unit(random.standard_normal((2, DIM)))

    def around(rows: Vectors, common: Vectors) -> Vectors:
        drift = unit(random.standard_normal(rows.shape)) * np.float32(noise)
        return unit(rows + drift + common)

    labels = np.repeat(np.arange(CLASSES), each)
    references = References(around(centres[labels], here), [f"class {n}" for n in labels])
    own = around(np.repeat(centres, 60, axis=0), here)
    foreign = around(unit(random.standard_normal((240, DIM))), elsewhere)
    return references, own, foreign


def answered(rest: Abstention | None, vectors: Vectors) -> float:
    assert rest is not None
    assert rest.means is not None
    return float(((vectors @ rest.means.T).max(axis=1) >= rest.least).mean())


@pytest.mark.parametrize("each", [2, 3, 5, 12])
@pytest.mark.parametrize("coverage", [0.9, 0.7])
def test_as_many_new_images_are_answered_as_was_asked_for(each: int, coverage: float) -> None:
    kept, refused = [], []
    for seed in range(30):
        references, own, foreign = drawn(each, seed)
        rest = by_class_means(references, coverage)
        kept.append(answered(rest, own))
        refused.append(1 - answered(rest, foreign))
    assert np.mean(kept) == pytest.approx(coverage, abs=0.05)
    assert np.mean(refused) > 0.9


def test_what_all_classes_share_tells_foreign_images() -> None:
    refused = {True: [0.0], False: [0.0]}
    for seed in range(5):
        references, own, foreign = drawn(5, seed, noise=1.8)
        trained = train(references, "class_means", coverage=0.9, abstain_by="likeness")
        scores = trained.score(foreign)
        assert trained.abstention is not None
        least = np.quantile(trained.score(own).max(axis=1), 0.1)
        refused[False].append(float((scores.max(axis=1) < least).mean()))
        refused[True].append(float(trained.abstains(scores, foreign).mean()))
    assert np.mean(refused[True]) > np.mean(refused[False]) + 0.1


def test_a_left_out_image_is_scored_as_if_it_were_new() -> None:
    """With many references the expected length is the real one, so plain leaving out agrees."""
    references, _, _ = drawn(40, 0)
    rest = by_class_means(references, 0.9)
    scores = []
    for row in range(len(references.ids)):
        keep = np.arange(len(references.ids)) != row
        part = references.part(keep)
        means = [part.vectors[part.owners == owner].mean(axis=0) for owner in range(CLASSES)]
        scores.append(float((unit(means) @ references.vectors[row]).max()))
    assert rest is not None
    assert rest.least == pytest.approx(np.quantile(scores, 0.1, method="weibull"), abs=0.005)


def test_copies_of_an_image_do_not_vouch_for_it() -> None:
    references, _, _ = drawn(5, 0)
    twice = replace(
        references,
        vectors=np.repeat(references.vectors, 2, axis=0),
        labels=tuple(np.repeat(references.labels, 2).tolist()),
        ids=(),
    )
    once, doubled = by_class_means(references, 0.9), by_class_means(twice, 0.9)
    assert once is not None
    assert doubled is not None
    assert doubled.least == pytest.approx(once.least, abs=0.04)


def test_the_order_of_the_references_makes_no_difference() -> None:
    references, _, _ = drawn(4, 0)
    order = np.random.default_rng(1).permutation(len(references.ids)).tolist()
    mixed = replace(
        references,
        vectors=references.vectors[order],
        labels=tuple(references.labels[row] for row in order),
        ids=tuple(references.ids[row] for row in order),
    )
    one, other = by_class_means(references, 0.9), by_class_means(mixed, 0.9)
    assert one is not None
    assert other is not None
    assert other.least == pytest.approx(one.least, abs=1e-6)


def test_nothing_is_promised_where_no_image_can_be_left_out() -> None:
    alone = References(np.eye(4, dtype=np.float32), ("a", "b", "c", "d"))
    assert by_class_means(alone, 0.9) is None
    copies = References(np.eye(2, dtype=np.float32)[[0, 0, 1, 1]], ("a", "a", "b", "b"))
    assert by_class_means(copies, 0.9) is None


def test_a_class_of_words_alone_is_told_by_its_score() -> None:
    references, _, _ = drawn(4, 0)
    words = {"words": unit(np.ones((1, DIM)))}
    it = train(replace(references, words=words), "class_means", coverage=0.9, abstain_by="likeness")
    assert it.abstention is not None
    assert it.abstention.means is None
