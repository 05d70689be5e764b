"""The SQLite file that holds what people decided: opened, migrated and guarded in one place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from likewise.errors import BusyError, CorruptError, LikewiseError, MismatchError, StorageError

FORMAT = 1
"""Number of the on-disk format; grows with every change of the schema."""

_BUSY_SECONDS = 10.0

# Decisions (labels, concepts, rules, exports) are append-only: a change is a new row.
_SCHEMA = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    prefix TEXT PRIMARY KEY, kind TEXT NOT NULL, root TEXT NOT NULL, added_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE canaries (encoder TEXT PRIMARY KEY, vectors BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE item_states (
    item TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('failed', 'missing')),
    reason TEXT NOT NULL, bytes INTEGER NOT NULL, modified INTEGER NOT NULL, since TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE jobs (
    job INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
    outcome TEXT NOT NULL, report TEXT NOT NULL
);
CREATE TABLE concepts (
    revision INTEGER PRIMARY KEY, name TEXT NOT NULL, body TEXT, who TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX concepts_by_name ON concepts (name, revision);
CREATE TABLE exemplars (
    item TEXT PRIMARY KEY, digest TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE labels (
    sequence INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, concept TEXT NOT NULL,
    item TEXT NOT NULL, digest TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('yes', 'no', 'unsure')),
    who TEXT NOT NULL, source TEXT NOT NULL, rule INTEGER, score REAL, at TEXT NOT NULL
);
CREATE INDEX labels_by_concept ON labels (concept, sequence);
CREATE TABLE rules (
    version INTEGER PRIMARY KEY, concept TEXT NOT NULL, learner TEXT NOT NULL,
    file TEXT NOT NULL, digest TEXT NOT NULL, labels_upto INTEGER NOT NULL,
    items_version INTEGER NOT NULL, encoder TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE exports (
    export INTEGER PRIMARY KEY, concept TEXT NOT NULL, rule INTEGER NOT NULL,
    format TEXT NOT NULL, target TEXT NOT NULL, items INTEGER NOT NULL,
    items_version INTEGER NOT NULL, labels_upto INTEGER NOT NULL, digest TEXT NOT NULL,
    at TEXT NOT NULL
);
"""


def now() -> str:
    """The time in UTC as ISO 8601 with milliseconds, which sorts as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Database:
    """One connection in WAL mode with ``synchronous=FULL``.

    A statement that returned is on the disk: power may fail the next moment. (With NORMAL,
    SQLite loses acknowledged commits on power loss.)
    """

    def __init__(self, path: Path) -> None:
        """Open the file, and create its tables if it is new.

        Raises:
            CorruptError: not a database, or a damaged one.
            MismatchError: written by a newer likewise.
            StorageError: the disk is full or refuses.
        """
        self.path = path
        with self._as_our_errors():
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        if self._format() == 0:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                if self._format() == 0:  # another process may have been first
                    for statement in _SCHEMA.split(";\n"):
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version={FORMAT}")
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        if self._format() > FORMAT:
            raise MismatchError(
                f"{self.path} has format {self._format()} and this likewise reads up to {FORMAT}; "
                "upgrade with: pip install --upgrade likewise"
            )

    def _format(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query and answer all its rows."""
        with self._as_our_errors():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk when the block ends, or none."""
        with self._as_our_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def problems(self) -> list[str]:
        """What SQLite's own integrity check finds wrong; empty when all is well."""
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the connection; what was written is on the disk already."""
        self._connection.close()

    @contextmanager
    def _as_our_errors(self) -> Iterator[None]:
        try:
            yield
        except LikewiseError:
            raise
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> LikewiseError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return BusyError(
                f"{self.path} was locked by another process for {_BUSY_SECONDS:.0f} s; "
                "wait for it to end, then run the command again"
            )
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return CorruptError(
                f"{self.path} is damaged or not a database ({error}); "
                "put back a copy of it, the vectors beside it can be made again"
            )
        refusals = (
            sqlite3.SQLITE_FULL,
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_PERM,
        )
        if code in refusals:
            return StorageError(
                f"{self.path} could not be written ({error}); nothing was changed: "
                "free some space or check the permissions, then run the command again"
            )
        return CorruptError(f"{self.path} cannot be used ({error}); run: likewise doctor")
