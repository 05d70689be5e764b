from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError
from likewise.propagate.base import Propagation, PropagationGraph, propagate
from likewise.propagate.methods._held_out import folds_of, hold_out
from likewise.propagate.methods._task import Task
from likewise.propagate.methods._votes import Strongest, Votes


def clumps(
    classes: int = 3, each: int = 20, noise: float = 0.6, seed: int = 0, dim: int = 12
) -> tuple[Vectors, NDArray[np.intp]]:
    """Rows round random centres, in random order, and whose they are."""
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((classes, dim)))
    owners = random.permutation(np.repeat(np.arange(classes), each))
    drift = unit(random.standard_normal((len(owners), dim))) * np.float32(noise)
    return unit(centres[owners] + drift), owners


def some_labels(owners: NDArray[np.intp], each: int = 3, seed: int = 0) -> NDArray[np.intp]:
    random = np.random.default_rng(seed)
    given = np.full(len(owners), -1)
    for owner in np.unique(owners):
        rows = random.permutation(np.flatnonzero(owners == owner))[:each]
        given[rows] = owner
    return given


def right(done: Propagation, owners: NDArray[np.intp]) -> float:
    return float((done.labels[done.accepted] == owners[done.accepted]).mean())


def test_a_stricter_confidence_is_the_same_as_asking_for_it() -> None:
    rows, owners = clumps(noise=1.2)
    given = some_labels(owners)
    loose = propagate(rows, given, "label_spreading", min_confidence=0.2)
    strict = propagate(rows, given, "label_spreading", min_confidence=0.8)
    assert np.array_equal(loose.at(0.8).labels, strict.labels)
    assert np.array_equal(loose.at(0.8).causes, strict.causes)
    with pytest.raises(BadInputError, match="propagate again"):
        strict.at(0.5)


def test_a_landscape_serves_again_when_labels_come() -> None:
    rows, owners = clumps()
    given = some_labels(owners)
    landscape = PropagationGraph(rows)
    first = propagate(landscape, given, "label_spreading", min_confidence=0)
    graph = landscape.graph
    more = some_labels(owners, each=6)
    again = propagate(landscape, more, "label_spreading", min_confidence=0)
    fresh = propagate(rows, more, "label_spreading", min_confidence=0)
    assert landscape.graph is graph
    assert np.array_equal(again.labels, fresh.labels)
    assert not np.array_equal(again.rounds == 0, first.rounds == 0)


def test_what_a_person_denied_is_withheld_and_what_was_given_is_not() -> None:
    rows, owners = clumps()
    given = some_labels(owners)
    done = propagate(rows, given, "label_spreading", min_confidence=0)
    known, new = int(np.flatnonzero(given >= 0)[0]), int(done.accepted[0])
    kept = done.withheld(np.array([known, new]))
    assert kept.labels[new] == -1
    assert kept.labels[known] == given[known]


def test_noise_is_what_held_out_labels_say() -> None:
    rows, owners = clumps(noise=1.0, each=60)
    given = some_labels(owners, each=12)
    done = propagate(rows, given, "label_spreading", min_confidence=0.5)
    sure = done.held_out_confidence >= 0.5
    noise = done.held_out_noise
    assert noise is not None
    assert noise[0] == pytest.approx(1 - done.held_out_right[sure].mean())
    assert noise[1] <= noise[0] <= noise[2]
    assert done.expected_noise == pytest.approx(1 - done.confidence[done.accepted].mean())
    assert set(done.held_out_rows) == set(np.flatnonzero(given >= 0))


def test_held_out_rows_are_judged_without_their_own_label() -> None:
    """Two clumps whose labels are swapped for one row: held out, it is not found again."""
    rows, owners = clumps(classes=2, each=20, noise=0.3)
    given = some_labels(owners, each=8)
    wrong = int(np.flatnonzero(given == 0)[0])
    given[wrong] = 1
    done = propagate(rows, given, "label_spreading", min_confidence=0)
    place = np.flatnonzero(done.held_out_rows == wrong)[0]
    assert not done.held_out_right[place]
    assert done.held_out_right.sum() == len(done.held_out_right) - 1
    assert done.labels[wrong] == 1


def test_more_classes_than_half_of_the_labels_is_no_matter_to_warn_about() -> None:
    rows, owners = clumps(classes=8, each=5)
    given = some_labels(owners, each=1)
    given[np.flatnonzero((owners == 0) & (given < 0))[0]] = 0
    done = propagate(rows, given, "smoothed_head", min_confidence=0)
    assert done.coverage == 1


def test_labels_are_held_back_in_turn_and_only_they() -> None:
    rows, owners = clumps(classes=2, each=10)
    given = some_labels(owners, each=5)
    landscape = PropagationGraph(rows)
    task = Task(landscape, given[landscape.order], 2, 10)
    seen: list[NDArray[np.intp]] = []

    def vote(held: Task) -> Votes:
        seen.append(held.targets)
        return Strongest(len(rows)).votes()

    folds = folds_of(task)
    hold_out(vote, task, folds)
    assert sorted(np.concatenate(folds).tolist()) == task.labelled.tolist()
    for fold, told in zip(folds, seen, strict=True):
        assert (told[fold] == -1).all()
        others = np.setdiff1d(task.labelled, fold)
        assert np.array_equal(told[others], task.targets[others])


