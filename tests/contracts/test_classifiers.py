"""What every method for several classes must do: runs over all that are registered."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from class_worlds import ClassWorld, class_world, shuffled

from likewise.classify.base import Method, make, train
from likewise.core.classifier import Classifier
from likewise.core.classifier_file import from_bytes, to_bytes
from likewise.core.references import References
from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.registry import class_name, names

METHODS = names("classify")
QUICK: dict[str, dict[str, Any]] = {
    "tuned_references": {"trials": 4},
    "best": {"methods": "linear_head,class_means"},
}
PICK_REFERENCES = {"all_references", "low_centrality", "medoids", "tuned_references"}


def made(name: str) -> Method:
    return make(name, **QUICK.get(name, {}))


@pytest.fixture(scope="module")
def here() -> ClassWorld:
    return class_world()


@pytest.fixture(scope="module")
def trained(here: ClassWorld) -> dict[str, Classifier]:
    return {name: train(here.references, made(name)) for name in METHODS}


@pytest.mark.parametrize("name", METHODS)
def test_is_a_frozen_record_with_defaults(name: str) -> None:
    method = make(name)
    assert isinstance(method, Method)
    assert type(method).__name__ == class_name(name)
    assert type(method).__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert make(name, **{f.name: getattr(method, f.name) for f in fields(method)}) == method  # type: ignore[arg-type]


@pytest.mark.parametrize("name", METHODS)
def test_tells_the_classes_apart(
    name: str, here: ClassWorld, trained: dict[str, Classifier]
) -> None:
    scores = trained[name].score(here.test)
    assert scores.shape == (len(here.test), 5)
    assert scores.dtype == np.float32
    assert here.accuracy(scores) > 0.7


@pytest.mark.parametrize("name", METHODS)
def test_rows_are_of_unit_length_and_of_every_class(
    name: str, trained: dict[str, Classifier]
) -> None:
    it = trained[name]
    np.testing.assert_allclose(np.linalg.norm(it.rows, axis=1), 1, atol=1e-5)
    assert set(it.owners.tolist()) == set(range(5))
    assert it.classes == tuple(f"class {number}" for number in range(5))
    assert it.method == name


@pytest.mark.parametrize("name", sorted(PICK_REFERENCES))
def test_rows_that_are_references_are_of_their_own_class(
    name: str, here: ClassWorld, trained: dict[str, Classifier]
) -> None:
    likeness = trained[name].rows @ here.references.rows.T
    nearest = likeness.argmax(axis=1)
    np.testing.assert_allclose(likeness.max(axis=1), 1, atol=1e-5)
    assert np.array_equal(here.references.owners[nearest], trained[name].owners)


@pytest.mark.parametrize("name", METHODS)
def test_accuracy_promised_is_near_to_what_comes(
    name: str, here: ClassWorld, trained: dict[str, Classifier]
) -> None:
    said = trained[name].provenance["validation"]
    got = here.accuracy(trained[name].score(here.test))
    assert said["images"] == 40
    low, high = said["accuracy_interval"]
    assert low - 0.05 <= got <= high + 0.05


@pytest.mark.parametrize("name", METHODS)
def test_says_how_it_was_made(name: str, here: ClassWorld, trained: dict[str, Classifier]) -> None:
    facts = trained[name].provenance
    pairs = zip(here.references.ids, here.references.labels, strict=True)
    assert facts["references"] == [list(pair) for pair in pairs]
    assert facts["counts"] == {f"class {number}": 8 for number in range(5)}
    assert facts["options"] == {f.name: facts["options"][f.name] for f in fields(make(name))}  # type: ignore[arg-type]
    assert facts["created_at"].endswith("+00:00")
    assert trained[name].calibrated_on == 40


@pytest.mark.parametrize("name", METHODS)
def test_order_of_references_does_not_matter(name: str, here: ClassWorld) -> None:
    one = made(name).fit(here.references)
    other = made(name).fit(shuffled(here.references))
    np.testing.assert_allclose(one.score(here.test), other.score(here.test), atol=2e-3)


@pytest.mark.parametrize("name", METHODS)
def test_the_same_references_give_the_same_classifier(name: str, here: ClassWorld) -> None:
    one, other = made(name).fit(here.references), made(name).fit(here.references)
    assert to_bytes(one) == to_bytes(other)


@pytest.mark.parametrize("name", METHODS)
def test_survives_a_file_bit_for_bit(
    name: str, here: ClassWorld, trained: dict[str, Classifier]
) -> None:
    it = trained[name]
    opened = from_bytes(to_bytes(it))
    assert np.array_equal(opened.predict_proba(here.test), it.predict_proba(here.test))
    assert opened.provenance == it.provenance
    assert to_bytes(opened) == to_bytes(it)


@pytest.mark.parametrize("name", METHODS)
def test_probabilities_add_up_and_agree_with_the_answers(
    name: str, here: ClassWorld, trained: dict[str, Classifier]
) -> None:
    chances = trained[name].predict_proba(here.test)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    named = np.array(trained[name].classes)[chances.argmax(axis=1)]
    assert named.tolist() == trained[name].predict(here.test).tolist()


@pytest.mark.parametrize("name", METHODS)
def test_a_class_of_words_alone_can_be_answered(name: str, here: ClassWorld) -> None:
    first = here.references.vectors[here.references.owners == 0]
    direction = unit(first.mean(axis=0) - here.references.vectors.mean(axis=0))
    told = References(
        here.references.part(here.references.owners != 0).vectors,
        [label for label in here.references.labels if label != "class 0"],
        words={"class 0": direction[None]},
    )
    scores = train(told, made(name)).score(here.test[here.truths == 0])
    assert (scores.argmax(axis=1) == 0).mean() > 0.6


@pytest.mark.parametrize("name", METHODS)
def test_words_alone_for_every_class_are_enough(name: str) -> None:
    words = {name: row[None] for name, row in zip("abc", np.eye(3, dtype=np.float32), strict=True)}
    it = train(References(np.empty((0, 3), np.float32), (), words=words), made(name))
    assert it.predict(np.eye(3, dtype=np.float32)).tolist() == ["a", "b", "c"]
    assert it.calibrated_on == 0


@pytest.mark.parametrize("name", METHODS)
def test_one_image_in_a_class_is_enough(name: str, here: ClassWorld) -> None:
    keep = (here.references.owners != 2) | (np.arange(40) == 16)
    it = train(here.references.part(keep), made(name))
    lines = {row["name"]: row for row in it.provenance["validation"]["classes"]}
    assert lines["class 2"]["images"] == 0
    assert lines["class 2"]["recall"] is None
    assert it.provenance["validation"]["most_in_need"][0] == "class 2"
    assert here.accuracy(it.score(here.test)) > 0.6


@pytest.mark.parametrize("name", METHODS)
def test_one_image_in_every_class_gives_no_promise(name: str) -> None:
    x = np.eye(3, dtype=np.float32)
    it = train(References(x, ("a", "b", "c")), made(name))
    assert it.predict(x).tolist() == ["a", "b", "c"]
    assert it.calibrated_on == 0
    assert "second image" in it.provenance["validation"]["because"]


@pytest.mark.parametrize("name", METHODS)
def test_identical_images_in_two_classes_are_told(name: str, here: ClassWorld) -> None:
    twice = References(
        np.concatenate([here.references.vectors, here.references.vectors[:1]]),
        [*here.references.labels, "class 3"],
        [*here.references.ids, "twin"],
    )
    it = train(twice, made(name))
    assert it.provenance["contradictions"] == [["right-0", "twin"]]
    assert here.accuracy(it.score(here.test)) > 0.7


@pytest.mark.parametrize("name", METHODS)
def test_a_class_of_copies_is_one_image(name: str, here: ClassWorld) -> None:
    first = np.flatnonzero(here.references.owners == 0)
    vectors = here.references.vectors.copy()
    vectors[first] = vectors[first[0]]
    it = train(replace(here.references, vectors=vectors), made(name))
    lines = it.provenance["validation"]["classes"]
    assert lines[0]["images"] == 0
    assert np.isfinite(it.score(here.test)).all()


@pytest.mark.parametrize("name", METHODS)
def test_names_of_any_letters(name: str) -> None:
    names = ("D8/D10", "Überläufer ß", "推土机", "=1+1")
    x = unit(np.eye(4, dtype=np.float32).repeat(3, axis=0) + 0.1)
    it = from_bytes(to_bytes(train(References(x, np.repeat(names, 3).tolist()), made(name))))
    assert set(it.classes) == set(names)
    assert it.predict(x[::3]).tolist() == list(names)


@pytest.mark.parametrize("name", METHODS)
def test_abstaining_keeps_the_share_that_was_asked_for(name: str, here: ClassWorld) -> None:
    it = train(here.references, made(name), coverage=0.8)
    answered = ~it.abstains(it.score(here.test))
    assert 0.6 < answered.mean() < 0.97


@pytest.mark.parametrize("name", METHODS)
def test_by_likeness_strangers_are_none_of_these(name: str, here: ClassWorld) -> None:
    it = train(here.references, made(name), coverage=0.9, abstain_by="likeness")
    known = it.abstains(it.score(here.test), here.test).mean()
    strange = it.abstains(it.score(here.strangers), here.strangers).mean()
    assert strange > known + 0.15


@pytest.mark.parametrize("name", METHODS)
def test_an_option_it_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(BadInputError, match=f"the method '{name}' has no option 'colour'"):
        make(name, colour="red")
