"""What a store is: rows of items with their vectors, read three ways and written three ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.vectors import Vectors


class Store(Protocol):
    """Items and the vectors of ONE encoder.

    Rows are found by item id. A row's place is an implementation's own business; the places
    that `find` answers are good until the next write and never leave `likewise.collection`.
    """

    @property
    def version(self) -> int:
        """Grows with every write."""
        ...

    @property
    def dim(self) -> int:
        """Number of columns of its vectors."""
        ...

    def __len__(self) -> int:
        """How many items it holds."""
        ...

    def append(self, items: pa.Table, vectors: Vectors) -> None:
        """Add or replace items (by ``item_id``) with their vectors, all or none; durable on return.

        Raises:
            StorageError: the disk is full or refuses; nothing was added.
            BadInputError: vectors that are not finite unit rows.
        """
        ...

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; answers how many there were."""
        ...

    def scan(self, columns: Sequence[str], where: str | None = None) -> Iterator[pa.RecordBatch]:
        """Read columns of all items, or of those a SQL condition holds for, in row order.

        Raises:
            BadInputError: a condition it cannot parse, or an unknown column.
        """
        ...

    def places(self, where: str) -> NDArray[np.int64]:
        """Places of the rows a SQL condition holds for, ascending."""
        ...

    def take(self, places: NDArray[np.int64]) -> Vectors:
        """Vectors of the rows at these places, as float32, in that order."""
        ...

    def blocks(self) -> Iterator[Vectors]:
        """Every vector in row order, as float32, in blocks of bounded size."""
        ...
