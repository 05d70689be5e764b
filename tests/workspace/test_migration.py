"""A workspace of an older format becomes one of the newest, with every decision as it was."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.errors import StorageError
from likewise.workspace.concepts import Concepts
from likewise.workspace.damage import is_sound
from likewise.workspace.database import FORMAT, Database
from likewise.workspace.labels import Label, LabelLog

_OLD = (Path(__file__).parent / "format_1.sql").read_text()
_COLUMNS = "sequence, event, concept, item, digest, verdict, who, source, rule, score, at"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file as format 1 left it: with decisions, and a gap in their numbers."""
    path = tmp_path / "workspace.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(_OLD)
    rows = [
        (number, f"event-{number}", ("barn", "tree")[number % 2], f"item-{number % 40}", "d",
         ("yes", "no", "unsure")[number % 3], ("ana", "ben")[number // 50 % 2], "import",
         3 if number % 5 else None, 0.5, f"2026-01-{number % 28 + 1:02d}")
        for number in (*range(1, 120), *range(150, 200))
    ]  # fmt: skip
    connection.executemany(f"INSERT INTO labels VALUES ({','.join('?' * 11)})", rows)
    connection.execute(
        "INSERT INTO concepts VALUES (1, 'barn', '{\"name\": \"barn\"}', 'ana', '2026')"
    )
    connection.execute("INSERT INTO settings VALUES ('encoder', 'x')")
    connection.commit()
    connection.close()
    return path


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(path)
    names = (
        "settings", "sources", "canaries", "item_states", "jobs", "concepts", "exemplars", "rules",
        "exports",
    )  # fmt: skip
    found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    found["labels"] = connection.execute(
        f"SELECT {_COLUMNS} FROM labels ORDER BY sequence"
    ).fetchall()
    connection.close()
    return found


def format_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(number)


def schema_of(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT type, name, tbl_name FROM sqlite_schema").fetchall()
    columns = connection.execute("SELECT name, type, pk FROM pragma_table_info('labels')")
    found = {repr(row) for row in [*rows, *columns.fetchall()]}
    connection.close()
    return found


def test_every_decision_of_an_old_workspace_is_there(old: Path, tmp_path: Path) -> None:
    before = contents(old)
    log = LabelLog(Database(old))
    assert format_of(old) == FORMAT
    assert contents(old) == before
    assert log.position() == 199
    assert len(log.history("barn")) + len(log.history("tree")) == 169
    assert Concepts(Database(old)).names() == ["barn"]
    assert log.undo("tree", "ben") is not None  # and what is new works on what is old
    assert Database(old).problems() == []
    Database(tmp_path / "new.sqlite").close()
    assert schema_of(old) == schema_of(tmp_path / "new.sqlite")


def test_a_copy_of_the_old_is_kept(old: Path) -> None:
    before = contents(old)
    Database(old).close()
    copy = old.with_name("workspace.sqlite.format-1.backup")
    assert is_sound(copy)
    assert format_of(copy) == 1
    assert contents(copy) == before
    assert {path.name for path in old.parent.iterdir()} == {old.name, copy.name}


def test_without_room_for_a_copy_nothing_is_changed(old: Path) -> None:
    before = contents(old)
    old.with_name("workspace.sqlite.format-1.backup").mkdir()  # cannot be replaced by a file
    with pytest.raises(StorageError, match=r"format-1\.backup could not be written.*nothing was"):
        Database(old)
    assert format_of(old) == 1
    assert contents(old) == before


@pytest.mark.parametrize("broken_at", range(8))
def test_a_migration_that_fails_half_way_leaves_the_old_format_whole(
    old: Path, monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    from likewise.workspace import schema

    before = contents(old)
    good = schema.MIGRATE[1]
    monkeypatch.setitem(schema.MIGRATE, 1, (*good[:broken_at], "not SQL at all"))
    with pytest.raises(Exception, match="syntax error"):
        Database(old)
    assert format_of(old) == 1
    assert contents(old) == before
    monkeypatch.setitem(schema.MIGRATE, 1, good)
    Database(old).close()
    assert contents(old) == before


_KILLED = """
import os, signal, sys
from pathlib import Path
from likewise.workspace import schema
from likewise.workspace.database import Database
def statements():
    for number, statement in enumerate(good):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement
good = schema.MIGRATE[1]
schema.MIGRATE[1] = statements()
Database(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("killed_at", [1, 3, 5, 8])
def test_a_migration_that_is_killed_leaves_the_old_format_whole(old: Path, killed_at: int) -> None:
    before = contents(old)
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(old), str(killed_at)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert format_of(old) == 1
    assert contents(old) == before
    Database(old).close()
    assert format_of(old) == FORMAT
    assert contents(old) == before


def test_two_who_open_an_old_workspace_at_once(old: Path) -> None:
    before = contents(old)
    code = "import sys; from pathlib import Path; from likewise.workspace.database import Database"
    code += "; Database(Path(sys.argv[1])).close()"
    people = [subprocess.Popen([sys.executable, "-c", code, str(old)]) for _ in range(3)]
    assert [person.wait() for person in people] == [0, 0, 0]
    assert contents(old) == before


def test_a_label_that_is_no_undo_must_have_a_verdict(old: Path) -> None:
    database = Database(old)
    with pytest.raises(Exception, match="CHECK constraint"), database.writing() as connection:
        connection.execute("UPDATE labels SET verdict = 'undo' WHERE sequence = 1")
    LabelLog(database).record([Label("barn", "a", "yes")])
