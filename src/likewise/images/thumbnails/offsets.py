"""Where the record of a digest begins: sixteen bytes a digest, millions of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MOST_UNSORTED = 65_536


class DigestOffsets:
    """Maps digests to offsets by their first 64 bits; a later offset replaces an earlier one.

    Kept as two sorted arrays and a small dictionary of what came since. Of two digests that
    share 64 bits only the later is found; whoever reads the record compares the whole digest.
    Look-ups may run in other threads while one thread adds.

    Example:
        >>> offsets = DigestOffsets()
        >>> offsets.add(b"digest of an image", 4096)
        >>> offsets.get(b"digest of an image"), offsets.get(b"unknown digest")
        (4096, None)
    """

    def __init__(self) -> None:
        self._sorted = (np.empty(0, np.uint64), np.empty(0, np.uint64))
        self._unsorted: dict[int, int] = {}

    def __len__(self) -> int:
        self._sort()
        return len(self._sorted[0])

    def get(self, digest: bytes) -> int | None:
        """The offset of a digest, or None."""
        key = int.from_bytes(digest[:8], "big")
        offset = self._unsorted.get(key)
        if offset is not None:
            return offset
        keys, offsets = self._sorted
        position = int(np.searchsorted(keys, np.uint64(key)))
        return (
            int(offsets[position]) if position < len(keys) and int(keys[position]) == key else None
        )

    def add(self, digest: bytes, offset: int) -> None:
        """Set the offset of one digest."""
        self._unsorted[int.from_bytes(digest[:8], "big")] = offset
        if len(self._unsorted) >= _MOST_UNSORTED:
            self._sort()

    def add_many(self, keys: NDArray[np.uint64], offsets: NDArray[np.uint64]) -> None:
        """Set many at once, both of shape (n,); a key is a digest's first 8 bytes, big-endian."""
        self._sort()
        self._merge(keys, offsets)

    def _sort(self) -> None:
        if self._unsorted:
            count = len(self._unsorted)
            keys = np.fromiter(self._unsorted.keys(), np.uint64, count)
            offsets = np.fromiter(self._unsorted.values(), np.uint64, count)
            self._merge(keys, offsets)
            self._unsorted = {}  # only now, so that a look-up meanwhile finds them in one place

    def _merge(self, keys: NDArray[np.uint64], offsets: NDArray[np.uint64]) -> None:
        keys = np.concatenate([self._sorted[0], keys])
        offsets = np.concatenate([self._sorted[1], offsets])
        order = np.argsort(keys, kind="stable")  # of equal keys the later one stays last
        keys, offsets = keys[order], offsets[order]
        is_last = np.ones(len(keys), dtype=np.bool_)
        is_last[:-1] = keys[1:] != keys[:-1]
        self._sorted = (keys[is_last], offsets[is_last])
