"""What is wrong with a database file; looked at, never touched."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from likewise.core.sqlite_files import connect_sqlite, refuse_foreign_schema
from likewise.errors import CorruptError, StorageError
from likewise.workspace.schema import FORMAT

_FULL = 1 << 17  # bytes; SQLite shares 32 KiB of memory between processes in a file beside it


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write.

    What a killed process left half-done SQLite first takes back or completes, as it does for
    everyone who opens the file; only that needs a connection which may write.
    """
    uri = f"file:{quote(os.fspath(path.absolute()))}?mode="
    mode = "rw" if _needs_recovery(uri + "ro") else "ro"
    with closing(connect_sqlite(uri + mode, uri=True)) as connection:
        connection.execute("PRAGMA query_only=1")
        yield connection


def _needs_recovery(uri: str) -> bool:
    with closing(connect_sqlite(uri, uri=True)) as connection:
        try:
            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.Error as error:
            return _code(error) == sqlite3.SQLITE_READONLY
    return False


@contextmanager
def writing_to(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file that exists; a missing one is an error and is not made."""
    uri = f"file:{quote(os.fspath(path.absolute()))}?mode=rw"
    with closing(connect_sqlite(uri, uri=True)) as connection:
        yield connection


def count_decisions(path: Path) -> int:
    """How many answers and revisions of concepts a database holds; 0 for one that is damaged.

    Both only ever grow, so of two copies of one database the fuller is the later.
    """
    try:
        with reading(path) as connection:
            sql = "SELECT (SELECT count(*) FROM labels) + (SELECT count(*) FROM concepts)"
            return int(connection.execute(sql).fetchone()[0])
    except sqlite3.Error:
        return 0


def is_sound(path: Path) -> bool:
    """Whether a file is a whole database of a format we know, with a label log."""
    try:
        with reading(path) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute("SELECT 1 FROM labels LIMIT 1").fetchall()
            refuse_foreign_schema(connection, path)
            return 1 <= int(version) <= FORMAT and _check(connection) == "ok"
    except (sqlite3.Error, CorruptError):
        return False


def damage(path: Path) -> str | None:
    """What is wrong with a database, in a few words; None when it is sound.

    It is read from end to end: about a second for a million machine labels.

    Raises:
        StorageError: the disk is full, so that SQLite cannot even open it.
    """
    try:
        with reading(path) as connection:
            found = _check(connection)
            if found == "ok":
                return None
            names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            hurt = [name for (name,) in names.fetchall() if not _can_be_read(connection, name)]
    except sqlite3.Error as error:
        free = shutil.disk_usage(path.absolute().parent).free
        if free < _FULL and _code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
            raise StorageError(
                f"{path} cannot be opened: its disk has {free:,} bytes free; free some space and "
                "run the same command again"
            ) from error
        return str(error)
    return f"not all of {', '.join(hurt)} can be read" if hurt else found


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _check(connection: sqlite3.Connection) -> str:
    try:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return str(found).replace("\n", " ")


def _can_be_read(connection: sqlite3.Connection, table: str) -> bool:
    try:
        for _ in connection.execute(f"SELECT * FROM {table} NOT INDEXED"):
            pass
    except sqlite3.Error:
        return False
    return True
