"""A damaged or lost database replaced by a copy of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from damaging import label_pages, spoil

from likewise.errors import BusyError, CorruptError
from likewise.maintenance.database_recovery import put_back_copy
from likewise.workspace.backup import rotate
from likewise.workspace.damage import damage
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog

_LATE = """
import os, sys
from pathlib import Path
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog
LabelLog(Database(Path(sys.argv[1]))).record([Label("barn", "x", "no", event="late")])
os._exit(0)
"""

_HOLDER = """
import sys
from pathlib import Path
from likewise.workspace.database import Database
database = Database(Path(sys.argv[1]))
database.rows("SELECT 1 FROM labels")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database with 200 labels, and a copy of it."""
    path = tmp_path / "w.sqlite"
    database = Database(path)
    labels = [Label("barn", f"{n}", "yes", who="ana", event=f"event-{n}") for n in range(200)]
    LabelLog(database).record(labels)
    database.close()
    rotate(path)
    return path


def events(path: Path) -> set[str]:
    database = Database(path)
    found = {label.event for label in LabelLog(database).history("barn")}
    database.close()
    return found


def test_each_damaged_file_is_kept_with_its_log(path: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        subprocess.run([sys.executable, "-c", _LATE, str(path)], check=True)
        log = (tmp_path / "w.sqlite-wal").read_bytes()
        assert b"late" in log
        spoil(path, label_pages(path)[1])
        damaged = path.read_bytes()
        would = put_back_copy(path, dry_run=True)
        assert would[-1].startswith("would put a copy of it in the place of w.sqlite and keep")
        assert path.read_bytes() == damaged
        done = put_back_copy(path, dry_run=False)
        assert done[-1].endswith(f"w.sqlite; the other is w.sqlite.damaged-{number}")
        kept = path.with_name(f"w.sqlite.damaged-{number}")
        assert kept.read_bytes() == damaged
        assert kept.with_name(f"{kept.name}-wal").read_bytes() == log
        assert damage(path) is None
        assert events(path) == {f"event-{n}" for n in range(200)}
    assert path.with_name("w.sqlite.backup-1").is_file()
    assert not list(tmp_path.glob("*partial*"))


def test_a_lost_one_comes_back(path: Path, tmp_path: Path) -> None:
    path.unlink()
    done = put_back_copy(path, dry_run=False)
    assert done[0] == "the database is missing"
    assert len(events(path)) == 200
    assert not (tmp_path / "w.sqlite.damaged-1").exists()


def test_without_a_sound_copy_it_is_left_alone(path: Path) -> None:
    copy = path.with_name("w.sqlite.backup-1")
    spoil(copy, label_pages(copy)[1])
    path.write_bytes(b"words, not a database" * 500)
    with pytest.raises(CorruptError, match=r"there is no sound copy of .* left as it is"):
        put_back_copy(path, dry_run=False)
    assert path.read_bytes().startswith(b"words")


def test_a_database_in_use_is_not_replaced(path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(BusyError, match="open in another process"):
            put_back_copy(path, dry_run=False)
    assert not list(path.parent.glob("*damaged*"))
