"""The columns of a dataset as a table: what every row has, and what is known of some."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from likewise.export.base import Dataset, Row, unreserved_name

_OWN = pa.schema(
    [
        ("id", pa.string()),
        ("path", pa.string()),
        ("label", pa.string()),
        ("decided_by", pa.string()),
        ("score", pa.float32()),
        ("probability", pa.float32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("digest", pa.string()),
    ]
)
_OF_SPLITS = pa.schema([("split", pa.string())])
_OF_PARTS = pa.schema([("parent", pa.string()), ("box", pa.list_(pa.float64(), 4))])
_BLOCK = 4096  # rows in memory at a time
_KINDS = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


class Columns:
    """The columns of a dataset's rows, found by going through them once.

    They are what every row has; the split where there are any; `parent` and `box` where there are
    parts of images; and a column for each piece of metadata. A piece that is not of one simple
    type throughout becomes text: JSON, where it is no text.

    Args:
        dataset: whose rows.
        without: columns that are not wanted, such as the path on this machine.
    """

    def __init__(self, dataset: Dataset, without: Iterable[str] = ()) -> None:
        kinds: dict[str, set[type]] = {}
        parts = False
        for row in dataset.rows:
            parts = parts or row.box is not None
            for key, value in row.metadata.items():
                if value is not None:
                    kinds.setdefault(unreserved_name(key), set()).add(_type(value))
        every = [*_OWN]
        every += _OF_SPLITS if dataset.splits else ()
        every += _OF_PARTS if parts else ()
        every += [pa.field(name, _kind(kinds[name])) for name in sorted(kinds)]
        unwanted = frozenset(without)
        self.schema = pa.schema([field for field in every if field.name not in unwanted])
        self.names: list[str] = self.schema.names
        self._texts = {f.name for f in self.schema if pa.types.is_string(f.type)}
        self._floats = {f.name for f in self.schema if pa.types.is_floating(f.type)}

    def cells(self, row: Row) -> dict[str, Any]:
        """What a row has in each column, None where it has nothing."""
        row_values = row.to_json()
        return {name: self._cell(name, row_values.get(name)) for name in self.names}

    def tables(self, rows: Iterable[Row]) -> Iterator[pa.Table]:
        """Rows as Arrow tables, some thousands at a time."""
        rest = iter(rows)
        while block := list(islice(rest, _BLOCK)):
            yield pa.Table.from_pylist([self.cells(row) for row in block], schema=self.schema)

    def _cell(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self._texts:
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return float(value) if name in self._floats else value


def _type(value: Any) -> type:
    return str if isinstance(value, int) and not -(2**63) <= value < 2**63 else type(value)


def _kind(types: set[type]) -> pa.DataType:
    if types == {int, float}:
        return pa.float64()
    return _KINDS.get(next(iter(types)), pa.string()) if len(types) == 1 else pa.string()
