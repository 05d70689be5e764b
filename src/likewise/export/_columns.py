"""The columns of a dataset as a table: what every row has, and what is known of some."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa

from likewise.export.base import Dataset, Row, own_name

OWN = pa.schema(
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
        ("split", pa.string()),
    ]
)
"""What every row has."""

BLOCK = 4096
"""How many rows are in memory at a time."""

_KINDS = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


def schema_of(dataset: Dataset) -> pa.Schema:
    """`OWN`, and a column for each piece of metadata that a row has.

    A piece that is not of one simple type throughout becomes text: JSON, where it is no text.
    """
    kinds: dict[str, set[type]] = {}
    for row in dataset.rows:
        for key, value in row.metadata.items():
            if value is not None:
                kinds.setdefault(own_name(key), set()).add(_type(value))
    more = [(name, _kind(kinds[name])) for name in sorted(kinds)]
    return pa.schema([*OWN, *(pa.field(name, kind) for name, kind in more)])


def table_blocks(
    dataset: Dataset, schema: pa.Schema
) -> Iterator[tuple[list[Row], list[dict[str, Any]]]]:
    """Rows and their cells as the schema has them, a block at a time."""
    texts = {field.name for field in schema if pa.types.is_string(field.type)}
    floats = {field.name for field in schema if pa.types.is_floating(field.type)}
    rows = iter(dataset.rows)
    while block := list(islice(rows, BLOCK)):
        yield (
            block,
            [
                {
                    name: _cell(value, name in texts, name in floats)
                    for name, value in row.to_json().items()
                    if value is not None
                }
                for row in block
            ],
        )


def _type(value: Any) -> type:
    return str if isinstance(value, int) and not -(2**63) <= value < 2**63 else type(value)


def _kind(types: set[type]) -> pa.DataType:
    if types == {int, float}:
        return pa.float64()
    return _KINDS.get(next(iter(types)), pa.string()) if len(types) == 1 else pa.string()


def _cell(value: Any, is_text: bool, is_float: bool) -> Any:
    if is_text and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, default=str)
    return float(value) if is_float else value
