"""Files of vectors that others wrote: ``.npy`` with ids, Parquet, Lance, clip-retrieval folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from likewise.errors import BadInputError, CorruptError, NotFoundError

ID_COLUMNS = ("id", "item_id", "image_path", "path", "file_name", "uri", "url", "key", "word")
"""Where ids are looked for when nothing is said; the first that is there."""

VECTOR_COLUMNS = ("vector", "embedding", "embeddings")
"""Likewise for vectors; failing these, the only column of lists of numbers."""

_SMALLEST_LENGTH = 1e-12  # as likewise.core.vectors has it
_URIS = ("uri", "url", "image_path", "path")


@dataclass(frozen=True, eq=False)
class Rows:
    """A block of rows as they stand in the file.

    Attributes:
        start: number of the first row in the whole file.
        ids: (n,), "" where a row has none.
        vectors: float32 of shape (n, dim), not of unit length yet.
        uris: (n,), where each can be opened, "" if it is not said.
        metadata: (n,), the other columns.
        bad: by place in the block, what is wrong with a vector.
    """

    start: int
    ids: list[str]
    vectors: NDArray[np.float32]
    uris: list[str]
    metadata: list[dict[str, Any]]
    bad: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class VectorFile:
    """Vectors with ids, read block by block and as often as wanted.

    Attributes:
        path: what was opened.
        count: how many rows there are.
        dim: number of columns of a vector.
        rows: answers the blocks anew, each of at most so many rows.
    """

    path: Path
    count: int
    dim: int
    rows: Callable[[int], Iterator[Rows]]


def open_vectors(
    path: str | Path,
    ids: str | Path | None = None,
    id_column: str | None = None,
    vector_column: str | None = None,
) -> VectorFile:
    r"""Open a file or folder of vectors; nothing but its head is read.

    Args:
        path: ``.npy`` of shape (n, dim), which needs `ids`; a Parquet file or a Lance dataset; or
            a folder as clip-retrieval writes it, with ``img_emb`` and ``metadata``.
        ids: a text file of ids, one a line, or a ``.npy`` of strings, in the order of the rows.
        id_column: of Parquet, Lance and metadata; the first of `ID_COLUMNS` unless given.
        vector_column: of Parquet and Lance; found by its name or type unless given.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: it is of no kind that is read, or ids and vectors are not equally many.
        CorruptError: it is damaged.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(Path(folder, "v.npy"), np.eye(3))
        ...     _ = Path(folder, "ids.txt").write_text("a.jpg\nb.jpg\nc.jpg\n")
        ...     found = open_vectors(Path(folder, "v.npy"), Path(folder, "ids.txt"))
        ...     found.count, found.dim, [rows.ids for rows in found.rows(2)]
        (3, 3, [['a.jpg', 'b.jpg'], ['c.jpg']])
    """
    path = Path(path).expanduser()
    if path.exists() and not (path.is_dir() or path.is_file()):
        raise BadInputError(f"{path} is no regular file; write the vectors to one")
    if not path.exists():
        raise NotFoundError(f"{path} does not exist; give a file of vectors")
    try:
        if path.suffix == ".npy":
            return _npy([(path, lambda: _read_ids(path, ids))], path, "id")
        if (path / "img_emb").is_dir():
            return _clip_retrieval(path, id_column)
        if path.suffix == ".lance" or (path / "_versions").is_dir():
            return _lance(path, id_column, vector_column)
        if path.suffix in (".parquet", ".pq"):
            return _parquet(path, id_column, vector_column)
    except (pa.ArrowInvalid, EOFError, OSError) as error:
        why = str(error).splitlines()[0]
        raise CorruptError(f"{path} cannot be read ({why}); write it again") from error
    raise BadInputError(
        f"{path} is no file of vectors by its name; a .npy with --ids, a .parquet, a .lance "
        "dataset or a clip-retrieval folder (with img_emb) is wanted"
    )


def _npy(
    shards: list[tuple[Path, Callable[[], pa.Table]]], path: Path, id_column: str | None
) -> VectorFile:
    arrays = [_memory_mapped(file) for file, _ in shards]
    dim = int(arrays[0].shape[1])
    for (file, _), array in zip(shards, arrays, strict=True):
        if array.shape[1] != dim:
            raise BadInputError(
                f"{file} has {array.shape[1]} columns where {dim} are wanted, as {shards[0][0]} "
                "has; import vectors of one model only"
            )

    def rows(block: int) -> Iterator[Rows]:
        start = 0
        for (file, facts_of), array in zip(shards, arrays, strict=True):
            facts = facts_of()
            if len(facts) != len(array):
                raise BadInputError(
                    f"{file} has {len(array)} rows and there are {len(facts)} ids for them; one "
                    "id a row is wanted, in the same order"
                )
            for at in range(0, len(array), block):
                part = np.asarray(array[at : at + block], np.float32)
                yield _block(start + at, facts.slice(at, block), part, id_column, {})
            start += len(array)

    return VectorFile(path, sum(map(len, arrays)), dim, rows)


def _memory_mapped(file: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise CorruptError(
            f"{file} is not a whole .npy of numbers ({error}); write it again with numpy.save"
        ) from error
    if array.ndim != 2 or array.dtype.kind not in "fiu" or not array.shape[1]:
        raise BadInputError(
            f"{file} holds {array.dtype} of shape {array.shape}; a table of numbers of shape "
            "(n, dim) is wanted, one row an image"
        )
    return array


def _read_ids(path: Path, ids: str | Path | None) -> pa.Table:
    if ids is None:
        raise BadInputError(f"{path} has no ids in it; give them with --ids FILE, one a line")
    file = Path(ids).expanduser()
    if not file.exists():
        raise NotFoundError(f"{file} does not exist; give a file of ids, one a line")
    if file.suffix == ".npy":
        try:
            names = np.load(file, allow_pickle=False)
        except ValueError as error:
            raise BadInputError(
                f"{file} does not hold plain strings ({error}); save the ids as text, one a line"
            ) from error
        try:
            if names.dtype.kind == "S":
                names = np.strings.decode(names, "utf-8")
        except UnicodeDecodeError as error:
            raise BadInputError(
                f"{file} holds bytes that are not UTF-8; save the ids as text, one a line"
            ) from error
        return pa.table({"id": [str(name) for name in names.tolist()]})
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInputError(f"{file} is not text in UTF-8; give ids, one a line") from error
    return pa.table({"id": pa.array([line.split("\t")[0] for line in lines], pa.string())})


def _clip_retrieval(folder: Path, id_column: str | None) -> VectorFile:
    """``img_emb/img_emb_N.npy`` beside ``metadata/metadata_N.parquet``."""
    found = {_number(file): file for file in (folder / "img_emb").glob("*.npy")}
    facts = {_number(file): file for file in (folder / "metadata").glob("*.parquet")}
    lost = sorted(set(found) ^ set(facts))
    if not found or lost:
        missing = f"part {lost[0]} has only one of the two" if lost else "img_emb has no .npy"
        raise BadInputError(
            f"{folder} is not a whole clip-retrieval folder ({missing}); img_emb/*.npy and "
            "metadata/*.parquet are wanted, as many of one as of the other"
        )

    def reading(file: Path) -> Callable[[], pa.Table]:
        return lambda: pq.read_table(file)

    shards = [(found[number], reading(facts[number])) for number in sorted(found)]
    return _npy(shards, folder, id_column)


def _number(file: Path) -> int:
    digits = file.stem.rpartition("_")[2]
    return int(digits) if digits.isdecimal() else -1


def _parquet(path: Path, id_column: str | None, vector_column: str | None) -> VectorFile:
    file = pq.ParquetFile(path)
    chosen = _vector_column(file.schema_arrow, path, vector_column)

    def batches(block: int) -> Iterator[pa.RecordBatch]:
        yield from pq.ParquetFile(path).iter_batches(block)

    return _of_batches(path, file.metadata.num_rows, batches, id_column, chosen)


def _lance(path: Path, id_column: str | None, vector_column: str | None) -> VectorFile:
    import lance

    dataset = lance.dataset(str(path))
    chosen = _vector_column(dataset.schema, path, vector_column)

    def batches(block: int) -> Iterator[pa.RecordBatch]:
        yield from dataset.to_batches(batch_size=block)

    return _of_batches(path, dataset.count_rows(), batches, id_column, chosen)


def _of_batches(
    path: Path,
    count: int,
    batches: Callable[[int], Iterator[pa.RecordBatch]],
    id_column: str | None,
    vector_column: str,
) -> VectorFile:
    first = next(batches(1), None)
    lengths = [] if first is None else pc.list_value_length(first[vector_column]).to_pylist()
    if not lengths or not lengths[0]:
        raise BadInputError(
            f"{path} has no vector in its first row; give a file with one row an image"
        )
    dim = int(lengths[0])

    def rows(block: int) -> Iterator[Rows]:
        start = 0
        for batch in batches(block):
            vectors, bad = _matrix(batch[vector_column], dim)
            facts = pa.Table.from_batches([batch]).drop_columns([vector_column])
            yield _block(start, facts, vectors, id_column, bad)
            start += len(batch)

    return VectorFile(path, count, dim, rows)


def _vector_column(schema: pa.Schema, path: Path, column: str | None) -> str:
    lists = [x.name for x in schema if _is_list(x.type)]
    named = [name for name in VECTOR_COLUMNS if name in lists]
    found = [column] if column else named[:1] or lists
    if len(found) == 1 and found[0] in lists:
        return str(found[0])
    choice = ", ".join(lists) or "none"
    raise BadInputError(
        f"{path}: which column holds the vectors is not plain (columns of lists of numbers: "
        f"{choice}); say it with --vector-column"
    )


def _is_list(kind: pa.DataType) -> bool:
    listed = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not any(test(kind) for test in listed):
        return False
    value = kind.value_type
    return bool(pa.types.is_floating(value) or pa.types.is_integer(value))


def _matrix(column: pa.Array, dim: int) -> tuple[NDArray[np.float32], dict[int, str]]:
    """A column of lists as a matrix; rows of another length are NaN and told of."""
    lengths = pc.list_value_length(column).to_pylist()
    if all(length == dim for length in lengths):
        flat = column.flatten().to_numpy(zero_copy_only=False)
        return np.asarray(flat, np.float32).reshape(-1, dim), {}
    vectors = np.full((len(column), dim), np.nan, np.float32)
    bad: dict[int, str] = {}
    for row, length in enumerate(lengths):
        if length == dim:
            vectors[row] = column[row].as_py()
        else:
            bad[row] = f"has {length or 0} columns where {dim} are wanted"
    return vectors, bad


def _block(
    start: int,
    facts: pa.Table,
    vectors: NDArray[np.float32],
    id_column: str | None,
    bad: dict[int, str],
) -> Rows:
    columns = facts.column_names
    chosen = id_column or next((name for name in ID_COLUMNS if name in columns), None)
    if chosen not in columns:
        raise BadInputError(
            f"there is no column of ids ({chosen or ', '.join(ID_COLUMNS)}) among "
            f"{', '.join(columns) or 'none'}; name it with --id-column"
        )
    uri = next((name for name in _URIS if name in columns), None)
    where = facts.column(uri).to_pylist() if uri else [None] * len(facts)
    others = [
        name
        for name, kind in zip(columns, facts.schema.types, strict=True)
        if name not in (chosen, uri) and not pa.types.is_binary(kind)
    ]
    return Rows(
        start,
        ["" if name is None else str(name) for name in facts.column(chosen).to_pylist()],
        vectors,
        [str(x or "") for x in where],
        [dict(row) for row in facts.select(others).to_pylist()] if others else [{}] * len(facts),
        {**_unusable(vectors), **bad},
    )


def _unusable(vectors: NDArray[np.float32]) -> dict[int, str]:
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    found = {}
    for index in np.flatnonzero(~(np.isfinite(lengths) & (lengths > _SMALLEST_LENGTH))).tolist():
        row = vectors[index]
        what = "NaN" if np.isnan(row).any() else "infinite" if np.isinf(row).any() else "zero"
        found[index] = f"is {what}" if what != "zero" or not lengths[index] else "is too long"
    return found
