from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.core.vectors import unit
from likewise.numeric.class_folds import NEVER, class_folds, same_image


def rows_of(count: int, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((count, 6)))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=2, max_size=40),
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=6),
)
def test_no_class_is_ever_without_and_copies_stay_together(
    owners: list[int], seed: int, copies: list[tuple[int, int]]
) -> None:
    rows, own = rows_of(len(owners), seed), np.array(owners)
    for one, other in copies:
        rows[one % len(owners)] = rows[other % len(owners)]
    folds = class_folds(rows, own, seed=seed)
    for fold in set(folds[folds != NEVER].tolist()):
        assert set(own[folds != fold].tolist()) == set(owners)
    groups = same_image(rows)
    for group in set(groups.tolist()):
        assert len(set(folds[groups == group].tolist())) == 1


def test_each_fold_takes_one_of_each_class() -> None:
    owners = np.repeat(np.arange(3), 4)
    folds = class_folds(rows_of(12), owners)
    for fold in range(4):
        assert sorted(owners[folds == fold].tolist()) == [0, 1, 2]


def test_many_images_are_at_most_so_many_folds() -> None:
    owners = np.repeat(np.arange(2), 30)
    folds = class_folds(rows_of(60), owners, most=5)
    assert np.bincount(folds).tolist() == [12] * 5
    assert all((folds[owners == 0] == fold).sum() == 6 for fold in range(5))


def test_folds_go_with_the_images_and_not_with_their_order() -> None:
    rows, owners = rows_of(20), np.repeat(np.arange(4), 5)
    order = np.random.default_rng(1).permutation(20)
    assert np.array_equal(class_folds(rows, owners)[order], class_folds(rows[order], owners[order]))


def test_another_seed_is_another_division() -> None:
    rows, owners = rows_of(20), np.repeat(np.arange(4), 5)
    assert not np.array_equal(class_folds(rows, owners), class_folds(rows, owners, seed=1))


def test_nothing_has_no_folds() -> None:
    assert class_folds(np.empty((0, 3), np.float32), np.empty(0, np.intp)).tolist() == []
