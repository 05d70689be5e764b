"""What a watched inbox's files came to, on the disk before anything is moved."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from likewise.apply.watch.journal_entry import Entry, Verdict
from likewise.core.sqlite_files import connect_sqlite, refuse_foreign_schema, transaction
from likewise.errors import UPGRADE, CorruptError, MismatchError, StorageError
from likewise.workspace.database import now

FORMAT = 1
"""Number of the on-disk format; grows with every change of the schema."""

# What went before its turn may come again under the same name with the same content.
_SCHEMA = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rules (name TEXT PRIMARY KEY, digest TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE files (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, digest TEXT, bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('planned', 'done')),
    outcome TEXT NOT NULL, rule TEXT, targets TEXT NOT NULL, error TEXT, at TEXT NOT NULL
);
CREATE UNIQUE INDEX files_once ON files (id, digest)
    WHERE digest IS NOT NULL AND outcome != 'gone';
CREATE INDEX files_planned ON files (number) WHERE state = 'planned';
CREATE TABLE results (
    row INTEGER PRIMARY KEY, number INTEGER NOT NULL REFERENCES files, rule TEXT,
    version TEXT, score REAL, probability REAL, yes INTEGER
);
CREATE INDEX results_by_file ON results (number);
CREATE TABLE seen (
    id TEXT PRIMARY KEY, bytes INTEGER NOT NULL, modified INTEGER NOT NULL, reason TEXT
) WITHOUT ROWID;
"""


