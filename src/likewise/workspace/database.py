"""The SQLite file that holds what people decided: opened, migrated and guarded in one place."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from likewise.core.output_files import free_space
from likewise.core.sqlite_files import connect_sqlite, refuse_foreign_schema, transaction
from likewise.errors import (
    UPGRADE,
    BusyError,
    CorruptError,
    LikewiseError,
    MismatchError,
    StorageError,
    command_line,
)
from likewise.workspace.backup import DAY, back_up, refuse_loss, remedy, rotate
from likewise.workspace.damage import damage
from likewise.workspace.schema import CREATE, FORMAT, MIGRATE

__all__ = ["FORMAT", "Database", "now"]

_BUSY_SECONDS = 10.0


def now() -> str:
    """The time in UTC as ISO 8601 with milliseconds, which sorts as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Database:
    """One connection in WAL mode with ``synchronous=FULL``.

    A transaction that returned is on the disk, also after a loss of power; with NORMAL, SQLite
    loses acknowledged commits then. Threads may share the connection: a transaction of one thread
    ends before another reads, so no thread reads what may be rolled back.
    """

    def __init__(self, path: Path) -> None:
        """Open the file; create its tables if it is new, bring them up to date if they are old.

        Before an older format is changed, a copy is put beside it:
        ``workspace.sqlite.format-1.backup``.

        Raises:
            CorruptError: not a database, or a damaged one; or it is missing or empty and good
                copies of it are beside it; or it has a trigger or a view, which likewise never
                makes.
            MismatchError: written by a newer likewise.
            StorageError: the disk is full or refuses.
        """
        self.path = path
        self.lock = threading.RLock()
        self._backed_up = False
        refuse_loss(path)  # before the connection makes a new file
        with self._as_our_errors():
            self._connection = connect_sqlite(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
                self._file = self._at_path()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        refuse_foreign_schema(self._connection, self.path)  # before anything is written
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        if self._format() < FORMAT:
            with transaction(self._connection):
                self._bring_up_to_date(self._format())  # asked again: another may have been first
        if self._format() > FORMAT:
            raise MismatchError(
                f"{self.path} has format {self._format()} and this likewise reads up to {FORMAT}; "
                + UPGRADE
            )

    def _bring_up_to_date(self, version: int) -> None:
        """Make the tables, or change them; one transaction, so that a kill leaves the old ones."""
        if version == 0:
            refuse_loss(self.path, "without tables")
            self._backed_up = True  # there is nothing to lose yet
            self._run(CREATE)
        elif version < FORMAT:
            # By a connection of its own: this one holds the lock, so that nothing comes between.
            back_up(self.path, self.path.with_name(f"{self.path.name}.format-{version}.backup"))
            for number in range(version, FORMAT):
                self._run(MIGRATE[number])

    def _run(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._connection.execute(statement)
        self._connection.execute(f"PRAGMA user_version={FORMAT}")

    def _format(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    @property
    def where(self) -> str:
        """Path of the file, as text."""
        return str(self.path)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query and answer all its rows."""
        with self.lock, self._as_our_errors():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk when the block ends, or none."""
        with self.lock, self._as_our_errors():
            self._check_file("nothing was recorded")
            self._back_up_daily()
            with transaction(self._connection):
                yield self._connection
                self._check_file("nothing was recorded")
            # A file that was moved after the check above holds the last transaction.
            self._check_file("the last change is in the file that was moved or deleted")

    def _at_path(self) -> tuple[int, int] | None:
        """Device and inode of the file at the path now; None when there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _check_file(self, outcome: str) -> None:
        """Refuse to acknowledge what would go to a file that is no longer at the path."""
        found = self._at_path()
        if found != self._file:
            what = "moved or deleted" if found is None else "replaced by another file"
            raise StorageError(
                f"{self.path} was {what} while this process had it open; {outcome}: end this "
                f"process, put the file back, then check it with: "
                f"{command_line('doctor', '--workspace', self.path.parent)}"
            )

    def _back_up_daily(self) -> None:
        """Back up before the first change of a day, if there is a label or a concept."""
        if self._backed_up:
            return
        self._backed_up = True
        decided = "SELECT EXISTS (SELECT 1 FROM labels) OR EXISTS (SELECT 1 FROM concepts)"
        if self._connection.execute(decided).fetchone()[0]:
            with contextlib.suppress(StorageError, OSError):  # the answer counts, not the copy
                rotate(self.path, least_age=DAY)

    def problems(self) -> list[str]:
        """Faults that SQLite's integrity check finds; empty when there are none."""
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the connection; what was written is on the disk already."""
        self._connection.close()

    @contextmanager
    def _as_our_errors(self) -> Iterator[None]:
        try:
            yield
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
                f"{self.path} is damaged or not a database ({damage(self.path) or error}); "
                f"{remedy(self.path)}"
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
                f"{self.path} could not be written ({error}; {free_space(self.path)}); nothing was "
                "changed: free some space or check the permissions, then run the command again"
            )
        return CorruptError(f"{self.path} cannot be used ({error}); run: likewise doctor")
