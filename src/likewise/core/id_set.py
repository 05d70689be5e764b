"""A set of ids that grows and shrinks, with a mask of rows that follows it change by change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray


class IdSet(AbstractSet[str]):
    """Ids, and where they are in a table of rows.

    Without the mask, leaving 100,000 answered images out of a search would look up every one of
    them for every search. Threads may share it.

    Args:
        ids: the first members.

    Example:
        >>> rows = {"a": 0, "b": 1, "c": 2}
        >>> ids = IdSet(["a"])
        >>> ids.add("c")
        >>> ids.mask(3, "v1", lambda names: np.array([rows[name] for name in names])).tolist()
        [True, False, True]
    """

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = set(ids)
        self._lock = threading.Lock()
        self._changed: set[str] = set()  # since the mask was made
        self._mask: tuple[Hashable, NDArray[np.bool_]] | None = None

    def __contains__(self, item: object) -> bool:
        return item in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, item: str) -> None:
        """Take an id in."""
        with self._lock:
            self._ids.add(item)
            self._changed.add(item)

    def discard(self, item: str) -> None:
        """Take an id out, if it is there."""
        with self._lock:
            self._ids.discard(item)
            self._changed.add(item)

    def mask(
        self, count: int, version: Hashable, find: Callable[[Sequence[str]], NDArray[np.int64]]
    ) -> NDArray[np.bool_]:
        """Which rows are members, shape (count,); a copy.

        Args:
            count: how many rows there are.
            version: of the rows; another than last time looks up all members again.
            find: answers the row of each id, -1 where there is none.
        """
        with self._lock:
            if self._mask is None or self._mask[0] != version:
                self._mask = version, np.zeros(count, dtype=np.bool_)
                self._changed = set(self._ids)
            changed = list(self._changed)
            self._changed.clear()
            mask = self._mask[1]
            rows = find(changed)
            present = np.array([item in self._ids for item in changed], dtype=np.bool_)
            mask[rows[rows >= 0]] = present[rows >= 0]
            return mask.copy()
