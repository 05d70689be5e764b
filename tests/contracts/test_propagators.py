"""What every method that labels the rest must do: runs over all that are registered."""

from __future__ import annotations

import json
from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.propagate.base import Propagation, Propagator, make, propagate
from likewise.registry import class_name, names

METHODS = names("propagate")


def world(seed: int = 0, noise: float = 0.7) -> tuple[Vectors, NDArray[np.intp]]:
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((4, 16)))
    owners = random.permutation(np.repeat(np.arange(4), 25))
    drift = unit(random.standard_normal((100, 16))) * np.float32(noise)
    return unit(centres[owners] + drift), owners


def labels_of(owners: NDArray[np.intp], each: int) -> NDArray[np.intp]:
    given = np.full(len(owners), -1)
    for owner in np.unique(owners):
        given[np.flatnonzero(owners == owner)[:each]] = owner
    return given


@pytest.fixture(scope="module", params=METHODS)
def done(request: pytest.FixtureRequest) -> tuple[str, Propagation, NDArray[np.intp]]:
    rows, owners = world()
    given = labels_of(owners, 4)
    return request.param, propagate(rows, given, request.param, min_confidence=0.3), owners


Case = tuple[str, Propagation, NDArray[np.intp]]


@pytest.mark.parametrize("name", METHODS)
def test_is_a_frozen_record_with_defaults(name: str) -> None:
    method = make(name)
    assert isinstance(method, Propagator)
    assert type(method).__name__ == class_name(name)
    assert type(method).__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert make(name, **{f.name: getattr(method, f.name) for f in fields(method)}) == method  # type: ignore[arg-type]


def test_labels_the_rest_and_mostly_rightly(done: Case) -> None:
    _, found, owners = done
    assert found.coverage > 0.5
    assert (found.labels[found.accepted] == owners[found.accepted]).mean() > 0.9


@pytest.mark.parametrize("name", METHODS)
def test_given_labels_are_kept_even_where_all_speaks_against_them(name: str) -> None:
    rows, owners = world(noise=0.3)
    given = labels_of(owners, 4)
    odd = int(np.flatnonzero(given == 0)[0])
    given[odd] = 1
    found = propagate(rows, given, name, min_confidence=0.3)
    known = given >= 0
    assert np.array_equal(found.labels[known], given[known])
    assert (found.confidence[known] == 1).all()
    assert (found.rounds[known] == 0).all()
    assert (found.rounds[~known] > 0).all()


def test_every_label_has_a_receipt_that_names_labelled_items_of_its_class(done: Case) -> None:
    name, found, owners = done
    given = labels_of(owners, 4)
    causes = found.causes
    assert (causes[found.abstained] == -1).all()
    assert (causes[given >= 0] == -1).all()
    told = causes[found.accepted]
    classes = np.repeat(found.labels[found.accepted][:, None], 3, axis=1)
    assert (given[told[told >= 0]] == classes[told >= 0]).all()
    assert (told[:, 0] >= 0).mean() > 0.9
    assert found.method == name
    assert found.stopped


def test_says_how_it_was_validated_in_json(done: Case) -> None:
    _, found, _ = done
    facts = json.loads(json.dumps(dict(found.validation)))
    assert facts["held_out"] == 16
    assert 0.5 < facts["accuracy"] <= 1
    assert facts["labels"] == {"given": 16, "classes": 4}
    assert len(found.held_out_rows) == 16


@pytest.mark.parametrize("name", METHODS)
def test_more_confidence_is_never_less_right_in_the_mean(name: str) -> None:
    rows, owners = world(seed=3, noise=1.6)
    given = labels_of(owners, 5)
    found = propagate(rows, given, name, min_confidence=0)
    free = np.flatnonzero((given < 0) & (found.guesses >= 0))
    order = free[np.argsort(-found.confidence[free], kind="stable")]
    half = len(order) // 2
    hits = found.guesses == owners
    assert hits[order[:half]].mean() >= hits[order[half:]].mean()


@pytest.mark.parametrize("name", METHODS)
def test_the_same_input_gives_the_same_answer(name: str) -> None:
    rows, owners = world(seed=1)
    given = labels_of(owners, 2)
    one, other = (propagate(rows, given, name, min_confidence=0.2) for _ in range(2))
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.confidence, other.confidence)


@pytest.mark.parametrize("name", METHODS)
def test_its_choice_can_be_used_again(name: str) -> None:
    rows, owners = world(seed=2)
    given = labels_of(owners, 3)
    first = propagate(rows, given, name, min_confidence=0)
    again = propagate(rows, given, first.chosen, min_confidence=0)
    assert np.array_equal(first.guesses, again.guesses)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("case", ["one label each", "all labelled", "all alike", "two rows"])
def test_corners(name: str, case: str) -> None:
    rows, owners = world()
    given = labels_of(owners, 1 if case == "one label each" else 3)
    if case == "all labelled":
        given = owners.copy()
    if case == "all alike":
        rows = np.repeat(rows[:1], len(rows), axis=0)
    if case == "two rows":
        rows, given = rows[:2], np.array([0, 1])
    found = propagate(rows, given, name, min_confidence=0.5)
    known = given >= 0
    assert np.array_equal(found.labels[known], given[known])
    assert np.isfinite(found.confidence).all()
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()


@pytest.mark.parametrize("name", METHODS)
def test_classes_may_be_many_and_numbers_may_have_gaps(name: str) -> None:
    rows, owners = world()
    given = labels_of(owners, 3)
    given[given >= 0] = given[given >= 0] * 7 + 2
    found = propagate(rows, given, name, min_confidence=0.3)
    assert set(found.labels[found.accepted].tolist()) <= {2, 9, 16, 23}
    plain = propagate(rows, labels_of(owners, 3), name, min_confidence=0.3)
    assert np.array_equal(found.labels >= 0, plain.labels >= 0)


@pytest.mark.parametrize("name", [name for name in METHODS if "rounds" in make(name).__dict__])
def test_zero_rounds_leave_the_given_labels(name: str) -> None:
    rows, owners = world()
    given = labels_of(owners, 3)
    found = propagate(rows, given, name, min_confidence=0, rounds=0)
    assert np.array_equal(found.labels, given)