class Journal:
    """One SQLite file in WAL mode with ``synchronous=FULL``.

    What a call wrote is on the disk when it returns. One process at a time uses it: the caller
    holds the lock.

    Args:
        path: the file; made if there is none.

    Raises:
        CorruptError: not a journal, or a damaged one.
        MismatchError: written by a newer likewise.
        StorageError: the disk is full or refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._as_our_errors():
            self._connection = connect_sqlite(path, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        refuse_foreign_schema(self._connection, self.path)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            raise MismatchError(
                f"{self.path} has format {version} and this likewise reads up to {FORMAT}; "
                + UPGRADE
            )
        if version == 0:
            with self._writing() as connection:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={FORMAT}")

    def setting(self, key: str, value: str) -> str:
        """What was put under a key first: this value, if there was none."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (key, value))
        return str(self._rows("SELECT value FROM settings WHERE key = ?", (key,))[0][0])

    def use_rules(self, digests: Mapping[str, str]) -> list[str]:
        """Note which rules judge from now on; names of those that did not judge what is here.

        Args:
            digests: the rule file's, by the rule's name.
        """
        before = dict(self._rows("SELECT name, digest FROM rules"))
        other = [name for name, digest in digests.items() if before.get(name) != digest]
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO rules VALUES (?, ?, ?)",
                [(name, digests[name], now()) for name in other],
            )
        return other if self._rows("SELECT 1 FROM files LIMIT 1") else []

    def was_handled(self, item: str, stamp: tuple[int, int], reason: str | None = None) -> bool:
        """Whether a file was handled as it is now, going by its size and time alone."""
        sql = "SELECT 1 FROM seen WHERE id = ? AND bytes = ? AND modified = ?"
        if reason is None:
            return bool(self._rows(sql, (item, *stamp)))
        return bool(self._rows(f"{sql} AND reason = ?", (item, *stamp, reason)))

    def handled(self, item: str, digest: str) -> Entry | None:
        """What this content came to when it was under this name before."""
        found = self._entries("id = ? AND digest = ? AND outcome != 'gone'", (item, digest))
        return found[0] if found else None

    def plan(self, entry: Entry, done: bool) -> Entry:
        """Write down what is about to be done, or is done with this."""
        state = "done" if done else "planned"
        verdicts: Sequence[tuple[Any, ...]] = [
            (name, verdict.version, verdict.score, verdict.probability, verdict.yes)
            for name, verdict in entry.verdicts.items()
        ]
        with self._writing() as connection:
            number = connection.execute(
                "INSERT INTO files (id, digest, bytes, modified, state, outcome, rule, targets, "
                "error, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (entry.id, entry.digest, *entry.stamp, state, entry.outcome, entry.rule,
                 json.dumps(entry.targets), entry.error, now()),
            ).lastrowid  # fmt: skip
            connection.executemany(
                "INSERT INTO results (number, rule, version, score, probability, yes) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [(number, *row) for row in verdicts or [(None,) * 5]],
            )
            _remember(connection, entry)
        return replace(entry, number=number or 0)

    def remember(self, entry: Entry) -> None:
        """Do not read this file again while its size and time stay."""
        with self._writing() as connection:
            _remember(connection, entry)

    def planned(self) -> list[Entry]:
        """What was begun and not ended, in order."""
        return self._entries("state = 'planned'", ())

    def aim(self, entry: Entry) -> None:
        """Another place for a planned file, because somebody took the first."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE files SET targets = ? WHERE number = ?",
                (json.dumps(entry.targets), entry.number),
            )

    def done(self, entry: Entry) -> None:
        """A planned file has come to this."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE files SET state = 'done', outcome = ?, targets = ? WHERE number = ?",
                (entry.outcome, json.dumps(entry.targets), entry.number),
            )
            if entry.outcome in ("moved", "gone"):  # another of that name would be a new one
                connection.execute("DELETE FROM seen WHERE id = ?", (entry.id,))

    def other_targets(self, entry: Entry) -> set[str]:
        """Where other contents of this name were put."""
        rows = self._rows(
            "SELECT targets FROM files WHERE id = ? AND number != ?", (entry.id, entry.number)
        )
        return {target for (targets,) in rows for target in json.loads(targets)}

    def table(self, after: int) -> Iterator[tuple[Any, ...]]:
        """Rows of the table whose number is above `after`, in order: what each rule says of each.

        A file that could not be read has one row without a rule.
        """
        with self._as_our_errors():
            rows = self._connection.execute(
                "SELECT row, id, digest, results.rule, version, score, probability, yes, error, at "
                "FROM results JOIN files USING (number) WHERE row > ? ORDER BY row",
                (after,),
            )
            for *before, yes, error, at in rows:
                yield *before, None if yes is None else bool(yes), error, at

    def close(self) -> None:
        """Close the file; what was written is on the disk already."""
        self._connection.close()

    def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        rows = self._rows(
            "SELECT id, digest, bytes, modified, outcome, rule, targets, error, number "
            f"FROM files WHERE {where} ORDER BY number",
            values,
        )
        return [
            Entry(item, digest, (size, modified), outcome, rule, tuple(json.loads(targets)),
                  self._verdicts(number), error, number)
            for item, digest, size, modified, outcome, rule, targets, error, number in rows
        ]  # fmt: skip

    def _verdicts(self, number: int) -> dict[str, Verdict]:
        rows = self._rows(
            "SELECT rule, score, probability, yes, version FROM results "
            "WHERE number = ? AND rule IS NOT NULL ORDER BY row",
            (number,),
        )
        return {
            name: Verdict(score, probability, bool(yes), version)
            for name, score, probability, yes, version in rows
        }

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._as_our_errors():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk when the block ends, or none."""
        with self._as_our_errors(), transaction(self._connection):
            yield self._connection

    @contextmanager
    def _as_our_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
                raise CorruptError(
                    f"{self.path} is damaged or not a journal ({error}); give another folder with "
                    "--out, for which every file in the inbox is a new one"
                ) from error
            raise StorageError(
                f"{self.path} could not be written ({error}); free some space or check the "
                "permissions, then run the command again: it goes on where it was"
            ) from error


def _remember(connection: sqlite3.Connection, entry: Entry) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", (entry.id, *entry.stamp, entry.error)
    )
