from __future__ import annotations

import numpy as np
import pytest
from worlds import at

from likewise.errors import BadInputError
from likewise.review.query_strategies.base import (
    Pool,
    best_first,
    doubtful_first,
    farthest_first,
    without_copies,
)

COMPASS = at(0, 1, 45, 90, 91, 180)
FALLING = np.linspace(1, 0.5, 6).astype(np.float32)


def test_copies_make_way_and_come_last() -> None:
    pool = Pool(FALLING, COMPASS)
    assert without_copies(best_first(pool), pool, 4, 0.99) == [0, 2, 3, 5]
    assert without_copies(best_first(pool), pool, 6, 0.99) == [0, 2, 3, 5, 1, 4]
    lately = Pool(FALLING, COMPASS, answered=at(90))
    assert without_copies(best_first(lately), lately, 3, 0.99) == [0, 2, 5]
    assert without_copies(best_first(pool), pool, 3, 0.99, page=[0]) == [2, 3, 5]


def test_nothing_is_a_copy_where_the_bar_is_above_one() -> None:
    pool = Pool(FALLING, COMPASS, answered=at(0))
    assert without_copies(best_first(pool), pool, 3, 1.1) == [0, 1, 2]


def test_farthest_first_is_textbook_greedy_k_centre() -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        rows = random.standard_normal((30, 3)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        pool = Pool(np.zeros(30, np.float32), rows[:30], answered=rows[:1])
        centres, slow = [rows[0]], []
        for _ in range(8):  # the slow, obvious way
            gaps = [min(float(np.linalg.norm(row - c)) for c in centres) for row in rows]
            slow.append(int(np.argmax(gaps)))
            centres.append(rows[slow[-1]])
        assert farthest_first(np.arange(30), pool, 8) == slow


def test_the_first_candidate_comes_first_where_nothing_is_shown_yet() -> None:
    pool = Pool(FALLING, COMPASS)
    assert farthest_first(np.array([2, 0, 5]), pool, 2) == [2, 5]
    assert farthest_first(np.array([2, 0, 5]), pool, 3, page=[2]) == [5, 0]
    assert farthest_first(np.array([2, 2])[:0], pool, 3) == []
    same = Pool(FALLING, np.ones((6, 1), np.float32))
    assert sorted(farthest_first(np.arange(6), same, 6)) == [0, 1, 2, 3, 4, 5]


def test_doubt_is_nearness_to_one_half_or_to_the_threshold() -> None:
    chances = np.array([0.9, 0.55, 0.1, 0.4, 0.5, 0.0], np.float32)
    assert doubtful_first(Pool(FALLING, COMPASS, chances)).tolist() == [4, 1, 3, 0, 2, 5]
    near = Pool(FALLING, COMPASS, threshold=0.7)
    assert doubtful_first(near)[0] == 3


def test_a_pool_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInputError, match="one row for each score"):
        Pool(FALLING[:2], COMPASS)
    with pytest.raises(BadInputError, match="probabilities"):
        Pool(FALLING, COMPASS, FALLING[:1])
    with pytest.raises(BadInputError, match="2 columns"):
        Pool(FALLING, COMPASS, answered=np.eye(3, dtype=np.float32))
