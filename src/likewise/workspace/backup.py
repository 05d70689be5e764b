"""Copies of the database beside it: made while it is in use, checked, synced, three kept."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from likewise.errors import CorruptError, StorageError
from likewise.stores._durable import sync
from likewise.workspace.schema import FORMAT

KEEP = 3
"""How many numbered copies stay; a new one takes the place of the oldest."""

DAY = 24 * 60 * 60.0
"""Seconds; an older newest copy is followed by another at the day's first write."""


def back_up(database: Path, to: Path) -> None:
    """Copy a database, as it is at this moment, to a file that is then on the disk.

    Others may go on reading and writing. The file appears whole or not at all.

    Raises:
        StorageError: the disk is full or refuses; nothing was left behind.
        CorruptError: the database is damaged, so its copy would be worthless.
    """
    part = to.with_name(f"{to.name}.{os.getpid()}.partial")
    try:
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
        if not is_sound(part):
            raise CorruptError(f"{database} is damaged; see: likewise doctor --repair --dry-run")
        sync([part], part.parent)
        part.replace(to)
        sync([to], to.parent)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (11, 26):  # CORRUPT, NOTADB
            raise CorruptError(
                f"{database} is damaged ({error}); see: likewise doctor --repair --dry-run"
            ) from error
        raise _refused(database, to, str(error)) from error
    except OSError as error:
        raise _refused(database, to, error.strerror or str(error)) from error
    finally:
        for left in (part, part.with_name(f"{part.name}-journal")):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def rotate(database: Path, least_age: float = 0.0) -> Path | None:
    """Make the next numbered copy, and drop the oldest beyond three.

    Args:
        database: the file to copy.
        least_age: seconds; with a newest copy younger than this nothing is done. A copy from
            the future (the clock was put back) counts as old.

    Returns:
        The new copy, or None when the newest one is young enough.

    Raises:
        StorageError, CorruptError: see `back_up`; the older copies are all still there.
    """
    there = backups(database)
    if there and 0 <= time.time() - there[0].stat().st_mtime < least_age:
        return None
    to = database.with_name(f"{database.name}.backup-{_number(there[0]) + 1 if there else 1}")
    back_up(database, to)
    for old in backups(database)[KEEP:]:
        old.unlink(missing_ok=True)
    return to


def backups(database: Path) -> list[Path]:
    """The numbered copies of a database, the newest first."""
    found = database.parent.glob(f"{database.name}.backup-*")
    return sorted((path for path in found if _number(path)), key=_number, reverse=True)


def newest_good(database: Path) -> Path | None:
    """The newest copy that is sound; one made before a migration is the last resort."""
    older = sorted(database.parent.glob(f"{database.name}.format-*.backup"), reverse=True)
    return next((path for path in [*backups(database), *older] if is_sound(path)), None)


def is_sound(path: Path) -> bool:
    """Whether a copy is a whole database of a format we know; changes nothing."""
    try:
        with reading(path) as connection:
            (known,) = connection.execute("PRAGMA user_version").fetchone()
            (checked,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            connection.execute("SELECT 1 FROM labels LIMIT 1").fetchall()
            return bool(1 <= known <= FORMAT and checked == "ok")
    except sqlite3.Error:
        return False


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write."""
    uri = f"file:{quote(os.fspath(path.absolute()))}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        yield connection


def _number(path: Path) -> int:
    digits = path.name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def _refused(database: Path, to: Path, reason: str) -> StorageError:
    with contextlib.suppress(OSError):
        reason += f"; {database.stat().st_size:,} bytes were wanted"
    return StorageError(
        f"{to} could not be written ({reason}) and nothing was changed; free some space or check "
        "the permissions, then run the command again"
    )
