"""Shares that fill up evenly, quotas, floors; and clusters."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pools import clumps, names

from likewise.curate.base import Pool, curate
from likewise.curate.methods._quotas import even_shares
from likewise.errors import BadInputError, NotFoundError

SIZES = {"a": 100, "b": 10, "c": 3}


def pool() -> Pool:
    labels = tuple(label for label, size in SIZES.items() for _ in range(size))
    sites = ["north" if number % 3 else "south" for number in range(len(labels))]
    return Pool(names(len(labels)), labels=labels, facts={"site": sites})


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.floats(0, 1), st.data())
def test_shares_add_up_and_fit(sizes: list[int], evenness: float, data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(sizes)))
    shares = even_shares(np.array(sizes), total, evenness)
    assert shares.sum() == total
    assert (shares <= sizes).all()
    assert (shares >= 0).all()


def test_groups_become_as_small_as_the_smallest() -> None:
    assert curate(pool(), "balance").counts()["a"] == 3
    assert Counter(curate(pool(), "balance").parts) == {"a": 3, "b": 3, "c": 3}


def test_k_fills_up_what_the_small_cannot_give() -> None:
    assert Counter(curate(pool(), "balance", k=40).parts) == {"a": 27, "b": 10, "c": 3}


def test_evenness_nought_keeps_the_shares() -> None:
    counts = Counter(curate(pool(), "balance", k=57, evenness=0.0).parts)
    assert counts["a"] in (50, 51)
    assert counts["b"] in (5, 6)


def test_a_cap_and_quotas() -> None:
    assert Counter(curate(pool(), "balance", most=8).parts) == {"a": 8, "b": 8, "c": 3}
    counts = Counter(curate(pool(), "balance", quotas={"a": 20, "c": 2}).parts)
    assert counts == {"a": 20, "b": 10, "c": 2}


def test_quotas_that_cannot_be_met_are_told() -> None:
    with pytest.raises(BadInputError, match="'c' wants 5 and has 3 \\(2 short\\)"):
        curate(pool(), "balance", quotas={"a": 20, "c": 5, "b": 10})
    chosen = curate(pool(), "balance", quotas={"c": 5}, best_effort=True)
    assert Counter(chosen.parts)["c"] == 3
    assert "2 short" in chosen.notes[0]


def test_at_least_so_many_of_another_column() -> None:
    chosen = curate(pool(), "balance", by=("site",), k=20, at_least=3, of="label")
    kept = set(chosen.kept)
    counts = Counter(
        label for item, label in zip(pool().ids, pool().labels, strict=True) if item in kept
    )
    assert min(counts["a"], counts["b"], counts["c"]) >= 3
    assert abs(Counter(chosen.parts)["north"] - Counter(chosen.parts)["south"]) <= 1
    with pytest.raises(BadInputError, match="'c' wants 4 and has 3"):
        curate(pool(), "balance", by=("site",), at_least=4, of="label")
    with pytest.raises(BadInputError, match="more than the 8 wanted"):
        curate(pool(), "balance", by=("site",), k=8, at_least=3, of="label")


def test_several_columns_make_combinations() -> None:
    chosen = curate(pool(), "balance", by=("label", "site"), best_effort=True)
    assert set(chosen.parts) == {f"{x} / {y}" for x in "abc" for y in ("north", "south")}


def test_lots_do_not_change_when_items_come() -> None:
    few = pool().subset(names(113)[::2])
    one, other = curate(few, "balance", most=5), curate(pool(), "balance", most=5)
    staying = set(one.kept) & set(other.kept)
    assert staying == set(other.kept) & set(few.ids)


def test_an_unknown_column_names_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="columns: label, site"):
        curate(pool(), "balance", by=("camera",))


def test_even_takes_of_every_cluster() -> None:
    rows = clumps((200, 20, 20), noise=0.2)
    chosen = curate(Pool(names(240), rows), "even", k=30, clusters=3)
    places = [int(item[:5]) for item in chosen.kept]
    assert Counter(0 if place < 200 else 1 + (place >= 220) for place in places) == {
        0: 10,
        1: 10,
        2: 10,
    }
