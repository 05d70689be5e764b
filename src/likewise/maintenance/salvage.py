"""A new database out of a damaged one: all that can be read, and what its newest copy adds."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.errors import BusyError, CorruptError, StorageError
from likewise.search.store._durable import sync
from likewise.workspace.backup import loss, newest_good
from likewise.workspace.damage import damage, reading
from likewise.workspace.database import Database

_APPEND_ONLY = frozenset(
    {
        "audits", "concepts", "exemplars", "exports", "labels", "machine_labels", "round_undos",
        "rounds", "rules",
    }
)  # fmt: skip
_GIVE_UP = 100_000  # row numbers in a row that hold nothing readable
_OPEN_BYTE = 128  # of the -shm file: every connection in WAL mode holds a lock on it


@dataclass(frozen=True)
class SavedTable:
    """What became of one table.

    Attributes:
        table: its name.
        read: rows that the damaged file still gave.
        from_copy: rows that only the copy had.
        whole: whether the damaged file's table could be read from end to end.
    """

    table: str
    read: int
    from_copy: int
    whole: bool


@dataclass(frozen=True)
class Salvage:
    """What could be saved.

    Attributes:
        damage: what is wrong with the file.
        copy: the newest good copy, which filled gaps; None when there is none.
        tables: what became of each.
        missing_answers: events of the label log that are neither here nor there, as far as its
            numbers tell.
    """

    damage: str
    copy: Path | None
    tables: tuple[SavedTable, ...]
    missing_answers: int

    def sentences(self) -> list[str]:
        """The same for people."""
        lines = [f"the database is damaged: {self.damage}"]
        if self.copy is None:
            lines.append("there is no good copy of it beside it")
        for saved in self.tables:
            if not saved.whole or saved.from_copy:
                added = f", {saved.from_copy} come from {self.copy.name}" if self.copy else ""
                lines.append(f"{saved.table}: {saved.read} rows can be read{added}")
        lines.append(f"answers that are lost: {self.missing_answers or 'none that we know of'}")
        return lines


def salvage(database: Path, to: Path) -> Salvage:
    """Write a new database with what can be read of a damaged one; that one is not touched.

    Each table is read by its key from the first row until a page fails, from the last row until
    a page fails, and between by row number, which steps over single bad pages. Then the newest
    good copy adds the rows it has and the damaged file has not: to tables that only ever grow,
    and to any other that could not be read to its end. No connection to the file may be open in
    this process.

    Args:
        database: the damaged file; its write-ahead log beside it counts.
        to: the new file.

    Raises:
        CorruptError: nothing can be read and there is no copy.
        StorageError: there is no room for the new file.
    """
    copy = newest_good(database)
    what = loss(database) or damage(database) or "nothing"
    tables: list[SavedTable] = []
    try:
        with tempfile.TemporaryDirectory(dir=database.parent, prefix=".salvage-") as scratch:
            patient = Path(scratch) / database.name  # reading may change the files beside it
            for suffix in ("", "-wal"):
                if _beside(database, suffix).exists():
                    shutil.copyfile(_beside(database, suffix), _beside(patient, suffix))
            names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
            lost = "SELECT coalesce(max(sequence), 0) - count(*) FROM labels"
            with closing(Database(to)) as new, closing(sqlite3.connect(patient)) as old:
                tables += [_save(table, old, new, copy) for (table,) in new.rows(names)]
                (missing,) = new.rows(lost)[0]
    except OSError as error:
        size = database.stat().st_size if database.exists() else 0
        raise StorageError(
            f"{to} could not be written ({error.strerror or error}) and nothing was changed; free "
            f"{2 * size:,} bytes, then run the command again"
        ) from error
    if not any(saved.read + saved.from_copy for saved in tables):
        raise CorruptError(
            f"nothing of {database} can be read ({what}) and there is no copy of it; it is left "
            "as it is: put back a copy of your own"
        )
    return Salvage(what, copy, tuple(tables), int(missing))


def put_in_place(database: Path, repaired: Path) -> Path:
    """Let the new file take the damaged one's place, and answer the name that one has now.

    Raises:
        BusyError: another process has the database open.
    """
    refuse_if_open(database)
    number = 1
    while (kept := database.with_name(f"{database.name}.damaged-{number}")).exists():
        number += 1
    sync([repaired], repaired.parent)
    if database.exists():
        shutil.copyfile(database, kept)
    if (log := _beside(database, "-wal")).exists():
        shutil.copyfile(log, _beside(kept, "-wal"))
    sync([path for path in (kept, _beside(kept, "-wal")) if path.exists()], kept.parent)
    for suffix in ("-wal", "-shm"):  # first: SQLite would play the old log into the new file
        _beside(database, suffix).unlink(missing_ok=True)
    repaired.replace(database)
    sync([database], database.parent)
    return kept


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


def _save(table: str, old: sqlite3.Connection, new: Database, copy: Path | None) -> SavedTable:
    read, whole = _pour(table, old, new)
    from_copy = 0
    if copy is not None and (table in _APPEND_ONLY or not whole):
        with reading(copy) as source:
            from_copy, _ = _pour(table, source, new)
    return SavedTable(table, read, from_copy, whole)


def _pour(table: str, old: sqlite3.Connection, new: Database) -> tuple[int, bool]:
    """Insert what can be read and is not there yet; how many rows, and whether it was all."""
    here = {name: (kind, key) for name, kind, key in new.rows(
        "SELECT name, type, pk FROM pragma_table_info(?)", (table,)
    )}  # fmt: skip
    try:
        there = {name for _, name, *_ in old.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        return 0, False
    columns = [name for name in here if name in there]
    if not columns:
        # An older format did not have this table; an emptied file has none at all.
        return 0, table not in _APPEND_ONLY and _has_tables(old)
    keys = sorted((key, name) for name, (_, key) in here.items() if key)
    order = [name for _, name in keys]
    numbered = len(order) == 1 and here[order[0]][0] == "INTEGER"
    scan = _Scan(old, table, columns, order, numbered)
    marks = ",".join("?" * len(columns))
    with new.writing() as connection:
        before = connection.total_changes
        connection.executemany(
            f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", scan.rows()
        )
        return connection.total_changes - before, scan.whole


def _has_tables(connection: sqlite3.Connection) -> bool:
    try:
        return bool(connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone())
    except sqlite3.Error:
        return False


class _Scan:
    """The readable rows of a table; `whole` afterwards tells whether that was all of them."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        table: str,
        columns: list[str],
        order: list[str],
        numbered: bool,
    ) -> None:
        self._connection, self._order, self._numbered = connection, order, numbered
        self._sql = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED"
        self._place = columns.index(order[0])
        self.whole = True

    def rows(self) -> Iterator[tuple[Any, ...]]:
        last = first = None
        for row in self._along("ASC"):
            last = row[self._place]
            yield row
        if self.whole:
            return
        for row in self._along("DESC"):
            if self._numbered and last is not None and row[self._place] <= last:
                break
            first = row[self._place]
            yield row
        if self._numbered:
            yield from self._between(last or 0, first)

    def _along(self, direction: str) -> Iterator[tuple[Any, ...]]:
        by = ", ".join(f"{name} {direction}" for name in self._order)
        try:
            yield from self._connection.execute(f"{self._sql} ORDER BY {by}")
        except sqlite3.Error:
            self.whole = False

    def _between(self, last: int, first: int | None) -> Iterator[tuple[Any, ...]]:
        number, misses = last + 1, 0
        while misses < _GIVE_UP and (first is None or number < first):
            try:
                sql = f"{self._sql} WHERE {self._order[0]} = ?"
                found = self._connection.execute(sql, (number,)).fetchall()
            except sqlite3.Error:
                found = []
            yield from found
            number, misses = number + 1, 0 if found else misses + 1


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)
