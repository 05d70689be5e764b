"""Unlabelled images smooth a linear head where they help, and are left out where they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from likewise.classify.base import make, train
from likewise.classify.fewshot import method_of
from likewise.classify.smoothing import SHARES, ImageGraph, SmoothedHead
from likewise.core.classifier import Classifier
from likewise.core.classifier_file import from_bytes, to_bytes
from likewise.core.references import References
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError

CLASSES, DIM = 4, 48


def bent_classes(each: int, seed: int = 0) -> tuple[References, Vectors, Vectors, np.ndarray]:
    """Classes that are long curves: few references show a piece of each, others all of it."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.standard_normal((DIM, 3 * CLASSES)))[0].T.reshape(CLASSES, 3, DIM)

    def drawn(count: int) -> tuple[Vectors, np.ndarray]:
        labels = np.repeat(np.arange(CLASSES), count)
        angles = random.uniform(0, np.pi, len(labels))
        first = np.cos(angles)[:, None] * axes[labels, 0]
        second = np.sin(angles)[:, None] * axes[labels, 1]
        noise = unit(random.standard_normal((len(labels), DIM))) * 0.5
        return unit(first + second + 0.3 * axes[labels, 2] + noise), labels

    few, owners = drawn(each)
    names = [f"class {owner}" for owner in owners.tolist()]
    test, truths = drawn(60)
    return References(few, names), drawn(100)[0], test, truths


def accuracy(it: Classifier, test: Vectors, truths: np.ndarray) -> float:
    return float((it.score(test).argmax(axis=1) == truths).mean())


def test_unlabelled_images_of_the_classes_help() -> None:
    gained = []
    for seed in range(5):
        references, unlabelled, test, truths = bent_classes(3, seed)
        plain, it = train(references), train(references, unlabelled=unlabelled)
        gained.append(accuracy(it, test, truths) - accuracy(plain, test, truths))
        facts = it.provenance["unlabelled"]
        assert facts["images"] == len(unlabelled)
        assert (facts["share"] > 0) == ("unlabelled" in it.provenance["choice"]["because"])
    assert np.mean(gained) > 0.02


def test_what_was_chosen_is_a_plain_classifier() -> None:
    references, unlabelled, test, _ = bent_classes(3)
    it = train(references, unlabelled=unlabelled)
    assert it.method == "best"
    assert it.rows.shape == (CLASSES, DIM)
    np.testing.assert_allclose(np.linalg.norm(it.rows, axis=1), 1, atol=1e-6)
    again = from_bytes(to_bytes(it))
    assert np.array_equal(again.score(test), it.score(test))
    assert type(method_of(again)).__name__ == "LinearHead"


def test_images_of_anything_else_change_nothing() -> None:
    references, _, test, _ = bent_classes(8)
    foreign = unit(np.random.default_rng(5).standard_normal((300, DIM)))
    it = train(references, unlabelled=foreign)
    assert it.provenance["unlabelled"]["share"] == 0
    np.testing.assert_array_equal(it.score(test), train(references).score(test))


def test_the_rest_of_the_options_stay_with_a_linear_head() -> None:
    references, unlabelled, _, _ = bent_classes(4)
    it = train(references, "linear_head", ridge=0.1, unlabelled=unlabelled)
    assert it.provenance["options"]["ridge"] == 0.1
    assert method_of(it).ridge == 0.1  # type: ignore[attr-defined]


def test_a_share_of_none_is_the_head_alone() -> None:
    references, unlabelled, test, _ = bent_classes(4)
    graph, head = ImageGraph(references, unlabelled), make("linear_head")
    alone = SmoothedHead(head, graph, head, share=0.0).fit(references)
    np.testing.assert_allclose(alone.score(test), head.fit(references).score(test), atol=1e-5)
    full = SmoothedHead(head, graph, head, share=SHARES[-1]).fit(references)
    assert not np.allclose(full.score(test), alone.score(test), atol=1e-2)


def test_accuracy_is_of_images_whose_labels_it_did_not_see() -> None:
    """With labels drawn at random there is nothing to learn, and it says so."""
    references, unlabelled, _, _ = bent_classes(12)
    labels = np.random.default_rng(0).permutation(references.labels).tolist()
    it = train(replace(references, labels=labels), unlabelled=unlabelled)
    assert it.provenance["validation"]["accuracy"] < 0.5


def test_too_few_references_say_that_nothing_can_be_told() -> None:
    references, unlabelled, _, _ = bent_classes(1)
    it = train(references, unlabelled=unlabelled)
    assert it.provenance["unlabelled"]["share"] == 0
    assert "too few to tell" in it.provenance["unlabelled"]["because"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.classify.smoothing.MOST_UNLABELLED", 50)
    references, unlabelled, _, _ = bent_classes(3)
    assert ImageGraph(references, unlabelled).images == 50


def test_what_cannot_be_is_refused() -> None:
    references, unlabelled, _, _ = bent_classes(3)
    with pytest.raises(BadInputError, match="the method is 'class_means'"):
        train(references, "class_means", unlabelled=unlabelled)
    with pytest.raises(BadInputError, match="the unlabelled images"):
        train(references, unlabelled=unlabelled[:, :-1])
    twice = replace(references, ids=("same",) * len(references.ids))
    with pytest.raises(BadInputError, match="an id of the references repeats"):
        train(twice, unlabelled=unlabelled)
