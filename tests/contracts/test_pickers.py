"""What every picker must do, whoever wrote it: runs over all that are registered."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.registry import class_name, names
from likewise.review.query_strategies.base import Picker, Pool, make_picker

PICKERS = names("pick")
HONEST = {"random_audit"}
"""Puts nothing off: a sample that avoids copies would not be a fair one."""


def pool_of(count: int = 60, dim: int = 12, seed: int = 0, *, lately: int = 5) -> Pool:
    random = np.random.default_rng(seed)
    rows = unit(random.standard_normal((count, dim)))
    scores = np.asarray(rows[:, 0], np.float32)
    return Pool(
        scores,
        rows,
        probabilities=np.asarray(1 / (1 + np.exp(-6 * scores)), np.float32),
        threshold=0.1,
        answered=unit(random.standard_normal((lately, dim))),
        yes=20,
        no=40,
        seed=seed,
    )


@pytest.mark.parametrize("name", PICKERS)
def test_is_a_frozen_record_with_defaults(name: str) -> None:
    picker = make_picker(name)
    assert isinstance(picker, Picker)
    assert type(picker).__name__ == class_name(name)
    assert type(picker).__dataclass_params__.frozen  # type: ignore[attr-defined]
    options = {f.name: getattr(picker, f.name) for f in fields(picker)}  # type: ignore[arg-type]
    assert make_picker(name, **options) == picker


@pytest.mark.parametrize("name", PICKERS)
@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(0, 50),
    count=st.integers(0, 30),
    lately=st.integers(0, 6),
    calibrated=st.booleans(),
    asked=st.integers(0, 200),
    seed=st.integers(0, 9),
)
def test_a_page_is_full_and_holds_nothing_twice(
    name: str, size: int, count: int, lately: int, calibrated: bool, asked: int, seed: int
) -> None:
    pool = replace(pool_of(size, seed=seed, lately=lately), yes=asked, no=0)
    if not calibrated:
        pool = replace(pool, probabilities=None)
    page = make_picker(name).pick(pool, count)
    assert page.dtype == np.intp
    assert len(page) == min(size, count)
    assert len(set(page.tolist())) == len(page)
    assert set(page.tolist()) <= set(range(size))
    assert np.array_equal(page, make_picker(name).pick(pool, count))


@pytest.mark.parametrize("name", sorted(set(PICKERS) - HONEST))
def test_near_copies_of_what_was_answered_wait_for_the_rest(name: str) -> None:
    pool = pool_of()
    best = pool.rows[np.argmax(pool.scores)]
    copies = unit(best + np.float32(0.005) * np.random.default_rng(1).standard_normal((30, 12)))
    crowded = replace(
        pool,
        scores=np.concatenate([pool.scores, np.full(30, 0.5, np.float32)]),
        rows=np.concatenate([pool.rows, copies.astype(np.float32)]),
        probabilities=None,
        threshold=0.5,
        answered=best[None],
    )
    picker = make_picker(name)
    page = picker.pick(crowded, 20)
    copied = crowded.rows @ best >= 0.99
    assert not copied[page].any()
    assert len(picker.pick(crowded, 1000)) == 90  # put off, not lost
    only = Pool(np.ones(30, np.float32), copies.astype(np.float32), answered=best[None])
    assert len(set(picker.pick(only, 20).tolist())) == 20


@pytest.mark.parametrize("name", sorted(set(PICKERS) - HONEST))
def test_two_copies_are_not_on_one_page(name: str) -> None:
    pool = pool_of()
    twice = replace(
        pool,
        scores=np.tile(pool.scores, 2),
        rows=np.tile(pool.rows, (2, 1)),
        probabilities=None,
    )
    page = make_picker(name).pick(twice, 12)
    assert len(set((page % 60).tolist())) == 12


@pytest.mark.parametrize("name", sorted(set(PICKERS) - HONEST))
def test_order_of_the_pool_does_not_matter(name: str) -> None:
    pool = pool_of()
    turn = np.random.default_rng(3).permutation(60)
    assert pool.probabilities is not None
    turned = replace(
        pool,
        scores=pool.scores[turn],
        rows=pool.rows[turn],
        probabilities=pool.probabilities[turn],
    )
    picker = make_picker(name)
    assert turn[picker.pick(turned, 20)].tolist() == picker.pick(pool, 20).tolist()


def test_an_unknown_picker_or_option_is_told() -> None:
    with pytest.raises(BadInputError, match="mixed"):
        make_picker("mixd")
    with pytest.raises(BadInputError, match="no option 'depth'"):
        make_picker("varied", depth=2)
