"""What was indexed of a source before this walk, and which digests have vectors; on disk.

A walk asks about every file, so that this must be quick; and there may be a hundred million, so
that it must not be in memory. Both tables are in a temporary SQLite database of the run's own,
which keeps some 32 MB in memory and the rest in a nameless file that is gone when it is closed.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from likewise.core.box import Box
from likewise.core.closing import Closing
from likewise.errors import StorageError

_CREATE = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -32768;
CREATE TABLE known (
    item TEXT PRIMARY KEY, size INTEGER, modified INTEGER, digest TEXT,
    x REAL, y REAL, width REAL, height REAL, uri TEXT, seen INTEGER DEFAULT 0,
    replaced INTEGER DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE holders (digest TEXT PRIMARY KEY, item TEXT) WITHOUT ROWID;
CREATE TABLE new_names (digest TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
BEGIN;
"""
_NO_BOX = (None, None, None, None)


class SeenItem(NamedTuple):
    """What was noted of an item when it was indexed; its uri only where the id does not say it."""

    size: int
    modified: int
    digest: str
    box: Box | None
    uri: str | None = None


class SeenItems(Closing):
    """Items that have a vector, and which of them a picture's vector can be copied from.

    Threads may share it.

    Example:
        >>> with SeenItems() as ledger:
        ...     ledger.add([("a.jpg", SeenItem(120, 7, "d1", None))])
        ...     ledger.see("b.jpg"), ledger.see("a.jpg").digest, ledger.holder("d1")
        (None, 'd1', 'a.jpg')
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        with self._using() as database:
            database.executescript(_CREATE)

    def close(self) -> None:
        """Forget it all."""
        self._connection.close()

    def add(self, items: Iterable[tuple[str, SeenItem]]) -> None:
        """Take items as not seen yet; each holds its picture, the later of two that are alike."""
        rows = [
            (item, x.size, x.modified, x.digest, *(x.box or _NO_BOX), x.uri) for item, x in items
        ]
        columns = "item, size, modified, digest, x, y, width, height, uri"
        with self._using() as database:
            database.executemany(
                f"INSERT OR REPLACE INTO known ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
            database.executemany(
                "INSERT OR REPLACE INTO holders VALUES (?, ?)",
                [(row[3], row[0]) for row in rows if row[3]],
            )

    def __contains__(self, item: str) -> bool:
        return self._first_row("SELECT 1 FROM known WHERE item = ?", item) is not None

    def get(self, item: str) -> SeenItem | None:
        """What is known of an item, or None."""
        columns = "size, modified, digest, x, y, width, height, uri"
        row = self._first_row(f"SELECT {columns} FROM known WHERE item = ?", item)
        return None if row is None else _seen_item(row)

    def see(self, item: str) -> SeenItem | None:
        """Mark an item as met, and answer what is known of it."""
        item_before = self.get(item)
        if item_before is not None:
            with self._using() as database:
                database.execute("UPDATE known SET seen = 1 WHERE item = ?", (item,))
        return item_before

    @property
    def unseen_count(self) -> int:
        """How many items were not met."""
        row = self._first_row("SELECT count(*) FROM known WHERE seen = ?", 0)
        return 0 if row is None else int(row[0])

    def unseen(self) -> Iterator[str]:
        """Items that were not met, in the order of their ids."""
        return (item for item, _ in self._pages(visited=False))

    def visited(self) -> Iterator[tuple[str, str]]:
        """Items that were met and the digests of their pictures, in the order of their ids."""
        return self._pages(visited=True)

    def holder(self, digest: str) -> str | None:
        """An item that has the vector of the picture with this digest, or None."""
        row = self._first_row("SELECT item FROM holders WHERE digest = ?", digest)
        return None if row is None else str(row[0])

    def hold(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Note digests of pictures and the items that have their vectors now."""
        with self._using() as database:
            database.executemany("INSERT OR REPLACE INTO holders VALUES (?, ?)", pairs)

    def let_go(self, item: str) -> None:
        """The picture that an item was known with has no vector under its name any more."""
        with self._using() as database:
            database.execute(
                "DELETE FROM holders WHERE item = ? "
                "AND digest = (SELECT digest FROM known WHERE item = ?)",
                (item, item),
            )
            database.execute("UPDATE known SET replaced = 1 WHERE item = ?", (item,))

    def add_new_names(self, digests: Iterable[str]) -> None:
        """Count a new name of a known picture for each of the digests."""
        with self._using() as database:
            database.executemany(
                "INSERT INTO new_names VALUES (?, 1) "
                "ON CONFLICT (digest) DO UPDATE SET count = count + 1",
                [(digest,) for digest in digests],
            )

    @property
    def moved_count(self) -> int:
        """After a whole walk: new names of pictures whose old names are gone; the rest are copies.

        Of three new names of a picture that had one, which is gone, one is a move.
        """
        row = self._first_row(
            "SELECT coalesce(sum(min(new_names.count, gone.count)), 0) FROM new_names JOIN ("
            "SELECT digest, count(*) AS count FROM known WHERE seen = 0 OR replaced = ? "
            "GROUP BY digest) AS gone USING (digest)",
            1,
        )
        return 0 if row is None else int(row[0])

    def _first_row(self, sql: str, value: str | int) -> tuple[Any, ...] | None:
        with self._using() as database:
            row: tuple[Any, ...] | None = database.execute(sql, (value,)).fetchone()
            return row

    def _pages(self, visited: bool) -> Iterator[tuple[str, str]]:
        """Items and digests, a page at a time, so that others may use the database between them."""
        last = ""
        while True:
            with self._using() as database:
                rows = database.execute(
                    "SELECT item, digest FROM known WHERE seen = ? AND item > ? ORDER BY item "
                    "LIMIT 1000",
                    (visited, last),
                ).fetchall()
            if not rows:
                return
            yield from rows
            last = rows[-1][0]

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._connection
        except sqlite3.Error as error:
            raise StorageError(
                f"what is known of the images does not fit into the folder for temporary files "
                f"({error}); make room there or set TMPDIR to another folder, then run the same "
                "command again"
            ) from error


def _seen_item(row: tuple[Any, ...]) -> SeenItem:
    size, modified, digest, x, *rest, uri = row
    return SeenItem(size, modified, digest, None if x is None else Box(x, *rest), uri)
