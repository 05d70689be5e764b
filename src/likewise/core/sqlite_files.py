"""SQLite files: opened so that nothing that is written in them runs, and changed as a whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from likewise.errors import CorruptError

_FOREIGN = """
SELECT CASE WHEN type = 'table' THEN 'virtual table' ELSE type END, name FROM sqlite_schema
WHERE type IN ('trigger', 'view') OR (type = 'table' AND sql LIKE 'CREATE VIRTUAL%') LIMIT 3
"""


def connect_sqlite(path: str | os.PathLike[str], **options: Any) -> sqlite3.Connection:
    """A connection whose schema may call no function with side effects; options of `sqlite3`."""
    connection: sqlite3.Connection = sqlite3.connect(path, **options)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction of a connection in autocommit mode: all of it is committed, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # after a full disk SQLite has rolled back itself
            connection.execute("ROLLBACK")
        raise


def refuse_foreign_schema(connection: sqlite3.Connection, path: str | os.PathLike[str]) -> None:
    """Refuse a database with a trigger, a view or a virtual table: likewise makes none.

    A trigger of a stranger's database could delete or change what is written into it.

    Raises:
        CorruptError: there is one; the message names them.
    """
    found = connection.execute(_FOREIGN).fetchall()
    if found:
        names = ", ".join(f"the {kind} '{name}'" for kind, name in found)
        raise CorruptError(
            f"{os.fspath(path)} holds {names}, which likewise did not make, so it is not used; "
            "use a workspace or a backup of somebody you trust"
        )
