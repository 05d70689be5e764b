"""Reading a Lance dataset in bounded memory, its errors said in likewise's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.search.store import _condition
from likewise.search.store._bucket import Bucket
from likewise.search.store._folder import Folder
from likewise.search.store.base import ITEM_SCHEMA

Location: TypeAlias = Folder | Bucket
"""Where a dataset is."""

BLOCK_ROWS = 4096
_READING: dict[str, Any] = {
    "batch_size": BLOCK_ROWS,
    "batch_readahead": 4,
    "io_buffer_size": 64 << 20,  # bytes; Lance would read 2 GiB ahead
    "scan_in_order": True,
}


def scan(
    location: Location, dataset: Any | None, columns: list[str], where: str | None
) -> Iterator[pa.RecordBatch]:
    """Columns of the rows a condition holds for, in row order; checks the condition at once.

    Raises:
        BadInputError: a condition it cannot use.
        CorruptError: a file of the dataset cannot be read.
    """
    condition = None if where is None else _condition.single_expression(where, ITEM_SCHEMA.names)
    if dataset is None:
        return iter(())
    try:
        batches = dataset.scanner(columns=columns, filter=condition, **_READING).to_reader()
    except (ValueError, OSError, RuntimeError) as error:
        raise _described(error, location, where) from error
    return _guarded(batches, location, where)


def rows_in(table: pa.Table, where: str, condition: str, columns: list[str]) -> NDArray[np.int64]:
    """Places of the rows of a table that a condition holds for, by the engine that Lance has.

    Args:
        table: columns of the dataset and of its metadata.
        where: the condition as it was written.
        condition: the same with the names that the table has.
        columns: of items and of their metadata, for the message.

    Raises:
        BadInputError: a condition it cannot use.
    """
    import lance

    try:
        dataset = lance.write_dataset(table, "memory://condition")
        found = dataset.scanner(
            columns=["_rowoffset"], filter=f"({condition})", scan_in_order=True
        ).to_table()
    except (ValueError, OSError, RuntimeError) as error:
        raise _condition.refused(where, error, columns) from error
    return np.asarray(found.column(0).to_numpy(), dtype=np.int64)


def rows(
    location: Location, dataset: Any, indices: NDArray[np.int64], columns: list[str]
) -> pa.Table:
    """Columns of the rows at places, in that order.

    Raises:
        CorruptError: a file of the dataset cannot be read.
    """
    try:
        return dataset.take(indices.tolist(), columns=columns)
    except (ValueError, OSError, RuntimeError) as error:
        raise _described(error, location, None) from error


def fragment_blocks(
    location: Location, dataset: Any, fragment: Any, dim: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
    """Offsets of a fragment's live rows and their vectors as stored, in order.

    Raises:
        CorruptError: a file of the dataset cannot be read.
    """
    scanner = dataset.scanner(
        columns=["vector"], fragments=[fragment], with_row_address=True, **_READING
    )
    for batch in _guarded(scanner.to_batches(), location, None):
        yield _offsets(batch), matrix(batch.column("vector"), dim)


def offsets(fragment: Any) -> NDArray[np.int64]:
    """Offsets of a fragment's live rows, ascending."""
    return _offsets(fragment.to_table(columns=[], with_row_address=True))


def matrix(vectors: pa.FixedSizeListArray, dim: int) -> NDArray[np.float16]:
    """A column of vectors as a matrix of shape (n, dim), without a copy."""
    return np.asarray(vectors.flatten().to_numpy().reshape(-1, dim))


def _offsets(rows: pa.RecordBatch | pa.Table) -> NDArray[np.int64]:
    return np.asarray(rows.column("_rowaddr").to_numpy() & 0xFFFFFFFF, dtype=np.int64)


def _guarded(
    batches: Iterator[pa.RecordBatch], location: Location, where: str | None
) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except (ValueError, OSError, RuntimeError) as error:
        raise _described(error, location, where) from error


def _described(error: Exception, location: Location, where: str | None) -> Exception:
    if where is not None and not isinstance(error, OSError):
        return _condition.refused(where, error, ITEM_SCHEMA.names)
    return location.unreadable(error)
