"""Columns of items and keys of their metadata, each as codes into its different values."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from likewise.search.store._lance_rows import LanceRows
from likewise.search.store._metadata_fields import column
from likewise.search.store.base import ITEM_SCHEMA

Kind = Literal["values", "numbers", "times"]

PREFIX = "metadata."
"""Before the name of a key of the metadata."""

TIMES = ("taken_at", "added_at")
"""Columns of moments, as ISO 8601 text; parts of a second and zones are not looked at."""

MOST_VALUES = 20_000
"""Different texts beyond which a column is no list to choose from: names of files, captions."""

_COLUMNS = ("folder", "camera", "source", "taken_at", "added_at", "width", "height", "bytes")
_SECONDS = len("2020-07-31T18:04:05")
_FEW = 12  # different numbers, such as ratings, that are a list and no range
_SEPARATOR = ", "  # between the entries of a list as JSON: no entry may be it


@dataclass(frozen=True, eq=False)
class FacetColumn:
    """A column, or a key of the metadata, of all items of one version.

    Attributes:
        name: of the column; of a key with "metadata." before it.
        kind: "values" to choose from, or a range of "numbers" or of "times" (seconds since 1970).
        codes: (n,) which of the different values an item has, -1 for none; int32. Where an item
            may have several, (m,) of all entries.
        values: the different values, as text; empty where they are a range.
        numbers: the different values of a range, float64; empty where they are a list.
        rows: (m,) which item each entry is of, where an item may have several.
    """

    name: str
    kind: Kind
    codes: NDArray[np.int32]
    values: tuple[str, ...] = ()
    numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    rows: NDArray[np.int32] | None = None

    @property
    def key(self) -> str | None:
        """The key of the metadata; None for a column."""
        return self.name.removeprefix(PREFIX) if self.name.startswith(PREFIX) else None

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.values) or len(self.numbers)


@dataclass(frozen=True, eq=False)
class FacetColumns:
    """What can be chosen from in one version of a collection.

    Attributes:
        version: of the collection.
        columns: by name; those of which all items have the same are left out.
        left_out: names of those with more than `MOST_VALUES` different texts.
    """

    version: int
    columns: Mapping[str, FacetColumn]
    left_out: tuple[str, ...]


def read_facets(store: LanceRows) -> FacetColumns:
    """Read the columns and the metadata of all items, once for a version.

    Args:
        store: rows that do not change meanwhile.
    """
    batches = list(store.scan([*_COLUMNS, "metadata"])) if len(store) else []
    table = pa.Table.from_batches(batches) if batches else None
    found = [] if table is None else [_of_column(name, table.column(name)) for name in _COLUMNS]
    cells = () if table is None else (cell for batch in batches for cell in _metadata(batch))
    found += _of_metadata(cells, len(store))
    columns: dict[str, FacetColumn] = {}
    left_out = []
    for facet in found:
        if len(facet.values) > MOST_VALUES:
            left_out.append(facet.name)
        elif facet.distinct > 1 or (facet.distinct == 1 and _has_none(facet, len(store))):
            columns[facet.name] = facet
    return FacetColumns(store.version, columns, tuple(left_out))


def _metadata(batch: pa.RecordBatch) -> list[str | None]:
    cells: list[str | None] = batch.column("metadata").to_pylist()
    return cells


def _has_none(facet: FacetColumn, count: int) -> bool:
    return bool((facet.codes < 0).any()) or (
        facet.rows is not None and len(np.unique(facet.rows)) < count
    )


def _of_column(name: str, cells: pa.ChunkedArray) -> FacetColumn:
    if pa.types.is_string(cells.type):
        cells = pc.if_else(pc.equal(cells, ""), pa.scalar(None, cells.type), cells)
    encoded = cells.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    if name in TIMES:
        return _of_times(name, codes, encoded.dictionary)
    values = encoded.dictionary.to_pylist()
    if pa.types.is_integer(ITEM_SCHEMA.field(name).type) and len(values) > _FEW:
        return FacetColumn(name, "numbers", codes, numbers=np.array(values, np.float64))
    return FacetColumn(name, "values", codes, tuple(map(str, values)))


def _of_times(name: str, codes: NDArray[np.int32], texts: pa.Array) -> FacetColumn:
    """A column of moments; what is none counts as nothing."""
    whole = pc.utf8_slice_codeunits(texts, 0, _SECONDS)
    moments = pc.strptime(whole, "%Y-%m-%dT%H:%M:%S", "s", error_is_null=True)
    seconds = moments.cast(pa.int64()).cast(pa.float64()).to_numpy(zero_copy_only=False)
    different, numbers = np.unique(seconds, return_inverse=True)
    different = different[np.isfinite(different)]
    numbers = np.append(np.where(numbers < len(different), numbers, -1), -1)
    return FacetColumn(name, "times", numbers[codes].astype(np.int32), numbers=different)


class _Coded:
    """The values of one key, as they are read."""

    def __init__(self) -> None:
        self.codes, self.rows = array("i"), array("i")
        self._code_of: dict[Any, int] = {}
        self.distinct: list[Any] = []

    def add(self, row: int, value: Any) -> None:
        if value is None or value == "":
            return
        key = value if isinstance(value, str) else (type(value), json.dumps(value))
        code = self._code_of.get(key)
        if code is None:
            code = self._code_of[key] = len(self.distinct)
            self.distinct.append(value)
        self.codes.append(code)
        self.rows.append(row)


def _of_metadata(cells: Iterable[str | None], count: int) -> list[FacetColumn]:
    keys: dict[str, _Coded] = {}
    for row, cell in enumerate(cells):
        for key, value in json.loads(cell).items() if cell else ():
            coded = keys.get(key)
            if coded is None:
                coded = keys[key] = _Coded()
            coded.add(row, value)
    readable = {key: coded for key, coded in keys.items() if _can_be_written(key)}
    return [_of_key(f"{PREFIX}{key}", readable[key], count) for key in sorted(readable)]


def _can_be_written(key: str) -> bool:
    """Whether a condition can name a key; what the columns have already is left out."""
    return bool(key) and key not in ITEM_SCHEMA.names and not ('"' in key and "`" in key)


def _of_key(name: str, coded: _Coded, count: int) -> FacetColumn:
    if coded.distinct and all(map(_is_list_of_texts, coded.distinct)):
        return _of_lists(name, coded)
    typed = column(coded.distinct, "")
    is_number = pa.types.is_integer(typed.type) or pa.types.is_floating(typed.type)
    if is_number and len(typed) > _FEW:
        numbers = typed.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return FacetColumn(name, "numbers", _spread(coded, coded.codes, count), numbers=numbers)
    values: dict[str, int] = {}  # 1 and "1" are one text
    texts = column(coded.distinct, "text").to_pylist()
    merged = np.array([values.setdefault(text, len(values)) for text in texts], np.int32)
    codes = merged[np.array(coded.codes, np.int64)]
    return FacetColumn(name, "values", _spread(coded, codes, count), tuple(values))


def _spread(
    coded: _Coded, codes: Sequence[int] | NDArray[np.int32], count: int
) -> NDArray[np.int32]:
    """Codes of the items that have a value, as those of all; -1 for the others."""
    found = np.full(count, -1, np.int32)
    found[np.array(coded.rows, np.int64)] = np.array(codes, np.int32)
    return found


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(entry, str) and entry != _SEPARATOR for entry in value
    )


def _of_lists(name: str, coded: _Coded) -> FacetColumn:
    """Entries of lists, such as the classes of the boxes of an image, each of its own."""
    values: dict[str, int] = {}
    entries = [
        np.array([values.setdefault(entry, len(values)) for entry in dict.fromkeys(cell)], np.int32)
        for cell in coded.distinct
    ]
    rows, codes = np.array(coded.rows, np.int32), np.array(coded.codes, np.int64)
    lengths = np.array([len(numbers) for numbers in entries], np.int64)[codes]
    flat = np.concatenate([np.empty(0, np.int32), *_taken(entries, codes)])
    return FacetColumn(name, "values", flat, tuple(values), rows=np.repeat(rows, lengths))


def _taken(
    entries: Sequence[NDArray[np.int32]], codes: NDArray[np.int64]
) -> list[NDArray[np.int32]]:
    return [entries[code] for code in codes.tolist()]
