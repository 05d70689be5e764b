from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import at

from likewise.core.classifier import NONE_OF_THESE, Abstention, Classifier
from likewise.core.space import Space, plain_space
from likewise.core.vectors import unit
from likewise.errors import BadInputError

PLANE = plain_space("plane", 2)


def classifier_of(seed: int, rows: int, project: bool) -> tuple[Classifier, np.ndarray]:
    random = np.random.default_rng(seed)
    projection = random.normal(size=(8, 5)).astype(np.float32) if project else None
    space = Space("demo", random.normal(size=8).astype(np.float32) * 0.2, projection)
    own = unit(random.normal(size=(3 + rows, space.dim_out)))
    owners = np.sort(np.append(np.arange(3), random.integers(0, 3, rows)))
    return Classifier("test", space, ("a", "b", "c"), own, owners), random.normal(size=(30, 8))


@given(st.integers(0, 500), st.integers(0, 6), st.booleans())
def test_the_score_is_the_formula(seed: int, rows: int, project: bool) -> None:
    it, x = classifier_of(seed, rows, project)
    z = it.space.apply(unit(x))
    slow = np.stack([(z @ it.rows[it.owners == c].T).max(axis=1) for c in range(3)], axis=1)
    np.testing.assert_allclose(it.score(x), slow, atol=1e-4)
    np.testing.assert_allclose(it.score_in_space(z), slow, atol=1e-5)


def test_many_vectors_are_scored_as_few_are() -> None:
    it, _ = classifier_of(0, 4, False)
    x = np.random.default_rng(1).normal(size=(1300, 8))
    whole = it.score(x)
    parts = np.concatenate([it.score(x[start : start + 7]) for start in range(0, 1300, 7)])
    np.testing.assert_allclose(whole, parts, atol=1e-6)


def two(abstention: Abstention | None = None) -> Classifier:
    return Classifier(
        "test", PLANE, ("cat", "dog"), at(0, 90), np.arange(2), 10.0, abstention=abstention
    )


def test_by_probability_it_abstains_between_the_classes() -> None:
    it = two(Abstention("probability", 0.8))
    assert it.predict(at(0, 44, 46, 90, 225)).tolist() == [
        "cat", NONE_OF_THESE, NONE_OF_THESE, "dog", NONE_OF_THESE,
    ]  # fmt: skip


def test_by_likeness_it_abstains_far_from_all() -> None:
    it = two(Abstention("likeness", 0.5))
    assert it.predict(at(0, 44, 90, 180, 290)).tolist() == [
        "cat", "cat", "dog", NONE_OF_THESE, NONE_OF_THESE,
    ]  # fmt: skip


def test_probabilities_are_the_softmax_of_slope_times_score() -> None:
    chances = two().predict_proba(at(30))[0]
    scores = 10 * np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])
    np.testing.assert_allclose(chances, np.exp(scores) / np.exp(scores).sum(), rtol=1e-5)


@pytest.mark.parametrize("x", [[[0.0, 0.0]], [[np.nan, 1.0]], [[1.0, 2.0, 3.0]], [1.0, 2.0]])
def test_vectors_it_cannot_classify_are_refused(x: list[list[float]]) -> None:
    with pytest.raises(BadInputError, match=r"zero or not finite|is wanted"):
        two().predict(x)


def test_the_bad_row_is_named_past_the_first_block() -> None:
    x = np.ones((700, 2))
    x[600] = np.inf
    with pytest.raises(BadInputError, match="row 600 of vectors"):
        two().score(x)


@pytest.mark.parametrize(
    ("classes", "rows", "owners", "told"),
    [
        (("a",), at(0), [0], "two classes or more"),
        (("a", "a"), at(0, 1), [0, 1], "repeat a name"),
        (("a", NONE_OF_THESE), at(0, 1), [0, 1], "stands for no class"),
        (("a", "b"), np.ones((2, 3)), [0, 1], "rows of 2 columns"),
        (("a", "b"), at(0, 1), [0], "one for every row"),
        (("a", "b"), at(0, 1), [0, 0], "not of all of 2 classes"),
        (("a", "b"), at(0, 1), [1, 0], "must stand together"),
        (("a", "b"), np.full((2, 2), np.nan), [0, 1], "not finite"),
    ],
)
def test_classifiers_that_cannot_be(
    classes: tuple[str, ...], rows: np.ndarray, owners: list[int], told: str
) -> None:
    with pytest.raises(BadInputError, match=told):
        Classifier("test", PLANE, classes, rows.astype(np.float32), np.array(owners))


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan"), float("inf")])
def test_a_slope_that_does_not_rise_is_refused(slope: float) -> None:
    with pytest.raises(BadInputError, match="slope"):
        Classifier("test", PLANE, ("a", "b"), at(0, 1), np.arange(2), slope)


def test_likeness_to_class_means_is_told_from_vectors() -> None:
    it = two(Abstention("likeness", 0.9, at(10, 80)))
    x = 3 * at(10, 45, 80)
    assert it.predict(x).tolist() == ["cat", NONE_OF_THESE, "dog"]
    np.testing.assert_allclose(
        it.sureness(it.score(x), "likeness", x), [1, np.cos(np.radians(35)), 1], atol=1e-6
    )
    with pytest.raises(BadInputError, match="give the vectors, too"):
        it.decide(it.score(x))
    with pytest.raises(BadInputError, match=r"the class means have shape \(1, 2\)"):
        two(Abstention("likeness", 0.9, at(10)))


def test_abstentions_that_cannot_be() -> None:
    with pytest.raises(BadInputError, match="abstaining by 'mood'"):
        Abstention("mood", 0.5)  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match="give a number"):
        Abstention("likeness", float("nan"))
