from __future__ import annotations

import numpy as np
import pytest
from worlds import at, world

from likewise.core.vectors import Vectors, unit
from likewise.numeric.folds import make_folds


@pytest.mark.parametrize(("count", "expected"), [(2, 2), (10, 10), (11, 5), (40, 5)])
def test_few_examples_are_left_out_one_by_one(count: int, expected: int) -> None:
    rows = world().rows
    folds = make_folds(rows[:count], rows[50:57], background=100)
    assert folds.count == expected
    sizes = np.bincount(folds.positives, minlength=expected)
    assert sizes.max() - sizes.min() <= 1
    assert np.bincount(folds.background).min() >= 100 // expected
    assert len(folds.negatives) == 7


def test_every_row_is_held_out_once() -> None:
    rows = world().rows
    folds = make_folds(rows[:12], rows[50:60], background=30)
    held_out = [~folds.training(fold)["positives"] for fold in range(folds.count)]
    assert np.sum(held_out, axis=0).tolist() == [1] * 12


def test_copies_stay_together() -> None:
    rows = np.concatenate([at(0, 20, 40), at(20, 0)])
    folds = make_folds(rows, rows[:0], background=0)
    assert folds.count == 3
    assert folds.positives[0] == folds.positives[4]
    assert folds.positives[1] == folds.positives[3]


def test_folds_follow_the_examples_and_not_their_order() -> None:
    rows = world().rows[:23]
    order = np.random.default_rng(0).permutation(23)
    one = make_folds(rows, rows[:0], background=0)
    other = make_folds(rows[order], rows[:0], background=0)
    assert np.array_equal(one.positives[order], other.positives)


def spread(count: int, dim: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32))


def test_near_copies_stay_together_and_are_one_fold() -> None:
    """Apart, a rule that was learned from one finds the other, whatever else it finds."""
    others = spread(4, 64)
    copies = unit(others[:1] + np.float32(0.2) * spread(5, 64, seed=1))
    folds = make_folds(np.concatenate([others, copies]), others[:0], background=8)
    assert folds.count == 4
    assert set(folds.positives[4:].tolist()) == {folds.positives[0]}


def test_examples_that_are_all_alike_are_held_out_one_by_one() -> None:
    rows = unit(spread(1, 64) + np.float32(0.2) * spread(9, 64, seed=1))
    assert make_folds(rows, rows[:0], background=8).count == 9