def test_copies_under_two_classes_do_not_vouch_for_each_other() -> None:
    rows, owners = clumps(classes=2, each=10)
    rows = np.concatenate([rows, rows[:1]])
    given = np.append(some_labels(owners, each=4), 1 - owners[0])
    given[0] = owners[0]
    done = propagate(rows, given, "label_spreading", min_confidence=0)
    assert done.labels[0] == owners[0]
    assert done.labels[-1] == 1 - owners[0]
    held = dict(zip(done.held_out_rows.tolist(), done.held_out_right.tolist(), strict=True))
    assert held[0]
    assert not held[len(rows) - 1]


def test_no_unlabelled_rows_is_said() -> None:
    rows, owners = clumps()
    done = propagate(rows, owners)
    assert np.array_equal(done.labels, owners)
    assert done.coverage == 1
    assert done.stopped == "nothing was left to label"
    assert len(done.accepted) == 0


def test_one_label_a_class_promises_little() -> None:
    rows, owners = clumps(noise=0.9)
    done = propagate(rows, some_labels(owners, each=1), min_confidence=0.9)
    assert done.validation["held_out"] == 0
    assert done.held_out_noise is None
    assert "nothing could be held back" in done.validation["because"]
    assert done.coverage < 0.5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([-1, -1, -1, -1], "nothing is labelled"),
        ([0, 0, -1, -1], "one class"),
        ([0, 1], "fit 4 rows"),
        ([0.5, 1, -1, -1], "whole number"),
        ([0, 1, -2, -1], "-2 is not a class"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(given: list[float], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        propagate(np.eye(4, dtype=np.float32), np.array(given), "label_spreading")


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("label_spreading", {"alpha": 1.0}),
        ("label_spreading", {"unknown": -1.0}),
        ("smoothed_head", {"alpha": -0.1}),
        ("cluster_vote", {"purity": 1.5}),
        ("cluster_vote", {"clusters": -1}),
        ("self_training", {"threshold": 0.0}),
        ("self_training", {"most": 0}),
        ("self_training", {"trust": 2.0}),
        ("refined_vote", {"rounds": -1}),
        ("refined_vote", {"trust": 2.0}),
        ("agreement", {"methods": ()}),
        ("agreement", {"weights": (1.0,)}),
        ("best", {"methods": ("best",)}),
        ("label_spreading", {"beta": 1}),
        ("nothing", {}),
    ],
)
def test_options_that_cannot_be_are_refused(method: str, options: dict[str, Any]) -> None:
    rows, owners = clumps()
    with pytest.raises(BadInputError):
        propagate(rows, some_labels(owners), method, **options)


def test_vectors_that_cannot_be_are_refused() -> None:
    for bad in (np.zeros((0, 3), np.float32), np.zeros(3, np.float32)):
        with pytest.raises(BadInputError, match="table"):
            PropagationGraph(bad)
    holed = np.eye(3, dtype=np.float32)
    holed[1, 1] = np.nan
    with pytest.raises(BadInputError, match="not finite"):
        PropagationGraph(holed)
    with pytest.raises(BadInputError, match="min_confidence"):
        propagate(np.eye(3, dtype=np.float32), [0, 1, -1], min_confidence=2)


@settings(max_examples=10, deadline=None)
@drawn(
    seed=st.integers(0, 10_000),
    classes=st.integers(2, 4),
    method=st.sampled_from(
        ["cluster_vote", "label_spreading", "smoothed_head", "self_training", "refined_vote"]
    ),
)
def test_permuting_items_changes_nothing(seed: int, classes: int, method: str) -> None:
    rows, owners = clumps(classes, each=8, noise=0.8, seed=seed)
    given = some_labels(owners, each=3, seed=seed)
    turn = np.random.default_rng(seed).permutation(len(rows))
    one = propagate(rows, given, method, min_confidence=0.3)
    other = propagate(rows[turn], given[turn], method, min_confidence=0.3)
    assert np.array_equal(other.labels, one.labels[turn])
    assert np.array_equal(other.confidence, one.confidence[turn])
    assert np.array_equal(other.rounds, one.rounds[turn])
    causes = np.where(other.causes >= 0, turn[other.causes], -1)
    assert np.array_equal(causes, one.causes[turn])


@settings(max_examples=25, deadline=None)
@drawn(seed=st.integers(0, 10_000), levels=st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_a_stricter_threshold_never_labels_more(seed: int, levels: list[float]) -> None:
    rows, owners = clumps(each=8, noise=1.0, seed=seed)
    done = propagate(rows, some_labels(owners, seed=seed), "label_spreading", min_confidence=0)
    before: set[int] | None = None
    for level in sorted(levels):
        now = set(done.at(level).accepted.tolist())
        assert before is None or now <= before
        before = now
