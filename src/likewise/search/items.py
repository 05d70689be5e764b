"""The items of a collection: their ids, their columns and where their images are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as Ids
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from likewise.core.box import Box
from likewise.core.id_set import IdSet
from likewise.errors import BadInputError
from likewise.numeric.threads import SharedLock
from likewise.search.facets.columns import FacetColumns, read_facets
from likewise.search.item_index import ItemIndex
from likewise.search.store.base import ITEM_SCHEMA
from likewise.search.store.lance import Lance
from likewise.sources.base import UNKNOWN, Item, Original

ORIGINAL_COLUMNS = ("uri", "bytes", "modified", "parent_id", "box")
"""What the store knows of where an item's image is."""

_CONDITIONS = 8  # whose masks are remembered: each refit of a filtered review asks for the same one


class States(Protocol):
    """Which items are marked, such as those whose files are missing."""

    def all(self, state: str | None = None) -> dict[str, Any]: ...  # noqa: D102


class Sources(Protocol):
    """What was indexed, and how an item's image is read again."""

    def original(self, item: Item) -> Original: ...  # noqa: D102

    def all(self) -> Mapping[str, Any]: ...  # noqa: D102


_Self = TypeVar("_Self", bound="Items")
_P = ParamSpec("_P")
_T = TypeVar("_T")


