"""The rows of one version of a store as a scan sees them, and which place each belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.search.scan.files import Rows


@dataclass(frozen=True, eq=False)
class View:
    """A snapshot: stays as it is while the store and the codes move on.

    Rows are numbered through all parts; deleted ones keep their number. A place is a position
    among the live rows, as the store counts them. A row has one vector, or several that lie one
    after the other and come and go together.

    Attributes:
        version: of the store.
        parts: the vectors.
        live: int64 of shape (places,), the row of each place, ascending; None when they are
            the same numbers.
        vectors_a_row: how many vectors a row has.
    """

    version: int
    parts: tuple[Rows, ...]
    live: NDArray[np.int64] | None
    vectors_a_row: int = 1

    def __len__(self) -> int:
        """How many places there are."""
        return self.rows if self.live is None else len(self.live)

    @property
    def rows(self) -> int:
        """How many rows there are, deleted ones among them."""
        return sum(map(len, self.parts)) // self.vectors_a_row

    def numbered_parts(self) -> Iterator[tuple[int, Rows]]:
        """The parts with the number of their first row."""
        first = 0
        for part in self.parts:
            yield first, part
            first += len(part) // self.vectors_a_row

    def row_mask(self, mask: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """A mask over places as a mask over rows; None is every row."""
        if self.live is None:
            return mask
        rows = np.zeros(self.rows, dtype=np.bool_)
        rows[self.live if mask is None else self.live[mask]] = True
        return rows

    def rows_of(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of places."""
        return indices if self.live is None else self.live[indices]

    def indices_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places of live rows."""
        return rows if self.live is None else np.searchsorted(self.live, rows)

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        """Vectors of rows, in that order; float32 of shape (n * vectors_a_row, dim)."""
        if self.vectors_a_row == 1:
            return self._vectors(rows)
        numbers = rows[:, None] * self.vectors_a_row + np.arange(self.vectors_a_row)
        return self._vectors(numbers.reshape(-1))

    def take_patches(self, rows: NDArray[np.int64], which: NDArray[np.int64]) -> Vectors:
        """One vector of each row, the one of that number; float32 of shape (n, dim)."""
        return self._vectors(rows * self.vectors_a_row + which)

    def _vectors(self, numbers: NDArray[np.int64]) -> Vectors:
        if len(self.parts) == 1:
            return self.parts[0].units(numbers)
        out = np.empty((len(numbers), self.parts[0].vectors.shape[1]), dtype=np.float32)
        first = 0
        for part in self.parts:
            in_part = (numbers >= first) & (numbers < first + len(part))
            out[in_part] = part.units(numbers[in_part] - first)
            first += len(part)
        return out
