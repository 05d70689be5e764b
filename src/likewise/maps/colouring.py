"""Colours of all images by what is known of them: for the points of a map and for tiles."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.search.facets.choice import moment_of
from likewise.search.facets.columns import FacetColumn
from likewise.search.store.base import ITEM_SCHEMA
from likewise.workspace import Workspace

_MOST = 9  # values that get a colour of their own, the most frequent first
_PARTS = 5  # of a range, where its parts are told apart by letters


@dataclass(frozen=True, eq=False)
class Colouring:
    """A colour for every image.

    Attributes:
        classes: (n,) number of the colour of each image.
        scale: "ramp" from low to high, or "categories".
        legend: what the numbers mean: of categories one name each; of a ramp its two ends.
        others: the number of all less frequent values together; -1 where there are none.
        none: the number of images without a value; -1 where there are none.
    """

    classes: NDArray[np.uint8]
    scale: str
    legend: tuple[str, ...]
    others: int = -1
    none: int = -1


def colour_by_rule(workspace: Workspace, rule: Rule) -> Colouring:
    """By score, from the lowest to the highest."""
    scores = workspace.collection.scores(rule)
    return _ramp(scores.astype(np.float64))


def colour_by_column(workspace: Workspace, column: str) -> Colouring:
    """By a column: numbers and moments as a ramp, text by its most frequent values.

    Raises:
        BadInputError: no such column.
    """
    if column not in ITEM_SCHEMA.names:
        raise BadInputError(
            f"there is no column '{column}' to colour by; there are {', '.join(ITEM_SCHEMA.names)}"
        )
    batches = list(workspace.collection.store.scan([column]))
    values = pa.chunked_array(
        [batch.column(0) for batch in batches], ITEM_SCHEMA.field(column).type
    )
    if pa.types.is_integer(values.type):
        return _ramp(values.cast(pa.float64(), safe=False).to_numpy())
    if column in ("taken_at", "added_at"):
        moments = values.fill_null("").to_pylist()
        _, ranks = np.unique(np.array(moments), return_inverse=True)
        ramp = _ramp(ranks.astype(np.float64))
        ends = pc.min_max(values).as_py()
        return Colouring(ramp.classes, "ramp", (ends["min"] or "", ends["max"] or ""))
    encoded = pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values)
    encoded = encoded.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return _by_values(FacetColumn(column, "values", codes, tuple(encoded.dictionary.to_pylist())))


def colour_by_facet(workspace: Workspace, name: str, parts: bool = False) -> Colouring:
    """By a facet: a range as a ramp, values by the most frequent of them.

    Of the entries of a list, an image has the colour of the most frequent one.

    Args:
        workspace: whose images.
        name: of the facet; of a key of the metadata with "metadata." before it.
        parts: a range is told apart by five parts of equal width in place of a ramp.

    Raises:
        BadInputError: no such facet, or one that is nearly everywhere another.
    """
    facets, _ = workspace.collection.facets()
    if name not in facets.columns:
        raise BadInputError(
            f"there is nothing to colour by in '{name}'; there is {', '.join(facets.columns)}"
        )
    column = facets.columns[name]
    if column.kind == "values":
        return _by_values(column, len(workspace.collection))
    if parts:
        return _by_parts(column)
    return _ramp(np.append(column.numbers, np.nan)[column.codes])


def colour_by_groups(
    count: int, groups: Mapping[str, NDArray[np.int64]], rest: str = "none"
) -> Colouring:
    """By named groups of images; an image of several has the colour of the first.

    Args:
        count: of all images.
        groups: positions of each group's images by its name; those below 0 are left out.
        rest: what the other images are called.

    Example:
        >>> groups = {"a": np.array([0, 1]), "b": np.array([1, 2, -1])}
        >>> colour_by_groups(4, groups).classes
        array([0, 0, 1, 2], dtype=uint8)
    """
    names = tuple(groups)
    shown = names[:_MOST]
    others = len(shown) if len(names) > len(shown) else -1
    none = len(shown) + (others >= 0)
    classes = np.full(count, none, np.uint8)
    for number, name in reversed(tuple(enumerate(names))):
        positions = groups[name]
        classes[positions[positions >= 0]] = min(number, len(shown))
    legend = (*shown, *(["others"] if others >= 0 else []), rest)
    return Colouring(classes, "categories", legend, others, none)


def _by_values(column: FacetColumn, count: int = 0) -> Colouring:
    """The most frequent values one by one, the others together, those without one."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
    order = sorted(range(len(counts)), key=lambda one: (-counts[one], column.values[one]))
    shown = order[:_MOST]
    others = len(shown) if len(order) > len(shown) else -1
    none = len(shown) + (others >= 0)
    class_of = np.full(len(order) + 1, others, np.int64)
    class_of[shown] = np.arange(len(shown))
    class_of[-1] = none
    if column.rows is None:
        classes = class_of[column.codes].astype(np.uint8)
    else:
        classes = np.full(count, none, np.uint8)
        np.minimum.at(classes, column.rows, class_of[column.codes].astype(np.uint8))
    names = [column.values[one] for one in shown] + ["others"] * (others >= 0)
    if not (classes == none).any():
        return Colouring(classes, "categories", tuple(names), others)
    return Colouring(classes, "categories", (*names, "none"), others, none)


def _by_parts(column: FacetColumn) -> Colouring:
    """Parts of a range, and the images without a value."""
    finite = column.numbers[np.isfinite(column.numbers)]
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    width = (high - low) / _PARTS or 1.0
    places = np.clip(np.nan_to_num((column.numbers - low) / width), 0, _PARTS - 1)
    classes = np.append(places, _PARTS).astype(np.uint8)[column.codes]
    edges = [_written(column, low + width * edge) for edge in range(_PARTS + 1)]
    names = tuple(f"{a} to {b}" for a, b in itertools.pairwise(edges))
    if not (classes == _PARTS).any():
        return Colouring(classes, "categories", names)
    return Colouring(classes, "categories", (*names, "none"), none=_PARTS)


def _written(column: FacetColumn, edge: float) -> str:
    if column.kind == "times":
        return moment_of(edge)[:10]
    return f"{edge:,.0f}" if abs(edge) >= 100 else f"{edge:.3g}"


def _ramp(values: NDArray[np.float64]) -> Colouring:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    if low > high:  # nothing is known
        low = high = 0.0
    fraction = (np.where(np.isfinite(values), values, low) - low) / max(high - low, 1e-12)
    classes = np.round(255 * fraction).astype(np.uint8)
    return Colouring(classes, "ramp", (f"{low:.3g}", f"{high:.3g}"))
