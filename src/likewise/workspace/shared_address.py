"""The address of shared decisions: written down without its password, used with it once."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from likewise.core.addresses import has_secret, without_secrets
from likewise.workspace.backup import backups
from likewise.workspace.damage import writing_to

_ADDRESS, _IS_CLEAN = "decisions", "decisions_without_password"

_typed: dict[Path, str] = {}
"""By database: the address with the password that this process was given."""


def stored_address(database: Path, settings: Mapping[str, str]) -> tuple[str, bool]:
    """The address of a workspace's decisions, and whether a password was removed from it just now.

    Older versions stored the address as it was typed. Such a password is removed from the database
    and from the copies beside it, free pages included. It is used for the rest of this process.

    Args:
        database: the file.
        settings: of the workspace.
    """
    address = settings.get(_ADDRESS, "")
    found = has_secret(address)
    if found or (_ADDRESS in settings and _IS_CLEAN not in settings):
        remove_passwords(database)
        with contextlib.suppress(OSError):
            for copy in (*backups(database), *database.parent.glob(f"{database.name}.*.backup")):
                was = copy.stat()
                remove_passwords(copy)
                os.utime(copy, ns=(was.st_atime_ns, was.st_mtime_ns))  # a copy's age counts
    if found:
        _typed[database.resolve()] = address
    typed = _typed.get(database.resolve(), "")
    return (typed if without_secrets(typed) == without_secrets(address) else address), found


def rows_to_store(database: Path, address: str) -> list[tuple[str, str]]:
    """The settings that hold an address, without its password; this process remembers it."""
    _typed[database.resolve()] = address
    return [(_ADDRESS, without_secrets(address)), (_IS_CLEAN, "1")]


def remove_passwords(database: Path) -> None:
    """Remove what an older version stored; a file that may not be written stays as it is."""
    with contextlib.suppress(OSError, sqlite3.Error), writing_to(database) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        sql = "SELECT value FROM settings WHERE key = ?"
        for (address,) in connection.execute(sql, (_ADDRESS,)).fetchall():
            rows = [(_ADDRESS, without_secrets(address)), (_IS_CLEAN, "1")]
            with connection:
                connection.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
            connection.execute("VACUUM")  # what was replaced before lies in free space
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