def of_version(
    read: Callable[Concatenate[_Self, _P], _T],
) -> Callable[Concatenate[_Self, _P], _T]:
    """Make all steps of a reading see the same items: `refresh` waits for its end."""

    @wraps(read)
    def reading(self: _Self, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with self._reading.shared():
            return read(self, *args, **kwargs)

    return cast("Callable[Concatenate[_Self, _P], _T]", reading)


class Items:
    """What is known of the images of a store, without looking at their vectors."""

    def __init__(self, store: Lance, states: States, sources: Sources) -> None:
        self.store = store
        self.refreshes = 0  # how often it was read anew, items or which files are missing
        self._reading = SharedLock()
        self._states, self._sources = states, sources
        self._index = ItemIndex(store)
        self._missing: NDArray[np.bool_] | None = None
        self._conditions: dict[tuple[int, str], NDArray[np.bool_]] = {}
        self._facets: FacetColumns | None = None
        self._facets_lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.store)

    @property
    def version(self) -> int:
        """Grows when items are added, changed or removed."""
        return self.store.version

    def refresh(self) -> None:
        """See what was indexed since this was opened."""
        with self._reading.alone():
            self._read_anew()

    def _read_anew(self) -> None:
        self.refreshes += 1
        self.store.refresh()
        self._missing = None

    def ids(self) -> tuple[str, ...]:
        """Every item's id, in the store's order."""
        return tuple(self.store.ids().to_pylist())

    @of_version
    def positions(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Where items are in `ids()` of this version, -1 for those that are not in it; (n,).

        For what is kept in the store's order, such as the points of a map.
        """
        return self._index.find(ids)

    @of_version
    def at(self, indices: NDArray[np.int64]) -> tuple[str, ...]:
        """Ids at indices of this version, the reverse of `positions`.

        Raises:
            BadInputError: an index beyond the last item.
        """
        beyond = indices[(indices < 0) | (indices >= len(self))]
        if len(beyond):
            raise BadInputError(
                f"index {int(beyond[0])} is not one of {len(self)} items; give 0 to {len(self) - 1}"
            )
        return self._index.at(indices)

    @of_version
    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are in the collection."""
        return self._index.known(ids)

    @of_version
    def missing(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids whose files were missing when this was last read."""
        gone = self._missing_rows()
        rows = zip(ids, self._index.find(ids).tolist(), strict=True)
        return {item for item, row in rows if row >= 0 and gone[row]}

    @of_version
    def resolve(self, names: Sequence[str]) -> dict[str, str]:
        """The id that each name means, of those that mean one.

        A name is an id, an id as `likewise.core.escaping.escaped` writes it, or an id in another
        Unicode form where a single one is the same text.
        """
        return self._index.resolve(names)

    @of_version
    def present(self, ids: Sequence[str], where: str | None = None) -> list[str]:
        """Those of the ids, in their order, whose files are there and that meet a condition.

        Raises:
            BadInputError: the condition cannot be read.
        """
        if not ids:
            return []
        mask, indices = self._mask(where, ()), self._index.find(ids).tolist()
        return [
            item
            for item, index in zip(ids, indices, strict=True)
            if index >= 0 and (mask is None or mask[index])
        ]

    @of_version
    def meeting(self, where: str | None = None) -> NDArray[np.bool_]:
        """Which items, in the order of `ids()`, have their files and meet a condition; (n,).

        Raises:
            BadInputError: the condition cannot be read.
        """
        mask = self._mask(where, ())
        return np.ones(len(self), dtype=np.bool_) if mask is None else mask

    @of_version
    def facets(self, where: str | None = None) -> tuple[FacetColumns, NDArray[np.bool_]]:
        """Columns and keys of the metadata to choose from, and `meeting(where)` of one version.

        They are read once for each version, which takes seconds of a million items.

        Raises:
            BadInputError: the condition cannot be read.
        """
        with self._facets_lock:
            if self._facets is None or self._facets.version != self.version:
                self._facets = read_facets(self.store.as_of_now())
            return self._facets, self.meeting(where)

    def remember_matching(self, version: int, where: str, matching: NDArray[np.bool_]) -> None:
        """Take note of which rows of a version meet a condition, so that it is not evaluated.

        What is chosen by facets is known before anybody filters by it; over a million rows the
        same as a condition on metadata takes seconds.
        """
        self._conditions[version, where] = matching
        for old in list(self._conditions)[:-_CONDITIONS]:
            self._conditions.pop(old, None)

    def columns(self) -> list[str]:
        """Names that a `where` condition may use."""
        return list(ITEM_SCHEMA.names)

    @of_version
    def facts(self, ids: Sequence[str], columns: Sequence[str]) -> list[dict[str, Any]]:
        """Columns of items, one dictionary an id, in the order of the ids.

        Raises:
            NotFoundError: an id is not in the collection.
        """
        table = self.store.facts(self._index.require(ids), columns)
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    @of_version
    def digests(self, ids: Sequence[str]) -> list[str]:
        """Digests of items' images, in the order of the ids; "" where none was recorded.

        Raises:
            NotFoundError: an id is not in the collection.
        """

        def read(new: Sequence[str]) -> list[str]:
            return [row["digest"] or "" for row in self.facts(new, ["digest"])]

        return self._index.digests(ids, read)

    @of_version
    def with_digests(self, digests: Ids[str]) -> dict[str, str]:
        """One present item's id for each of the digests that the collection holds."""
        digest_array = pa.array(sorted(digests), pa.string())
        gone = self._states.all("missing")
        found: dict[str, str] = {}
        for batch in self.store.scan(["item_id", "digest"]):
            hits = batch.filter(pc.is_in(batch["digest"], value_set=digest_array))
            for row in hits.to_pylist():
                if row["item_id"] not in gone:
                    found.setdefault(row["digest"], row["item_id"])
        return found

    @of_version
    def sample(
        self, count: int, seed: int = 0, where: str | None = None, exclude: Ids[str] = ()
    ) -> tuple[str, ...]:
        """Ids of items drawn at random without replacement: `count`, or all if fewer.

        Args:
            count: how many.
            seed: of the draw; the same one draws the same items of the same collection.
            where: a SQL condition on the items' columns.
            exclude: ids that are never drawn.
        """
        mask = self._mask(where, exclude)
        indices = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        random = np.random.default_rng(seed)
        drawn = indices[random.choice(len(indices), min(count, len(indices)), replace=False)]
        return self._index.at(drawn)

    def original(self, item: str) -> Original:
        """Where the item's image is, to be read again.

        Raises:
            NotFoundError: it is not in the collection.
        """
        return self.originals([item])[0]

    def originals(self, ids: Sequence[str]) -> list[Original]:
        """The same for several, in the order of the ids.

        Raises:
            NotFoundError: an id is not in the collection.
        """
        rows = self.facts(ids, ORIGINAL_COLUMNS)
        return [self.original_of(item, row) for item, row in zip(ids, rows, strict=True)]

    def original_of(self, item: str, row: Mapping[str, Any]) -> Original:
        """The same for one item whose `ORIGINAL_COLUMNS` are at hand."""
        uri, size, modified, parent, box = (row[name] for name in ORIGINAL_COLUMNS)
        return self._sources.original(
            Item(
                item,
                uri or item,
                UNKNOWN if size is None else size,
                modified or 0,
                parent=parent,
                box=None if box is None else Box(*box),
            )
        )

    def _missing_rows(self) -> NDArray[np.bool_]:
        if self._missing is None:
            self._missing = self._among(self._states.all("missing"))
        return self._missing

    def _mask(self, where: str | None, exclude: Ids[str]) -> NDArray[np.bool_] | None:
        """Which rows have their files, meet a condition and are not excluded; None is all."""
        missing = self._missing_rows()
        if where is None and not exclude and not missing.any():
            return None
        allowed = ~missing
        if exclude:
            allowed &= ~self._among(exclude)
        if where is not None:
            allowed &= self._matching(where)
        return allowed

    def _matching(self, where: str) -> NDArray[np.bool_]:
        """Which rows meet a condition; those of the last few conditions are remembered."""
        matching = self._conditions.pop((self.version, where), None)
        if matching is None:
            matching = np.zeros(len(self), dtype=np.bool_)
            matching[self.store.positions_where(where)] = True
        self.remember_matching(self.version, where, matching)
        return matching

    def _among(self, ids: Ids[str]) -> NDArray[np.bool_]:
        if isinstance(ids, IdSet):
            return ids.mask(len(self), self.version, self._index.find)
        among = np.zeros(len(self), dtype=np.bool_)
        indices = self._index.find(list(ids))
        among[indices[indices >= 0]] = True
        return among
