from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from likewise.errors import BusyError, CorruptError, MismatchError
from likewise.workspace.database import FORMAT, Database


def test_every_commit_is_synced_to_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.sqlite")
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    assert database.rows("PRAGMA synchronous") == [(2,)]  # FULL


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.sqlite")
    with pytest.raises(RuntimeError), database.writing() as connection:
        connection.execute("INSERT INTO settings VALUES ('a', '1')")
        raise RuntimeError
    assert database.rows("SELECT * FROM settings") == []


def test_a_newer_format_is_refused_by_its_number(tmp_path: Path) -> None:
    Database(tmp_path / "w.sqlite").close()
    raw = sqlite3.connect(tmp_path / "w.sqlite")
    raw.execute(f"PRAGMA user_version={FORMAT + 1}")
    raw.close()
    with pytest.raises(MismatchError, match=f"format {FORMAT + 1}.*pip install --upgrade"):
        Database(tmp_path / "w.sqlite")


@pytest.mark.parametrize("content", [b"not a database at all, just text" * 40, b"\0" * 5000])
def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.sqlite").write_bytes(content)
    with pytest.raises(CorruptError, match=r"w\.sqlite"):
        Database(tmp_path / "w.sqlite")


def test_a_lock_held_elsewhere_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.workspace.database._BUSY_SECONDS", 0.05)
    one, other = Database(tmp_path / "w.sqlite"), Database(tmp_path / "w.sqlite")
    with (
        one.writing(),
        pytest.raises(BusyError, match="locked by another process"),
        other.writing(),
    ):
        pass


def test_damage_is_found(tmp_path: Path) -> None:
    database = Database(tmp_path / "w.sqlite")
    with database.writing() as connection:
        connection.executemany(
            "INSERT INTO settings VALUES (?, ?)", [(str(n), "x" * 200) for n in range(500)]
        )
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    assert Database(tmp_path / "w.sqlite").problems() == []
    content = bytearray((tmp_path / "w.sqlite").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = bytes(4096)
    (tmp_path / "w.sqlite").write_bytes(bytes(content))
    with contextlib.suppress(CorruptError):  # found even earlier, at opening
        assert Database(tmp_path / "w.sqlite").problems() != []
