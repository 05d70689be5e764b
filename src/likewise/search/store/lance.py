"""Items and vectors in a Lance dataset (https://lance.org), in a folder or in object storage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.errors import MismatchError, NotFoundError
from likewise.search.store import _lance_write
from likewise.search.store._bucket import Bucket, bucket_url
from likewise.search.store._folder import Folder
from likewise.search.store._lance_rows import LanceRows
from likewise.search.store.base import ITEM_SCHEMA, item_table, unit_rows

_KEEP_VERSIONS = timedelta(hours=1)  # for readers that still look at one
_CLEAN_EVERY = 128


class Lance(LanceRows):
    """Items and the vectors of one encoder in a Lance dataset.

    One process writes; others may read at the same time, each a version of its own until it
    calls `refresh`. Vectors are kept as float16. A row's place is its position in scan order: it
    is good until the next write and never leaves `likewise.search.collection`.

    Args:
        path: the dataset's folder, made by the first `append`, or its URL in object storage such
            as ``s3://bucket/vectors.lance``.
        dim: number of columns of the vectors.
        encoder: fingerprint of the encoder that made them; "" is not compared.
        create: whether a dataset that is not there yet is fine.

    Attributes:
        location: where the dataset is.
        encoder: fingerprint of the encoder that made the vectors.
        repaired: names of manifests that a power cut left unreadable and that opening set
            aside, with the batches in them, which had not been acknowledged.

    Raises:
        NotFoundError: there is no dataset, and `create` is false.
        MismatchError: the dataset holds another encoder's vectors, or of another width.
        CorruptError: no version of the dataset can be read.
        StorageError: an older dataset cannot be brought up to date.

    Example:
        >>> import tempfile
        >>> store = Lance(Path(tempfile.mkdtemp()) / "demo.lance", dim=2, encoder="demo")
        >>> store.append(pa.table({"item_id": ["a.jpg", "b.jpg"], "width": [640, 1024]}), np.eye(2))
        >>> store.ids().take(store.positions_where("width >= 800")).to_pylist()
        ['b.jpg']
    """

    def __init__(self, path: Path | str, dim: int, encoder: str = "", create: bool = True) -> None:
        url = bucket_url(path)
        super().__init__(Bucket(url) if url else Folder(Path(path)), dim, encoder)
        self._dataset, self.repaired = self.location.open_head()
        if self._dataset is None and not create:
            raise NotFoundError(
                f"there are no vectors at {self.location}; index a folder of images"
            )
        if self._dataset is not None:
            self._check_kind(self._dataset.schema.field("vector"))
            self._dataset = _lance_write.add_columns(self.location, self._dataset, ITEM_SCHEMA)

    def append(self, items: pa.Table, vectors: Vectors) -> None:
        """Add or replace items (by ``item_id``) in one commit; on the disk on return.

        A replaced item moves to the end of the scan order.

        Args:
            items: columns of `ITEM_SCHEMA`; nullable ones may be missing.
            vectors: float32 of shape (len(items), dim), rows of unit length.

        Raises:
            StorageError: the disk is full or refuses; nothing was added.
            BadInputError: vectors that are not finite unit rows, or an id given twice.
        """
        table = self._rows(items, vectors)
        if not len(table):
            return
        ids = table.column("item_id").cast(pa.large_string()).combine_chunks()
        self._commit(self._indices_of(ids), table, ids)

    def prepare(self) -> None:
        """Make the dataset, empty, where there is none: others can only write beside one.

        Raises:
            StorageError: the disk is full or refuses.
        """
        if self._dataset is None:
            none = pa.array([], pa.large_string())
            self._commit(np.empty(0, np.int64), self._schema.empty_table(), none)

    def write_apart(self, items: pa.Table, vectors: Vectors) -> list[str]:
        """Write items beside the dataset, in any number of processes at once; see `adopt`.

        Args:
            items: columns of `ITEM_SCHEMA`; nullable ones may be missing.
            vectors: float32 of shape (len(items), dim), rows of unit length.

        Returns:
            What `adopt` takes; the rows are on the disk, and in no version of the dataset.

        Raises:
            StorageError: the disk is full or refuses.
            BadInputError: vectors that are not finite unit rows, or an id given twice.
        """
        rows = self._rows(items, vectors)
        return _lance_write.write_apart(self.location, rows.schema, rows)

    def adopt(self, parts: Sequence[str], ids: Sequence[str]) -> None:
        """Add or replace items that were written apart, in one commit.

        Args:
            parts: what `write_apart` answered, of any number of calls.
            ids: of all the items in them, in their order; no id may be in two of them.

        Raises:
            StorageError: a file of them is not there, or the disk refuses; nothing was added.
            BusyError: another process has written since this one looked; nothing was added.
        """
        fresh = pa.array(list(ids), pa.large_string())
        none = self._in_order(self._schema.empty_table())
        self._commit(self._indices_of(fresh), none, fresh, parts)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; answers how many of the ids there were.

        Raises:
            StorageError: the disk is full or refuses; nothing was removed.
        """
        indices = self._indices_of(pa.array(list(ids), pa.large_string()))
        if len(indices):
            none = self._in_order(self._schema.empty_table())
            self._commit(indices, none, pa.array([], pa.large_string()))
        return len(indices)

    def refresh(self) -> bool:
        """See what another process wrote since; answers whether there was anything."""
        before = self.version
        try:
            newer = self._dataset is None or self._dataset.latest_version != before
        except (OSError, ValueError, RuntimeError) as error:
            raise self.location.unreadable(error) from error
        if newer:
            self._dataset, repaired = self.location.open_head()
            self.repaired += repaired
            if self._dataset is not None:
                self._dataset = _lance_write.add_columns(self.location, self._dataset, ITEM_SCHEMA)
        return self.version != before

    def drop_segments(self, names: Sequence[str]) -> int:
        """Take whole segments out, unread; answers how many rows went.

        Raises:
            StorageError: the disk is full or refuses; nothing was removed.
        """
        gone = list(map(self._fragment, names))
        before = len(self)
        if gone:
            numbers = [fragment.fragment_id for fragment in gone]
            self._dataset = _lance_write.drop_fragments(self.location, self._dataset, numbers)
        return before - len(self)

    def optimize(self) -> None:
        """Join small files, drop deleted rows for good, and forget versions over an hour old.

        Raises:
            StorageError: the disk is full or refuses; the items are as they were.
        """
        if self._dataset is not None:
            self._dataset = _lance_write.compact(self.location, self._dataset, _KEEP_VERSIONS)

    def _check_kind(self, field: pa.Field) -> None:
        made_by = (field.metadata or {}).get(b"encoder", b"").decode()
        if field.type.list_size != self._dim:
            raise MismatchError(
                f"the vectors at {self.location} have {field.type.list_size} columns and the "
                f"encoder makes {self._dim}; index again with this encoder, or "
                "search with the other"
            )
        if self.encoder and made_by and made_by != self.encoder:
            raise MismatchError(
                f"the vectors at {self.location} were made by the encoder {made_by}, not by "
                f"{self.encoder}; index again with this encoder, or "
                "search with the other"
            )
        self.encoder = made_by or self.encoder

    def _rows(self, items: pa.Table, vectors: Vectors) -> pa.Table:
        table = item_table(items)
        rows = unit_rows(vectors, len(table), self._dim).astype(np.float16)
        flat = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), self._dim)
        return self._in_order(table.append_column("vector", flat).cast(self._schema))

    def _in_order(self, rows: pa.Table) -> pa.Table:
        """Columns as the dataset has them; an older one has its vectors in the middle."""
        return rows if self._dataset is None else rows.select(self._dataset.schema.names)

    def _commit(
        self,
        gone: NDArray[np.int64],
        items: pa.Table,
        ids: pa.LargeStringArray,
        apart: Sequence[str] | None = None,
    ) -> None:
        chunks = self._id_chunks()
        schema = self._schema if self._dataset is None else self._dataset.schema
        self._dataset = _lance_write.commit(
            self.location, self._dataset, schema, gone, items, apart
        )
        if not len(gone):
            self._ids = (self.version, [*chunks, ids])
        if self.version % _CLEAN_EVERY == 0:
            _lance_write.forget(self._dataset, _KEEP_VERSIONS)
