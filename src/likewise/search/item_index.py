"""Which row of the store each id has, remembered for the ids that were asked for lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.core.escaping import unescaped
from likewise.core.name_forms import Names
from likewise.errors import NotFoundError
from likewise.search.store.lance import Lance

_MOST = 1 << 18
_NOT_YET = -2


class ItemIndex:
    """Ids of a store's items and their row numbers, in both directions.

    A reviewer's next question is about the ids of the last answer. Finding an id among a million
    takes 20 ms and reading its digest 10 ms, so both are remembered until the store changes.
    """

    def __init__(self, store: Lance) -> None:
        self._store = store
        self._indices: dict[str, int] = {}
        self._digests: dict[str, str] = {}
        self._version = -1  # of the store, when they were read

    def find(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Index of each id, -1 for those that are not in the store."""
        memory = self._memory()
        indices = np.array([memory.get(item, _NOT_YET) for item in ids], dtype=np.int64)
        unknown = np.flatnonzero(indices == _NOT_YET)
        if len(unknown):
            new = [ids[i] for i in unknown.tolist()]
            indices[unknown] = self._store.find(new)
            self._remember(new, indices[unknown])
        return indices

    def require(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Index of each id.

        Raises:
            NotFoundError: an id is not in the store.
        """
        indices = self.find(ids)
        if (indices < 0).any():
            raise NotFoundError(
                f"there is no item '{ids[int(indices.argmin())]}' in the collection; "
                "an id is a path relative to the folder that was indexed"
            )
        return indices

    def at(self, indices: NDArray[np.int64]) -> tuple[str, ...]:
        """Ids of rows."""
        ids = tuple(self._store.ids().take(pa.array(indices)).to_pylist())
        self._remember(ids, indices)
        return ids

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are in the store."""
        found = zip(ids, self.find(ids).tolist(), strict=True)
        return {item for item, index in found if index >= 0}

    def resolve(self, names: Sequence[str]) -> dict[str, str]:
        """The id that each name means: itself, unescaped, or in another Unicode form."""
        found = {name: name for name in self.known(names)}
        read = {name: unescaped(name) for name in names if name not in found and "\\u{" in name}
        escapes = self.known(list(read.values()))
        found.update((name, item) for name, item in read.items() if item in escapes)
        others = [name for name in names if name not in found and not name.isascii()]
        if others:
            ids = Names(self._store.ids().to_pylist())
            found.update((name, item) for name in others if (item := ids.find(name)) is not None)
        return found

    def digests(
        self, ids: Sequence[str], read: Callable[[Sequence[str]], Sequence[str]]
    ) -> list[str]:
        """Digests of items' images; those that are not remembered are read, in one call."""
        self._memory()  # forgets what was remembered of another version
        cached = self._digests
        found = {item: cached.get(item) for item in ids}
        new = [item for item, digest in found.items() if digest is None]
        if new:
            fresh = dict(zip(new, read(new), strict=True))
            found |= fresh
            if len(cached) + len(fresh) > _MOST:
                cached.clear()
            if len(fresh) <= _MOST:
                cached.update(fresh)
        return [found[item] or "" for item in ids]

    def _memory(self) -> dict[str, int]:
        if self._version != self._store.version:
            self._indices, self._digests = {}, {}
            self._version = self._store.version
        return self._indices

    def _remember(self, ids: Sequence[str], indices: NDArray[np.int64]) -> None:
        memory = self._memory()
        if len(memory) + len(ids) > _MOST:
            memory.clear()
        if len(ids) <= _MOST:
            memory.update(zip(ids, indices.tolist(), strict=True))
