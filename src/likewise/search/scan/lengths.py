"""What divides a linear form to make it a cosine: each row's length after a space's map."""

from __future__ import annotations

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.numeric.threads import Blocks, share_blocks
from likewise.search.scan.files import Rows
from likewise.search.scan.kernel import product_with, quantise

_SPACES_KEPT = 4
_SHORTEST = np.float32(1e-6)


class InverseLengths:
    """``1 / space.lengths`` of scanned rows, kept for the spaces used last.

    A space outlives many refits of a rule, and rows never change, so most searches find what
    they need here, and new rows are added to it.
    """

    def __init__(self) -> None:
        self._cache: dict[tuple[str, str], NDArray[np.float32]] = {}
        self._lock = Lock()

    def of(self, rows: Rows, space: Space) -> NDArray[np.float32]:
        """Float32 of shape (len(rows),), to the precision of the codes."""
        key = (space.fingerprint, rows.generation)
        with self._lock:
            cached = self._cache.pop(key, np.empty(0, dtype=np.float32))
            if len(cached) < len(rows):
                cached = np.concatenate([cached, _inverse(rows, space, len(cached))])
            self._cache[key] = cached
            while len(self._cache) > _SPACES_KEPT:
                del self._cache[next(iter(self._cache))]
        return cached[: len(rows)]


def _inverse(rows: Rows, space: Space, first: int) -> NDArray[np.float32]:
    """Of the rows from `first` on."""
    out = np.empty(len(rows) - first, dtype=np.float32)
    mean = space.mean[None]
    codes, steps = quantise(mean)
    product = product_with(codes)
    squared = np.float32(1.0 + mean[0] @ mean[0])  # |x - m|^2 = |x|^2 - 2 m.x + |m|^2, |x| = 1

    def from_codes(start: int, end: int) -> NDArray[np.float32]:
        along = product(rows.codes[start:end])[0] * rows.scales[start:end]
        return np.asarray(np.sqrt(np.maximum(squared - 2 * steps[0] * along, 0)))

    def from_vectors(start: int, end: int) -> NDArray[np.float32]:
        return space.lengths(rows.units(slice(start, end)))

    lengths = from_codes if space.projection is None else from_vectors

    def work(blocks: Blocks) -> None:
        for start, end in blocks:
            block = lengths(first + start, first + end)
            out[start:end] = 1 / np.maximum(block, _SHORTEST)

    share_blocks(len(out), work)
    return out
