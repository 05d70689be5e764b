"""A database that is gone, emptied or swapped while its copies or its process are there."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Run

from likewise.encoders.base import open_encoder
from likewise.errors import CorruptError, StorageError
from likewise.workspace import Workspace
from likewise.workspace.backup import backups, rotate
from likewise.workspace.damage import count_decisions
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed workspace with five answers and two copies of its database."""
    with Workspace.create(tmp_path / "w.likewise", open_encoder("efficientnet_lite0")) as made:
        made.labels.record([Label("barn", f"{n}", "yes") for n in range(5)])
        database = made.path / "workspace.sqlite"
        rotate(database)
        rotate(database)
    return tmp_path / "w.likewise"


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_copies_are_named_and_one_is_put_back(run: Run, folder: Path, how: str) -> None:
    database = folder / "workspace.sqlite"
    database.unlink() if how == "missing" else database.write_bytes(b"")
    for command in (["info"], ["doctor"], ["doctor", "--repair"], ["index", str(folder.parent)]):
        told = run(*command, "--workspace", str(folder))
        output = told.out + told.err
        assert told.code != 0
        assert f"is {how}" in output, command
        assert "workspace.sqlite.backup-2, workspace.sqlite.backup-1" in output
        assert f"likewise doctor --repair --yes --workspace {folder}" in output
        assert database.is_file() == (how == "empty")
    done = run("doctor", "--repair", "--yes", "--workspace", str(folder))
    assert "workspace.sqlite.backup-2 is sound: 5 answers and concepts" in done.out
    with Workspace(folder) as opened:
        assert len(opened.labels.history("barn")) == 5


def test_nothing_is_made_in_the_place_of_a_lost_database(folder: Path) -> None:
    (folder / "workspace.sqlite").write_bytes(b"")
    with pytest.raises(CorruptError, match="is empty; copies beside it"):
        Workspace.create(folder, open_encoder("efficientnet_lite0"))
    assert (folder / "workspace.sqlite").stat().st_size == 0


def test_a_shrunken_database_pushes_no_fuller_copy_out(run: Run, folder: Path) -> None:
    database = folder / "workspace.sqlite"
    held = count_decisions(backups(database)[0])
    opened = Database(database)
    with opened.writing() as connection:
        connection.execute("DELETE FROM labels")
    opened.close()
    for _ in range(5):
        rotate(database)
    copies = [count_decisions(copy) for copy in backups(database)]
    assert copies == [0, 0, 0, held, held]
    told = run("doctor", "--no-files", "--workspace", str(folder))
    assert "holds 0 answers and concepts and workspace.sqlite.backup-2 holds 5" in told.out
    assert told.code == 1


@pytest.mark.parametrize("how", ["moved", "replaced"])
def test_an_answer_to_a_swapped_database_is_refused(tmp_path: Path, how: str) -> None:
    path = tmp_path / "w.sqlite"
    log = LabelLog(Database(path))
    log.record([Label("barn", "1", "yes")])
    path.rename(tmp_path / "elsewhere.sqlite")
    if how == "replaced":
        path.write_bytes(b"another file")
    with pytest.raises(StorageError, match=f"{how}.* while this process had it open; nothing"):
        log.record([Label("barn", "2", "yes")])
    assert len(log.history("barn")) == 1
    assert path.exists() == (how == "replaced")


def test_a_database_swapped_within_a_transaction_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.sqlite"
    database = Database(path)
    with (
        pytest.raises(StorageError, match="nothing was recorded"),
        database.writing() as connection,
    ):
        connection.execute("INSERT INTO settings VALUES ('a', 'b')")
        path.rename(tmp_path / "elsewhere.sqlite")
    assert database.rows("SELECT * FROM settings") == []
