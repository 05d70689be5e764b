"""Tables on the disk, row by row: CSV, TSV, JSON lines and Parquet, in bounded memory."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.core.escaping import unmarked
from likewise.core.regular_files import LongLineError, bounded_lines, open_regular
from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.sources._files import named_as_image

KINDS = {
    ".csv": "CSV",
    ".tsv": "TSV",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".parquet": "Parquet",
    ".pq": "Parquet",
}
"""What a table is, by the end of its name."""

Row: TypeAlias = "dict[str, Any] | str"
"""The cells of a row by column, or why it cannot be read."""

_BLOCK = 1024  # rows of Parquet in memory at a time
_MOST_COLUMNS = 16_384  # as many as a spreadsheet has
_LONGEST_CELL = 1 << 20  # characters
_LONGEST_LIST = 64  # values; longer lists of numbers are vectors, and are left out
_LONGEST_LINE = 1 << 24  # bytes


def kind_of(path: str | os.PathLike[str]) -> str | None:
    """The kind of table that a file is by its name, if it is one.

    Example:
        >>> kind_of("photos.CSV"), kind_of("photos.zip")
        ('CSV', None)
    """
    return KINDS.get(Path(path).suffix.lower())


def columns_of(path: Path) -> list[str]:
    """Names of a table's columns; those of JSON lines are what the first line has.

    Raises:
        NotFoundError, BadInputError, CorruptError: it cannot be read.
    """
    if kind_of(path) == "Parquet":
        with _parquet(path) as table:
            return light_columns(table.schema_arrow)
    for _, row in rows_of(path):
        if isinstance(row, str):
            raise BadInputError(f"the first row of {path} cannot be used: {row}")
        return list(row)
    return []


def rows_of(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a table, each with its number: of a line, of a record of CSV, of a row.

    Columns of bytes and of vectors are left out.

    Raises:
        NotFoundError, BadInputError, CorruptError: it cannot be read from here on.
    """
    kind = kind_of(path)
    if kind == "Parquet":
        yield from _parquet_rows(path)
        return
    try:
        if kind == "JSON lines":
            yield from _json_rows(path)
        else:
            yield from _csv_rows(path, "\t" if kind == "TSV" else ",")
    except FileNotFoundError:
        raise NotFoundError(f"the table {path} does not exist; check its spelling") from None
    except OSError as error:
        raise BadInputError(f"{path} cannot be read ({error.strerror}); give another") from error
    except UnicodeDecodeError as error:
        raise BadInputError(
            f"{path} is not text in UTF-8 (byte {error.start} of a block); save it again as UTF-8"
        ) from error


def count_of(path: Path) -> int | None:
    """How many rows a table has, where its head says so."""
    if kind_of(path) != "Parquet":
        return None
    with _parquet(path) as table:
        return int(table.metadata.num_rows)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Cells as JSON can hold them; without those that say nothing or are vectors.

    Example:
        >>> plain({"a": 1, "b": None, "c": float("nan"), "d": [1.0] * 512, "e": b"..."})
        {'a': 1}
    """
    cells = {key: _plain(value) for key, value in row.items()}
    return {key: value for key, value in cells.items() if value is not None}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, bytes | bytearray | memoryview):
        return None
    if isinstance(value, dict):
        return plain(value) or None
    if isinstance(value, list | tuple):
        return [_plain(x) for x in value] if len(value) <= _LONGEST_LIST else None
    return str(value)  # dates and times, decimals


def _csv_rows(path: Path, delimiter: str) -> Iterator[tuple[int, Row]]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(bounded_lines(file, _LONGEST_LINE), delimiter=delimiter)
        try:
            names = next(reader, [])
            _check_names(path, names)
            rows: Iterator[list[str]] = reader
            if any(named_as_image(cell) for cell in names):  # a row: there is no header
                rows, names = chain([names], reader), _names_of(names)
            for number, cells in enumerate(rows, 1):
                if not cells:
                    continue
                if len(cells) != len(names):
                    yield number, f"it has {len(cells)} cells and the header {len(names)}"
                    continue
                yield (
                    number,
                    {
                        name: unmarked(cell)
                        for name, cell in zip(names, cells, strict=True)
                        if cell != ""
                    },
                )
        except (csv.Error, LongLineError) as error:
            raise BadInputError(
                f"{path} is not a CSV table ({error}, line {reader.line_num}); save it again as CSV"
            ) from error


def _check_names(path: Path, names: list[str]) -> None:
    """Refuse too many columns, and two of one name.

    Raises:
        BadInputError: see above.
    """
    if len(names) > _MOST_COLUMNS:
        raise BadInputError(
            f"{path} has {len(names):,} columns and {_MOST_COLUMNS:,} are read at most; keep those "
            "that say something about an image"
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice and not any(map(named_as_image, names)):
        raise BadInputError(f"{path} has two columns '{min(twice)}'; give each a name of its own")


def _names_of(cells: list[str]) -> list[str]:
    """Names for the columns of a table without a header, by its first row.

    Example:
        >>> _names_of(["a.jpg", "cat"]), _names_of(["cat", "a.jpg", "7"])
        (['path', 'label'], ['column 1', 'path', 'column 3'])
    """
    first = next(number for number, cell in enumerate(cells) if named_as_image(cell))
    if len(cells) == 2:
        return ["path", "label"] if first == 0 else ["label", "path"]
    return ["path" if n == first else f"column {n + 1}" for n in range(len(cells))]


def _json_rows(path: Path) -> Iterator[tuple[int, Row]]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE):
            number += 1
            if len(line) == _LONGEST_LINE:
                raise BadInputError(
                    f"line {number} of {path} has more than {_LONGEST_LINE:,} bytes, so it is no "
                    "table of JSON lines; give one with an object a line"
                )
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if not text:
                continue
            try:
                row = json.loads(text)
            except (ValueError, RecursionError) as error:
                yield number, f"it is not JSON ({error})"
                continue
            yield number, row if isinstance(row, dict) else "it is not a JSON object"


def _parquet_rows(path: Path) -> Iterator[tuple[int, Row]]:
    number = 0
    with _parquet(path) as table:
        try:
            for batch in table.iter_batches(_BLOCK, columns=light_columns(table.schema_arrow)):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        open_regular(path).close()
        return pq.ParquetFile(path)
    except FileNotFoundError:
        raise NotFoundError(f"the table {path} does not exist; check its spelling") from None
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> CorruptError:
    why = str(error).splitlines()[0]
    return CorruptError(f"{path} cannot be read as Parquet ({why}); write it again")


def light_columns(schema: pa.Schema) -> list[str]:
    """Columns that are no bytes and no vectors."""
    return [field.name for field in schema if not _is_heavy(field.type)]


def _is_heavy(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return bool(pa.types.is_floating(kind.value_type)) or _is_heavy(kind.value_type)
    if pa.types.is_struct(kind):
        return any(_is_heavy(field.type) for field in kind)
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )  # fmt: skip
