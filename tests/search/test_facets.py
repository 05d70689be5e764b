"""Facets: what there is to choose from, and that a choice is the condition it is written as."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from likewise.errors import BadInputError, NotFoundError
from likewise.search.facets.choice import Choice, chosen_mask, condition_of, seconds_of
from likewise.search.facets.columns import FacetColumns, read_facets
from likewise.search.facets.counts import (
    FacetQuery,
    check_choices,
    condition,
    count_facets,
    matching,
)
from likewise.search.store.lance import Lance


def stored(path: Path, metadata: Sequence[dict[str, Any]], **columns: Sequence[Any]) -> Lance:
    """A dataset of items with this metadata, and these columns."""
    count = len(metadata)
    rows = {"item_id": [f"{n}.jpg" for n in range(count)], **columns}
    store = Lance(path, dim=1)
    cells = [json.dumps(one) for one in metadata]
    store.append(pa.table({**rows, "metadata": cells}), np.ones((count, 1), np.float32))
    return store


def counted(store: Lance, **chosen: Choice) -> dict[str, Any]:
    facets = read_facets(store)
    query = FacetQuery({name.replace("__", "."): one for name, one in chosen.items()}, {})
    _, found = count_facets(facets, query, np.ones(len(store), np.bool_))
    return {one["name"]: one for one in found}


def values(facet: dict[str, Any]) -> dict[str, int]:
    return {one["value"]: one["count"] for one in facet["values"]}


def test_columns_and_metadata_are_lists_and_ranges(tmp_path: Path) -> None:
    metadata = [
        {"colour": "red" if n % 3 else "blue", "price": n / 2, "rating": n % 5, "sold": n > 4}
        for n in range(20)
    ]
    days = [f"2020-01-{n + 1:02d}T00:00:00" for n in range(19)]
    found = counted(
        stored(
            tmp_path / "v",
            metadata,
            folder=["a/b"] * 6 + ["c"] * 14,
            camera=["Leica"] * 20,
            width=list(range(100, 120)),
            taken_at=[*days, None],
        )
    )
    assert list(found) == [
        *("folder", "taken_at", "width"),
        *("metadata.colour", "metadata.price", "metadata.rating", "metadata.sold"),
    ]  # every camera is the same: nothing to choose
    assert values(found["folder"]) == {"c": 14, "a/b": 6}
    assert values(found["metadata.rating"]) == {str(n): 4 for n in range(5)}
    assert values(found["metadata.sold"]) == {"true": 15, "false": 5}
    price = found["metadata.price"]
    assert (price["kind"], price["low"], price["high"], sum(price["counts"])) == (
        "numbers", 0.0, 9.5, 20,
    )  # fmt: skip
    taken = found["taken_at"]
    assert (taken["kind"], taken["low"], taken["high"]) == ("times", days[0], days[-1])
    assert (sum(taken["counts"]), taken["without"]) == (19, 1)


def test_entries_of_lists_are_values_of_their_own(tmp_path: Path) -> None:
    lists = [["cat"], ["cat", "dog"], [], ["dog", "dog"], ["hot dog"]]
    store = stored(tmp_path / "v", [{"labels": one} for one in lists] + [{}])
    labels = counted(store)["metadata.labels"]
    assert values(labels) == {"cat": 2, "dog": 2, "hot dog": 1}
    assert labels["without"] == 2
    column = read_facets(store).columns["metadata.labels"]
    for choice, rows in [
        (Choice(("dog",)), [1, 3]),
        (Choice(("cat", None)), [0, 1, 2, 5]),
    ]:
        assert np.flatnonzero(chosen_mask(column, choice, 6)).tolist() == rows
        assert store.positions_where(condition_of(column, choice)).tolist() == rows


def test_a_facet_is_counted_among_what_the_others_leave(tmp_path: Path) -> None:
    metadata = [{"colour": colour, "size": size} for colour in "rgb" for size in "SML"]
    store = stored(tmp_path / "v", metadata)
    found = counted(store, metadata__colour=Choice(("r", "g")), metadata__size=Choice(("S",)))
    assert values(found["metadata.colour"]) == {"r": 1, "g": 1, "b": 1}
    assert values(found["metadata.size"]) == {"S": 2, "M": 2, "L": 2}
    assert [one["chosen"] for one in found["metadata.size"]["values"]] == [True, False, False]


def test_what_is_looked_for_and_what_is_chosen_is_shown(tmp_path: Path) -> None:
    store = stored(tmp_path / "v", [{"name": f"Name {n}"} for n in range(40)])
    facets = read_facets(store)
    query = FacetQuery({"metadata.name": Choice(("Name 7",))}, {"metadata.name": "NAME 3"}, k=3)
    _, (name,) = count_facets(facets, query, np.ones(40, np.bool_))
    assert [one["value"] for one in name["values"]] == ["Name 7", "Name 3", "Name 30", "Name 31"]
    assert name["matching"] == 11


def test_what_is_nearly_everywhere_another_is_named_and_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.search.facets.columns.MOST_VALUES", 10)
    store = stored(tmp_path / "v", [{"text": f"{n} a", "kind": n % 2} for n in range(11)])
    facets = read_facets(store)
    assert (list(facets.columns), facets.left_out) == (["metadata.kind"], ("metadata.text",))


def test_what_there_is_not_is_refused(tmp_path: Path) -> None:
    facets = read_facets(stored(tmp_path / "v", [{"kind": n % 2} for n in range(4)]))
    with pytest.raises(NotFoundError, match="'kidn' here; there is metadata.kind"):
        check_choices(facets, FacetQuery({"kidn": Choice(("1",))}, {}))
    with pytest.raises(BadInputError, match="is a list"):
        check_choices(facets, FacetQuery({"metadata.kind": Choice(low=1.0)}, {}))
    assert read_facets(Lance(tmp_path / "empty", dim=1)).columns == {}
    with pytest.raises(BadInputError, match="is not a time"):
        seconds_of("yesterday")


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
PLAIN = (
    TEXTS | st.integers(-5, 5) | st.booleans() | st.none() | st.sampled_from(["'", '"', "--", ";"])
)
NUMBERS = st.integers(-40, 40) | st.floats(-9, 9).map(lambda x: round(x, 2)) | st.none()
CELLS = st.one_of(
    st.lists(PLAIN, min_size=2, max_size=12),
    st.lists(st.lists(TEXTS, max_size=3) | st.none(), min_size=2, max_size=12),
    st.lists(NUMBERS, min_size=14, max_size=30),
    st.lists(st.integers(0, 99).map(str), min_size=14, max_size=30),
)
KEYS = st.sampled_from(["key", "a key", 'with "quotes"', "it's", "Ünicode", "select"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cells=CELLS, key=KEYS, data=st.data())
def test_a_choice_is_its_condition(
    tmp_path_factory: pytest.TempPathFactory, cells: list[Any], key: str, data: st.DataObject
) -> None:
    metadata = [{} if cell is None else {key: cell} for cell in cells]
    store = stored(tmp_path_factory.mktemp("facets") / "v", metadata)
    facets: FacetColumns = read_facets(store)
    for name, column in facets.columns.items():
        if column.kind == "values":
            offered = st.lists(st.sampled_from([*column.values, None]), min_size=1, max_size=3)
            choice = Choice(tuple(data.draw(offered)))
        else:
            low, high = data.draw(NUMBERS), data.draw(NUMBERS)
            ends = [None if end is None else float(end) for end in (low, high)]
            choice = Choice(low=ends[0], high=ends[1])
        if choice.is_empty:
            continue
        mask = chosen_mask(column, choice, len(cells))
        written = condition(facets, {name: choice})
        assert matching(facets, {name: choice}, len(cells)).tolist() == mask.tolist()
        assert store.positions_where(written).tolist() == np.flatnonzero(mask).tolist(), written
