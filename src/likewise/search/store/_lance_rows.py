"""The rows of one version of a Lance dataset: read, and never written."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError, NotFoundError
from likewise.search.store import _condition, _lance_read
from likewise.search.store._bucket import Bucket
from likewise.search.store._folder import Folder
from likewise.search.store._metadata_fields import (
    MetadataValues,
    fields_in,
    read_values,
    with_columns,
)
from likewise.search.store.base import ITEM_SCHEMA, Segment

_SHOWN_KEYS = 30  # of metadata, in the message about a condition


class LanceRows:
    """Items and vectors as they are in one version; `Lance` adds what writes.

    Args:
        location: where the dataset is.
        dim: number of columns of the vectors.
        encoder: fingerprint of the encoder that made them; "" is not compared.
    """

    def __init__(self, location: Folder | Bucket, dim: int, encoder: str) -> None:
        self.location, self.encoder, self._dim = location, encoder, dim
        self._dataset: Any = None
        self._values: MetadataValues | None = None
        self._ids: tuple[int, list[pa.Array]] = (0, [])  # of a version, in chunks

    @property
    def version(self) -> int:
        """Grows with every write; 0 before the first."""
        return 0 if self._dataset is None else int(self._dataset.version)

    @property
    def dim(self) -> int:
        """Number of columns of its vectors."""
        return self._dim

    def __len__(self) -> int:
        return 0 if self._dataset is None else int(self._dataset.count_rows())

    def ids(self) -> pa.LargeStringArray:
        """Item ids by place: ``store.ids().take(places).to_pylist()``."""
        chunks = self._id_chunks()
        if len(chunks) != 1:
            joined = pa.concat_arrays(chunks) if chunks else pa.array([], pa.large_string())
            self._ids = (self.version, [joined])
        return self._ids[1][0]

    def find(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Place of each item, in the order of the ids; -1 for one that is not there."""
        id_array = pa.array(list(ids), pa.large_string())
        indices = self._indices_of(id_array)
        order = pc.index_in(id_array, value_set=self.ids().take(pa.array(indices))).fill_null(-1)
        found = np.append(indices, -1)[order.to_numpy()]  # what is not there has the index -1
        return np.asarray(found, dtype=np.int64)

    def as_of_now(self) -> Self:
        """The same rows, whatever is refreshed or written here later.

        For what reads them in several steps, which must agree, while others index.
        """
        return copy.copy(self)

    def as_of(self, version: int) -> Self:
        """The rows of a version, for what reads them in several processes, which must agree.

        Raises:
            NotFoundError: it is not kept any more; versions are for an hour after the next.
        """
        other = copy.copy(self)
        try:
            other._dataset = self._dataset and self._dataset.checkout_version(version)
        except (OSError, ValueError, RuntimeError) as error:
            raise NotFoundError(
                f"version {version} of the vectors at {self.location} is not there any more, for "
                "others have written since; run the same command again"
            ) from error
        other._ids = (0, [])
        return other

    def scan(self, columns: Sequence[str], where: str | None = None) -> Iterator[pa.RecordBatch]:
        """Read columns of all items, or of those a SQL condition holds for, in row order.

        Raises:
            BadInputError: a condition it cannot use, or an unknown column.
        """
        found = None if where is None else self._rows_by_metadata(where)
        if found is None:
            return _lance_read.scan(self.location, self._dataset, _checked_columns(columns), where)
        return self._blocks(found, _checked_columns(columns))

    def _blocks(self, indices: NDArray[np.int64], columns: list[str]) -> Iterator[pa.RecordBatch]:
        for start in range(0, len(indices), _lance_read.BLOCK_ROWS):
            some = indices[start : start + _lance_read.BLOCK_ROWS]
            yield from _lance_read.rows(self.location, self._dataset, some, columns).to_batches()

    def metadata_keys(self) -> tuple[str, ...]:
        """Keys of the items' metadata, which a condition may use like columns."""
        return tuple(sorted(self._metadata().keys))

    def _metadata(self, names: Iterable[str] = ()) -> MetadataValues:
        """The keys of the metadata and the values of some, kept for each version."""
        names = {name.lower() for name in names}
        if self._values is None or self._values.version != self.version:
            self._values = MetadataValues(self.version)
        if not self._values.keys or not names <= self._values.names:
            batches = _lance_read.scan(self.location, self._dataset, ["metadata"], None)
            cells = (cell for batch in batches for cell in batch.column(0).to_pylist())
            self._values = read_values(cells, self.version, names)
        return self._values

    def _rows_by_metadata(self, where: str) -> NDArray[np.int64] | None:
        """Places of a condition that uses keys of the metadata; None where it uses none.

        Raises:
            BadInputError: a condition it cannot use.
        """
        fields = fields_in(where) if len(where) <= _condition.LONGEST else []
        if self._dataset is None or not fields:
            return None
        metadata = self._metadata(field.name for field in fields)
        condition, columns = with_columns(where, fields, metadata)
        shown = [*ITEM_SCHEMA.names, *sorted(metadata.keys)[:_SHOWN_KEYS]]
        _condition.single_expression(where, shown)
        used_columns = [name for name in ITEM_SCHEMA.names if re.search(rf"\b{name}\b", condition)]
        batches = list(
            _lance_read.scan(self.location, self._dataset, used_columns or ["item_id"], None)
        )
        table = pa.Table.from_batches(batches)
        for name, values in columns.items():
            table = table.append_column(name, values)
        return _lance_read.rows_in(table, where, condition, shown)

    def positions_where(self, where: str) -> NDArray[np.int64]:
        """Places of the rows a SQL condition holds for, ascending.

        Raises:
            BadInputError: a condition it cannot use.
        """
        by_metadata = self._rows_by_metadata(where)
        if by_metadata is not None:
            return by_metadata
        batches = _lance_read.scan(self.location, self._dataset, ["_rowoffset"], where)
        found = [batch.column(0).to_numpy().astype(np.int64) for batch in batches]
        return np.concatenate([np.empty(0, np.int64), *found])

    def take(self, indices: NDArray[np.int64]) -> Vectors:
        """Vectors of the rows at these places, in that order; float32 of shape (n, dim).

        Raises:
            BadInputError: a place beyond the last row.
        """
        self._check_indices(indices)
        out = np.empty((len(indices), self._dim), dtype=np.float32)
        for start in range(0, len(indices), _lance_read.BLOCK_ROWS):
            some = indices[start : start + _lance_read.BLOCK_ROWS]
            rows = _lance_read.rows(self.location, self._dataset, some, ["vector"])
            vectors16 = _lance_read.matrix(rows.column(0).combine_chunks(), self._dim)
            out[start : start + len(some)] = unit(vectors16)
        return out

    def facts(self, indices: NDArray[np.int64], columns: Sequence[str]) -> pa.Table:
        """Columns of the rows at these places, in that order.

        Raises:
            BadInputError: an unknown column, or a place beyond the last row.
        """
        requested = _checked_columns(columns)
        self._check_indices(indices)
        if self._dataset is None:
            return self._schema.empty_table().select(requested)
        return _lance_read.rows(self.location, self._dataset, indices, requested)

    def blocks(self) -> Iterator[Vectors]:
        """Every vector in row order, as float32, in blocks of at most 4,096 rows."""
        for batch in _lance_read.scan(self.location, self._dataset, ["vector"], None):
            yield unit(_lance_read.matrix(batch.column(0), self._dim))

    def segments(self) -> tuple[Segment, ...]:
        """The runs of rows that the scan order is made of."""
        fragments = () if self._dataset is None else self._dataset.get_fragments()
        return tuple(Segment(_name(f), f.physical_rows, f.num_deletions) for f in fragments)

    def segment_offsets(self, name: str) -> NDArray[np.int64]:
        """Offsets of the live rows of one segment, ascending."""
        try:
            return _lance_read.offsets(self._fragment(name))
        except (OSError, ValueError, RuntimeError) as error:
            raise self.location.unreadable(error) from error

    def segment_blocks(self, name: str) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """Live rows of one segment, in order: their offsets in it, and the vectors as stored."""
        fragment = self._fragment(name)
        return _lance_read.fragment_blocks(self.location, self._dataset, fragment, self._dim)

    def damaged(self) -> tuple[tuple[str, ...], int]:
        """Segments whose files are not what was written, and how many files cannot be checked.

        Reads every file once. Files of a likewise that noted no digests cannot be checked.
        """
        fragments = [] if self._dataset is None else self._dataset.get_fragments()
        names: list[str] = []
        unknown = 0
        for fragment in fragments:
            changed, not_noted = self.location.damaged(fragment)
            names += [_name(fragment)] if changed else []
            unknown += not_noted
        return tuple(names), unknown

    def _check_indices(self, indices: NDArray[np.int64]) -> None:
        if len(indices) and not 0 <= np.min(indices) <= np.max(indices) < len(self):
            raise BadInputError(f"a place is not among the {len(self)} rows; ask for places again")

    @property
    def _schema(self) -> pa.Schema:
        kind = pa.list_(pa.float16(), self._dim)
        vector = pa.field("vector", kind, nullable=False, metadata={"encoder": self.encoder})
        return pa.schema([*ITEM_SCHEMA, vector])

    def _indices_of(self, ids: pa.LargeStringArray) -> NDArray[np.int64]:
        """Ascending places of those that are there; hashes the few, never the many."""
        is_listed = [pc.is_in(chunk, value_set=ids) for chunk in self._id_chunks()]
        flags = [chunk.to_numpy(zero_copy_only=False) for chunk in is_listed]
        return np.flatnonzero(np.concatenate([np.empty(0, np.bool_), *flags]))

    def _id_chunks(self) -> list[pa.Array]:
        if self._ids[0] != self.version:
            batches = _lance_read.scan(self.location, self._dataset, ["item_id"], None)
            chunks = [batch.column(0).cast(pa.large_string()) for batch in batches]
            self._ids = (self.version, chunks)
        return self._ids[1]

    def _fragment(self, name: str) -> Any:
        fragments = [] if self._dataset is None else self._dataset.get_fragments()
        return next(fragment for fragment in fragments if _name(fragment) == name)


def _checked_columns(columns: Sequence[str]) -> list[str]:
    names = [*ITEM_SCHEMA.names, "vector"]
    unknown = [name for name in columns if name not in names]
    if unknown or not columns:
        wrong = f"there is no column '{unknown[0]}'" if unknown else "no column was asked for"
        raise BadInputError(f"{wrong}; the columns are {', '.join(names)}")
    return list(columns)


def _name(fragment: Any) -> str:
    return str(fragment.metadata.files[0].path)  # random, so never used for other rows
