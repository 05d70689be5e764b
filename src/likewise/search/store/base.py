"""The columns of items, and what a row must be to be stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike

from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError

ITEM_SCHEMA = pa.schema(
    [
        pa.field("item_id", pa.string(), nullable=False),  # the source's own key
        pa.field("uri", pa.string()),  # where to open it
        pa.field("digest", pa.string()),  # of the content
        pa.field("bytes", pa.int64()),
        pa.field("modified", pa.int64()),  # nanoseconds since 1970
        pa.field("width", pa.int32()),  # pixels, upright
        pa.field("height", pa.int32()),
        pa.field("taken_at", pa.string()),  # 2020-07-31T18:04:05, the camera's own clock
        pa.field("camera", pa.string()),
        pa.field("folder", pa.string()),
        pa.field("source", pa.string()),
        pa.field("added_at", pa.string()),  # 2020-07-31T16:04:05Z
        pa.field("metadata", pa.string()),  # a JSON object
        pa.field("parent_id", pa.string()),  # of the image that it is a part of
        pa.field("box", pa.list_(pa.float64(), 4)),  # which part: x, y, width, height, upright
    ]
)
"""What is kept of every item, its vector apart.

Moments are ISO 8601 text, which sorts as time does: ``taken_at >= '2020-01-01'`` needs no cast,
and a camera's clock has no zone that could be lost.

An item with a ``box`` is a part of an image: ``bytes`` and ``modified`` are of the image's file,
``digest``, ``width`` and ``height`` of the part. Columns are only ever added, at the end, and are
null in what was written before: a store brings an older dataset up to date when it opens it.
"""

_UNIT_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Segment:
    """A run of rows whose vectors never change once written, though rows of it may be deleted.

    Attributes:
        name: never used again for other rows.
        rows: how many it had when it was written.
        deleted: how many of them are deleted.
    """

    name: str
    rows: int
    deleted: int


def item_table(items: pa.Table) -> pa.Table:
    """Bring a table of items to `ITEM_SCHEMA`: its columns, order and types, nulls where missing.

    Raises:
        BadInputError: an unknown column, a value that does not fit, or an ``item_id`` that is
            missing, null, empty or given twice.

    Example:
        >>> item_table(pa.table({"item_id": ["a.jpg"], "width": [640]})).column("width").to_pylist()
        [640]
    """
    unknown = [name for name in items.column_names if name not in ITEM_SCHEMA.names]
    if unknown:
        raise BadInputError(
            f"items have no column '{unknown[0]}'; the columns are {', '.join(ITEM_SCHEMA.names)}, "
            "and anything else belongs into 'metadata' as JSON"
        )
    columns = []
    for field in ITEM_SCHEMA:
        if field.name not in items.column_names:
            columns.append(pa.nulls(len(items), field.type))
            continue
        try:
            columns.append(items.column(field.name).cast(field.type))
        except pa.ArrowInvalid as error:
            raise BadInputError(
                f"the items' column '{field.name}' does not fit {field.type} "
                f"({str(error).splitlines()[0]}); give values of that type"
            ) from error
    table = pa.table(columns, names=ITEM_SCHEMA.names)
    ids = table.column("item_id")
    if ids.null_count or pc.any(pc.equal(ids, "")).as_py():
        raise BadInputError("an item has no 'item_id'; give each item an id of its own")
    counts = pc.value_counts(ids)
    if len(counts) < len(ids):
        twice = counts.field("values")[
            pc.index(pc.greater(counts.field("counts"), 1), True).as_py()
        ]
        raise BadInputError(f"the item '{twice}' is given twice in one batch; give each id once")
    return table.cast(ITEM_SCHEMA)


def unit_rows(vectors: ArrayLike, rows: int, dim: int) -> Vectors:
    """Vectors fit to be stored: float32 (rows, dim), finite and of unit length.

    Raises:
        BadInputError: another shape, or a row that is not finite or not of unit length.

    Example:
        >>> unit_rows([[0.6, 0.8]], rows=1, dim=2).shape
        (1, 2)
    """
    array = np.asarray(vectors, dtype=np.float32)
    if array.shape != (rows, dim):
        raise BadInputError(
            f"vectors have shape {array.shape} where {(rows, dim)} is wanted: one row an item, "
            "one column a dimension of the encoder"
        )
    lengths = np.linalg.norm(array, axis=1)
    good = np.abs(lengths - 1.0) <= _UNIT_TOLERANCE  # false for NaN, too
    if not good.all():
        bad = int(np.flatnonzero(~good)[0])
        raise BadInputError(
            f"row {bad} of the vectors has length {lengths[bad]:.4g}; rows of unit length are "
            "wanted, so encode that image again or leave it out"
        )
    return unit(array)
