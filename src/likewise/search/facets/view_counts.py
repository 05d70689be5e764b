"""How many images a view has now, and what of its choices is gone since it was saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.search.facets.choice import Choice, chosen_mask, condition_of
from likewise.search.facets.columns import TIMES, FacetColumn, FacetColumns, Kind
from likewise.search.facets.view import View

if TYPE_CHECKING:
    from likewise.search.collection import Collection


@dataclass(frozen=True)
class Gone:
    """A choice of a view that no image meets any more.

    Attributes:
        facet: its name; "where" for the condition.
        value: the value, or the condition; None for a range and for images without a value.
        images: how many met it when the view was saved; None where that is not known.
    """

    facet: str
    value: str | None
    images: int | None


@dataclass(frozen=True)
class ViewCounts:
    """A view as it reads now.

    Attributes:
        view: without what is gone.
        images: how many it has.
        chosen: the choices as a condition; "" where nothing is chosen.
        condition: all of it, the view's own condition included.
        gone: what was left out.
    """

    view: View
    images: int
    chosen: str
    condition: str
    gone: tuple[Gone, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            "images": self.images,
            "chosen": self.chosen,
            "condition": self.condition,
            "gone": [vars(one) for one in self.gone],
        }


def count_view(view: View, collection: Collection) -> ViewCounts:
    """Count the images of a view; choices that no image meets any more are left out and listed.

    A facet of which several values are chosen keeps those that are left. A choice that no image met
    when the view was saved is not gone.
    """
    where, gone = view.where, []
    try:
        facets, allowed = collection.facets(where or None)
    except BadInputError:  # a key of the metadata that no image has any more
        gone.append(Gone("where", where, view.images))
        where = ""
        facets, allowed = collection.facets()
    chosen: dict[str, Choice] = {}
    meets = np.ones(len(allowed), dtype=np.bool_)
    parts = []
    for name, choice in view.chosen.items():
        column, counts = _counts(facets, collection, name, choice)
        before = view.counts.get(name, (None,) * len(counts))
        values = choice.values or (None,)
        lost = [
            Gone(name, value, then)
            for value, now, then in zip(values, counts, before, strict=False)
            if not now and then != 0
        ]
        gone += lost
        kept = _without(choice, {one.value for one in lost})
        if not kept.is_empty:
            chosen[name] = kept
            parts.append(condition_of(column, kept))
            meets &= _mask(facets, collection, column, kept)
    written = " AND ".join(parts)
    if written:
        collection.remember_matching(facets.version, written, meets)
    both = f"({where}) AND ({written})" if where and written else where or written
    left = replace(view, chosen=chosen, where=where)
    return ViewCounts(left, int(np.count_nonzero(allowed & meets)), written, both, tuple(gone))


def with_counts(view: View, collection: Collection) -> View:
    """The view with how many images it has now, and how many meet each of its choices.

    Raises:
        BadInputError: a condition that cannot be read, or a facet that is not there.
    """
    facets, _ = collection.facets(view.where or None)
    counts: Mapping[str, tuple[int, ...]] = {
        name: tuple(_counts(facets, collection, name, choice)[1])
        for name, choice in view.chosen.items()
    }
    missing = [name for name, found in counts.items() if not any(found)]
    if missing:
        raise BadInputError(
            f"no image has what is chosen of '{missing[0]}', so the view was not saved; there is "
            f"{', '.join(facets.columns) or 'nothing'} to choose by"
        )
    counted = count_view(replace(view, counts=counts), collection)
    return replace(view, images=counted.images, counts=counts)


def _without(choice: Choice, lost: set[str | None]) -> Choice:
    if not lost:
        return choice
    return Choice(tuple(value for value in choice.values if value not in lost))


def _counts(
    facets: FacetColumns, collection: Collection, name: str, choice: Choice
) -> tuple[FacetColumn, list[int]]:
    """The column of a facet, and how many images have each chosen value, or are in the range.

    Images whose files are missing are not counted.
    """
    present = collection.meeting()
    column = facets.columns.get(name)
    is_range = not choice.values
    if column is None or (column.kind != "values") != is_range:
        column = _not_listed(name, is_range)
    if is_range or column.name not in facets.columns:
        each = [choice] if is_range else [Choice((value,)) for value in choice.values]
        masks = (_mask(facets, collection, column, one) for one in each)
        return column, [int(np.count_nonzero(mask & present)) for mask in masks]
    numbers = {value: number for number, value in enumerate(column.values)}
    is_counted = present if column.rows is None else present[column.rows]
    codes = column.codes[is_counted]
    totals = np.bincount(codes[codes >= 0], minlength=len(column.values))
    without = int((codes < 0).sum())
    if column.rows is not None:
        without = int(present.sum()) - len(np.unique(column.rows[is_counted]))
    return column, [
        without if value is None else int(totals[numbers[value]]) if value in numbers else 0
        for value in choice.values
    ]


def _not_listed(name: str, is_range: bool) -> FacetColumn:
    """A facet that is none now, for all images have the same, or nearly each another value."""
    kind: Kind = "values" if not is_range else "times" if name in TIMES else "numbers"
    return FacetColumn(name, kind, np.zeros(0, np.int32))


def _mask(
    facets: FacetColumns, collection: Collection, column: FacetColumn, choice: Choice
) -> NDArray[np.bool_]:
    if facets.columns.get(column.name) is column:
        return chosen_mask(column, choice, len(collection))
    try:
        return collection.meeting(condition_of(column, choice))
    except BadInputError:  # no image has this key any more
        return np.zeros(len(collection), dtype=np.bool_)
