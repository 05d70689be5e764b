"""Files of Hugging Face datasets: blocks of rows, each column of which can be read by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core.regular_files import open_regular
from likewise.errors import CorruptError
from likewise.sources import _rows

_BLOCK = 256  # rows without their images


def opened(path: Path) -> File:
    """A file of a dataset, by its ending.

    Raises:
        CorruptError: it cannot be read.
    """
    return Parquet(path) if path.suffix.lower() in (".parquet", ".pq") else Arrow(path)


class File(Protocol):
    """What is common to both kinds."""

    path: Path
    schema: pa.Schema
    rows: int
    modified: int

    def locate(self, row: int) -> tuple[int, int]:
        """The block a row is in, and its place there."""
        ...

    def column(self, block: int, name: str) -> pa.Array:
        """A column of a block."""
        ...

    def without(self, column: str) -> Iterator[pa.RecordBatch]:
        """All other columns that are no bytes and no vectors."""
        ...


class Parquet:
    """Row groups of a Parquet file."""

    def __init__(self, path: Path) -> None:
        self.path, self.modified = path, path.stat().st_mtime_ns
        try:
            open_regular(path).close()
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise damaged(path, error) from error
        self.schema = self._file.schema_arrow
        groups = range(self._file.metadata.num_row_groups)
        self._sizes = [self._file.metadata.row_group(group).num_rows for group in groups]
        self.rows = sum(self._sizes)

    def locate(self, row: int) -> tuple[int, int]:
        return _placed(self._sizes, row)

    def column(self, block: int, name: str) -> pa.Array:
        return self._file.read_row_group(block, columns=[name]).column(name).combine_chunks()

    def without(self, column: str) -> Iterator[pa.RecordBatch]:
        names = [name for name in _rows.light_columns(self.schema) if name != column]
        yield from self._file.iter_batches(_BLOCK, columns=names)


class Arrow:
    """A stream of Arrow batches, mapped into memory: what is not read takes none."""

    def __init__(self, path: Path) -> None:
        self.path, self.modified = path, path.stat().st_mtime_ns
        try:
            reader = pa.ipc.open_stream(pa.memory_map(str(path)))
            self.schema = reader.schema
            self._batches = list(reader)
        except (pa.ArrowException, OSError) as error:
            raise damaged(path, error) from error
        self._sizes = [batch.num_rows for batch in self._batches]
        self.rows = sum(self._sizes)

    def locate(self, row: int) -> tuple[int, int]:
        return _placed(self._sizes, row)

    def column(self, block: int, name: str) -> pa.Array:
        return self._batches[block].column(name)

    def without(self, column: str) -> Iterator[pa.RecordBatch]:
        names = [name for name in _rows.light_columns(self.schema) if name != column]
        for batch in self._batches:
            some = batch.select(names)
            for start in range(0, batch.num_rows, _BLOCK):
                yield some.slice(start, _BLOCK)


def _placed(sizes: list[int], row: int) -> tuple[int, int]:
    for block, size in enumerate(sizes):
        if row < size:
            return block, row
        row -= size
    raise IndexError("there is no such row")


def damaged(path: Path, error: Exception) -> CorruptError:
    """The error for a file that cannot be read."""
    why = str(error).splitlines()[0]
    return CorruptError(f"{path} cannot be read ({why}); write it again")
