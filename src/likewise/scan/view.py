"""The rows of one version of a store as a scan sees them, and which place each belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.scan.files import Rows
from likewise.vectors import Vectors


@dataclass(frozen=True, eq=False)
class View:
    """A snapshot: stays as it is while the store and the codes move on.

    Rows are numbered through all parts; deleted ones keep their number. A place is a position
    among the live rows, as the store counts them.

    Attributes:
        version: of the store.
        parts: the rows.
        live: int64 of shape (places,), the row of each place, ascending; None when they are
            the same numbers.
    """

    version: int
    parts: tuple[Rows, ...]
    live: NDArray[np.int64] | None

    def __len__(self) -> int:
        """How many places there are."""
        return sum(map(len, self.parts)) if self.live is None else len(self.live)

    def numbered_parts(self) -> Iterator[tuple[int, Rows]]:
        """The parts with the number of their first row."""
        first = 0
        for part in self.parts:
            yield first, part
            first += len(part)

    def row_mask(self, mask: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """A mask over places as a mask over rows; None is every row."""
        if self.live is None:
            return mask
        rows = np.zeros(sum(map(len, self.parts)), dtype=np.bool_)
        rows[self.live if mask is None else self.live[mask]] = True
        return rows

    def rows_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of places."""
        return places if self.live is None else self.live[places]

    def places_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places of live rows."""
        return rows if self.live is None else np.searchsorted(self.live, rows)

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        """Vectors of rows, in that order; float32 of shape (n, dim)."""
        if len(self.parts) == 1:
            return self.parts[0].units(rows)
        out = np.empty((len(rows), self.parts[0].vectors.shape[1]), dtype=np.float32)
        for first, part in self.numbered_parts():
            here = (rows >= first) & (rows < first + len(part))
            out[here] = part.units(rows[here] - first)
        return out
