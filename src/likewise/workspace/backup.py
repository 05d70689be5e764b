"""Copies of the database beside it: made while it is in use, checked, synced, three kept."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from likewise.core.files import new_file
from likewise.core.sqlite_files import connect_sqlite
from likewise.errors import CorruptError, StorageError, command_line
from likewise.workspace.damage import count_decisions, damage, is_sound, writing_to

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
    try:
        with new_file(to) as part:
            with writing_to(database) as source, closing(connect_sqlite(part)) as copy:
                copy.execute("PRAGMA journal_mode=OFF")  # a part that fails is thrown away whole
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
            if not is_sound(part):
                if damage(database):
                    raise _damaged(database)
                raise _refused(database, to, "what was written did not read back")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (11, 26):  # CORRUPT, NOTADB
            raise _damaged(database) from error
        raise _refused(database, to, str(error)) from error
    except OSError as error:
        raise _refused(database, to, error.strerror or str(error)) from error


def rotate(database: Path, least_age: float = 0.0) -> Path | None:
    """Make the next numbered copy, and drop the oldest beyond three.

    A copy that holds more than the database does is not dropped: decisions only ever grow, so
    the database has lost some.

    Args:
        database: the file to copy.
        least_age: seconds; with a newest copy younger than this nothing is done. A copy from
            the future (the clock was put back) counts as old.

    Returns:
        The new copy, or None when the newest one is young enough.

    Raises:
        StorageError, CorruptError: see `back_up`; the older copies are all still there.
    """
    copies = backups(database)
    if copies and 0 <= time.time() - copies[0].stat().st_mtime < least_age:
        return None
    to = database.with_name(f"{database.name}.backup-{_number(copies[0]) + 1 if copies else 1}")
    back_up(database, to)
    decisions = count_decisions(database)
    for old in backups(database)[KEEP:]:
        if count_decisions(old) <= decisions:
            old.unlink(missing_ok=True)
    for left in database.parent.glob(f"*{database.name}*.partial"):  # of a process that was killed
        if time.time() - left.stat().st_mtime > DAY:
            left.unlink(missing_ok=True)
    return to


def backups(database: Path) -> list[Path]:
    """The numbered copies of a database, the newest first.

    Raises:
        OSError: the folder may not be listed; that there are none would be wrong.
    """
    start = f"{database.name}.backup-"
    found = [path for path in database.parent.iterdir() if path.name.startswith(start)]
    return sorted((path for path in found if _number(path)), key=_number, reverse=True)


def newest_good(database: Path) -> Path | None:
    """The fullest sound copy, of several the newest; one from before a migration comes last."""
    if not database.parent.is_dir():
        return None
    older = sorted(database.parent.glob(f"{database.name}.format-*.backup"), reverse=True)
    numbered = [path for path in backups(database) if is_sound(path)]
    if numbered:
        return max(numbered, key=count_decisions)  # the first of several: the newest
    return next((path for path in older if is_sound(path)), None)


def loss(database: Path) -> str | None:
    """What became of a database that has copies beside it: "missing" or "empty"; else None."""
    if database.is_file() and database.stat().st_size:
        return None
    if newest_good(database) is None:
        return None
    return "empty" if database.is_file() else "missing"


def refuse_loss(database: Path, what: str | None = None) -> None:
    """Nothing may be made in the place of a database that is gone while its copies are there.

    Args:
        database: the file.
        what: what became of it, where that is known; `loss` says it otherwise.

    Raises:
        CorruptError: it is gone and has a good copy; the message says how to put that back. Or
            something has its name that is not a file.
    """
    refuse_no_file(database)
    what = what or loss(database)
    if what and newest_good(database):
        raise CorruptError(f"{database} is {what}; {put_back(database)}")


def refuse_no_file(database: Path) -> None:
    """A folder, a device or a pipe is no database.

    Raises:
        CorruptError: something has the name of the database that is not a file.
    """
    if database.exists() and not database.is_file():
        kind = "a folder" if database.is_dir() else "a device or a pipe"
        raise CorruptError(
            f"{database} is {kind}, where the database should be; move it away, then run: "
            f"{command_line('doctor', '--workspace', database.parent)}"
        )


def put_back(database: Path) -> str:
    """The copies of a database that is gone and the command that puts one back."""
    copy = newest_good(database)
    if copy is None:
        return "there is no copy of it"
    names = ", ".join(path.name for path in backups(database)) or copy.name
    command = command_line("doctor", "--repair", "--yes", "--workspace", database.parent)
    return (
        f"copies beside it: {names}; {copy.name} holds {count_decisions(copy)} answers and "
        f"concepts; put it back with: {command}"
    )


def remedy(database: Path) -> str:
    """What to do about a damaged database, as the end of a sentence."""
    copy = newest_good(database)
    if copy is None:
        return (
            "there is no copy of it; restore a backup with: likewise restore FILE --workspace NEW"
        )
    command = command_line("doctor", "--repair", "--yes", "--workspace", database.parent)
    return f"its newest sound copy is {copy}; put it back with: {command}"


def _number(path: Path) -> int:
    digits = path.name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def _damaged(database: Path) -> CorruptError:
    return CorruptError(f"{database} is damaged ({damage(database)}); {remedy(database)}")


def _refused(database: Path, to: Path, reason: str) -> StorageError:
    with contextlib.suppress(OSError):
        reason += f"; {database.stat().st_size:,} bytes were wanted"
    return StorageError(
        f"{to} could not be written ({reason}) and nothing was changed; free some space or check "
        "the permissions, then run the command again"
    )
