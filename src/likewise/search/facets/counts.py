"""How many items each value and each part of a range has, among those that all else leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError, NotFoundError
from likewise.search.facets.choice import Choice, chosen_mask, condition_of, moment_of
from likewise.search.facets.columns import FacetColumn, FacetColumns

_BINS = 24


@dataclass(frozen=True)
class FacetQuery:
    """What is chosen, and what to count.

    Attributes:
        chosen: by the name of a facet.
        search: a text that the values of a facet have in them, by its name.
        k: values of each facet, those of the most items first; what is chosen is always among them.
    """

    chosen: Mapping[str, Choice]
    search: Mapping[str, str]
    k: int = 12


def check_choices(facets: FacetColumns, query: FacetQuery) -> None:
    """Refuse what a collection does not have.

    Raises:
        NotFoundError: no such facet.
        BadInputError: a range of a list, or values of a range.
    """
    for name in (*query.chosen, *query.search):
        if name not in facets.columns:
            names = ", ".join(facets.columns) or "none"
            raise NotFoundError(f"there is nothing to choose by '{name}' here; there is {names}")
    for name, choice in query.chosen.items():
        is_range = facets.columns[name].kind != "values"
        if is_range and choice.values:
            raise BadInputError(f"'{name}' is a range; give it low and high")
        if not is_range and (choice.low is not None or choice.high is not None):
            raise BadInputError(f"'{name}' is a list; give it values")


def condition(facets: FacetColumns, chosen: Mapping[str, Choice]) -> str:
    """All that is chosen as one SQL condition; "" where nothing is."""
    parts = [
        condition_of(facets.columns[name], choice)
        for name, choice in chosen.items()
        if not choice.is_empty
    ]
    return " AND ".join(parts)


def matching(facets: FacetColumns, chosen: Mapping[str, Choice], count: int) -> NDArray[np.bool_]:
    """Which items meet all that is chosen, as `condition` says it; bool, (count,)."""
    return _all_of(np.ones(count, dtype=np.bool_), _masks(facets, chosen, count))


def count_facets(
    facets: FacetColumns, query: FacetQuery, allowed: NDArray[np.bool_]
) -> tuple[int, list[dict[str, Any]]]:
    """The items that are left, and for each facet how many items its values have.

    A facet is counted among the items that everything but its own choice leaves, so that its other
    values say what they would add.

    Args:
        facets: of the collection.
        query: what is chosen and looked for.
        allowed: which items count at all; bool, (n,).
    """
    count = len(allowed)
    masks = _masks(facets, query.chosen, count)
    left = _all_of(allowed, masks)
    rows_left = np.flatnonzero(left)
    found = []
    for name, column in facets.columns.items():
        rows = rows_left
        if name in masks:
            others = {other: mask for other, mask in masks.items() if other != name}
            rows = np.flatnonzero(_all_of(allowed, others))
        choice = query.chosen.get(name, Choice())
        counted = _counted(column, rows, count)
        about = {"name": name, "kind": column.kind, "distinct": column.distinct}
        about["without"] = counted.without
        if column.kind == "values":
            about |= _values(column, counted.counts, choice, query.search.get(name, ""), query.k)
        else:
            about |= _histogram(column, counted.counts, choice)
        found.append(about)
    return len(rows_left), found


@dataclass(frozen=True, eq=False)
class _Counted:
    counts: NDArray[np.int64]
    without: int


def _masks(
    facets: FacetColumns, chosen: Mapping[str, Choice], count: int
) -> dict[str, NDArray[np.bool_]]:
    return {
        name: chosen_mask(facets.columns[name], choice, count)
        for name, choice in chosen.items()
        if not choice.is_empty
    }


def _all_of(
    allowed: NDArray[np.bool_], masks: Mapping[str, NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    for mask in masks.values():
        allowed = allowed & mask
    return allowed


def _counted(column: FacetColumn, rows: NDArray[np.int64], count: int) -> _Counted:
    """How many of the rows have each of the different values, and how many have none."""
    if column.rows is None:
        codes = column.codes if len(rows) == count else column.codes[rows]
        counts = np.bincount(codes.astype(np.int64) + 1, minlength=column.distinct + 1)
        return _Counted(counts[1:], int(counts[0]))
    is_among = np.zeros(count, dtype=np.bool_)
    is_among[rows] = True
    entries = is_among[column.rows]
    has_any = np.zeros(count, dtype=np.bool_)
    has_any[column.rows] = True
    counts = np.bincount(column.codes[entries], minlength=column.distinct)
    return _Counted(counts, len(rows) - int(np.count_nonzero(has_any & is_among)))


def _values(
    column: FacetColumn, counts: NDArray[np.int64], choice: Choice, search: str, k: int
) -> dict[str, Any]:
    numbers = np.arange(len(column.values))
    if search:
        text = search.casefold()
        hits = [number for number, value in enumerate(column.values) if text in value.casefold()]
        numbers = np.array(hits, np.int64)
    order = sorted(numbers.tolist(), key=lambda number: (-counts[number], column.values[number]))
    chosen = set(choice.values)
    shown = [number for number in order[:k] if column.values[number] not in chosen]
    first = [number for number, value in enumerate(column.values) if value in chosen]
    return {
        "values": [
            {
                "value": column.values[number],
                "count": int(counts[number]),
                "chosen": number in first,
            }
            for number in (*first, *shown)
        ],
        "without_chosen": None in chosen,
        "matching": len(order),
    }


def _histogram(column: FacetColumn, counts: NDArray[np.int64], choice: Choice) -> dict[str, Any]:
    """Counts of parts of equal width, over the whole range whatever is chosen."""
    finite = column.numbers[np.isfinite(column.numbers)]
    low, high = float(finite.min(initial=math.inf)), float(finite.max(initial=-math.inf))
    width = (high - low) / _BINS or 1.0
    parts = np.clip(np.nan_to_num((column.numbers - low) / width), 0, _BINS - 1).astype(np.int64)
    written = moment_of if column.kind == "times" else float
    ends = {"low": choice.low, "high": choice.high}
    return {
        "low": written(low),
        "high": written(high),
        "counts": np.bincount(parts, counts, _BINS).astype(np.int64).tolist(),
        "chosen": {name: None if end is None else written(end) for name, end in ends.items()},
    }
