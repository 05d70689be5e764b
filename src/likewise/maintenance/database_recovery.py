"""A damaged or lost database replaced by the fullest sound copy of it."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from datetime import UTC, datetime
from pathlib import Path

from likewise.core.files import new_file, sync
from likewise.errors import BusyError, CorruptError, StorageError
from likewise.workspace.backup import loss, newest_good
from likewise.workspace.damage import count_decisions, damage

_OPEN_BYTE = 128  # of the -shm file: every connection in WAL mode holds a lock on it


def put_back_copy(database: Path, dry_run: bool) -> list[str]:
    """Put the fullest sound copy in the place of a database, and keep the damaged file beside it.

    Args:
        database: the file; nothing in this process may have it open.
        dry_run: only say what would be done.

    Returns:
        What was found and done, in sentences.

    Raises:
        BusyError: another process has it open.
        CorruptError: there is no sound copy; nothing was changed.
        StorageError: there is no room for the copy; nothing was changed.
    """
    refuse_if_open(database)
    copy, lost = newest_good(database), loss(database)
    what = f"the database is {lost}" if lost else f"the database is damaged: {damage(database)}"
    if copy is None:
        raise CorruptError(
            f"{what}; there is no sound copy of {database}, so it is left as it is: restore a "
            "backup with: likewise restore FILE --workspace NEW"
        )
    made = datetime.fromtimestamp(copy.stat().st_mtime, UTC).isoformat(" ", "seconds")
    sentences = [
        what,
        f"{copy.name} is sound: {count_decisions(copy)} answers and concepts, made {made}; what "
        "came later is not in it",
    ]
    damaged = _free_name(database)
    aside = "" if lost == "missing" else f" and keep the other beside it as {damaged.name}"
    if dry_run:
        return [*sentences, f"would put a copy of it in the place of {database.name}{aside}"]
    try:
        _replace(database, copy, damaged)
    except OSError as error:
        raise StorageError(
            f"{database} could not be replaced ({error.strerror or error}); free "
            f"{2 * copy.stat().st_size:,} bytes, then run the command again"
        ) from error
    aside = "" if lost == "missing" else f"; the other is {damaged.name}"
    return [*sentences, f"put a copy of it in the place of {database.name}{aside}"]


def _replace(database: Path, copy: Path, damaged: Path) -> None:
    with new_file(database) as part:
        shutil.copyfile(copy, part)
        for suffix in ("", "-wal"):
            if _beside(database, suffix).exists():
                shutil.copyfile(_beside(database, suffix), _beside(damaged, suffix))
        sync([damaged, _beside(damaged, "-wal")], damaged.parent)
        for suffix in ("-wal", "-shm"):  # first: SQLite would play the old log into the copy
            _beside(database, suffix).unlink(missing_ok=True)


def refuse_if_open(database: Path) -> None:
    """Nobody may have a database open that is about to be replaced.

    Raises:
        BusyError: another process has.
    """
    with contextlib.suppress(FileNotFoundError), _beside(database, "-shm").open("r+b") as shared:
        try:
            fcntl.lockf(shared, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _OPEN_BYTE)
        except OSError as error:
            raise BusyError(
                f"{database} is open in another process; end it, then run the command again"
            ) from error


def _free_name(database: Path) -> Path:
    number = 1
    while (damaged := database.with_name(f"{database.name}.damaged-{number}")).exists():
        number += 1
    return damaged


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
