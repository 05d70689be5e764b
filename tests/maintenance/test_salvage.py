from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from damaging import label_pages, spoil

from likewise.core.concept import Concept
from likewise.errors import BusyError, CorruptError
from likewise.maintenance.salvage import Salvage, put_in_place, salvage
from likewise.workspace.backup import rotate
from likewise.workspace.concepts import Concepts
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


def record(path: Path, start: int, stop: int) -> None:
    database = Database(path)
    LabelLog(database).record(
        [Label("barn", f"{n}", "yes", who="ana", event=f"event-{n}") for n in range(start, stop)]
    )
    database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database with 2,000 labels, one undone, and a concept."""
    path = tmp_path / "w.sqlite"
    record(path, 0, 2000)
    database = Database(path)
    Concepts(database).save(Concept("barn", examples=("1.jpg",)))
    LabelLog(database).undo("barn", "ana")
    database.close()
    for copy in tmp_path.glob("*.backup-*"):
        copy.unlink()
    return path


def saved(path: Path) -> tuple[Salvage, set[str]]:
    result = salvage(path, path.with_name("new.sqlite"))
    database = Database(path.with_name("new.sqlite"))
    assert database.problems() == []
    events = {label.event for label in LabelLog(database).history("barn")}
    database.close()
    return result, events


def events_on(path: Path, pages: list[int]) -> set[str]:
    """The events of the rows that only these pages hold."""
    content = path.read_bytes()
    text = b" ".join(content[page * 4096 : (page + 1) * 4096] for page in pages)
    return {f"event-{n}" for n in range(2000) if f"event-{n}barn".encode() in text}


@pytest.mark.parametrize("spoiled", [[0], [5], [5, 9], [4, 5, 6], [-1], [0, -1]])
def test_every_row_on_a_good_page_is_saved(path: Path, spoiled: list[int]) -> None:
    pages = [label_pages(path)[which] for which in spoiled]
    gone = events_on(path, pages)
    assert gone
    before = path.read_bytes()
    spoil(path, *pages)
    damaged = path.read_bytes()
    result, events = saved(path)
    assert events == {f"event-{n}" for n in range(2000)} - gone
    assert "labels" in result.damage
    assert result.copy is None
    if -1 not in spoiled:  # numbers beyond the last that can be read are not known
        assert result.missing_answers == len(gone)
    assert path.read_bytes() == damaged != before


def test_what_the_copy_has_comes_from_it(path: Path) -> None:
    copy = rotate(path)
    record(path, 2000, 2100)
    pages = [label_pages(path)[2], label_pages(path)[7]]
    gone = events_on(path, pages)
    spoil(path, *pages)
    result, events = saved(path)
    assert events == {f"event-{n}" for n in range(2100)}
    assert result.missing_answers == 0
    assert result.copy == copy
    labels = next(table for table in result.tables if table.table == "labels")
    assert (labels.from_copy, labels.whole) == (len(gone), False)
    told = "\n".join(result.sentences())
    assert f"labels: {labels.read} rows can be read, {len(gone)} come from w.sqlite.backup" in told
    log = LabelLog(Database(path.with_name("new.sqlite")))
    assert [label.event for label in log.history("barn") if label.undone] == ["event-1999"]


def test_with_the_head_gone_the_copy_is_all_there_is(path: Path) -> None:
    rotate(path)
    record(path, 2000, 2010)
    spoil(path, 0)
    _, events = saved(path)
    assert events == {f"event-{n}" for n in range(2000)}


def test_with_nothing_to_read_and_no_copy_it_is_left_alone(path: Path) -> None:
    path.write_bytes(b"words, not a database" * 500)
    with pytest.raises(CorruptError, match="nothing of .* can be read .* left as it is"):
        salvage(path, path.with_name("new.sqlite"))
    assert path.read_bytes().startswith(b"words")


def test_a_file_that_was_cut_short(path: Path) -> None:
    rotate(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    _, events = saved(path)
    assert events == {f"event-{n}" for n in range(2000)}


def test_what_was_only_in_the_write_ahead_log_is_saved(path: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _LATE, str(path)], check=True)
    assert (tmp_path / "w.sqlite-wal").stat().st_size > 0
    spoil(path, label_pages(path)[3])
    _, events = saved(path)
    assert "late" in events
    kept = put_in_place(path, path.with_name("new.sqlite"))
    assert kept.name == "w.sqlite.damaged-1"
    assert (tmp_path / "w.sqlite.damaged-1-wal").stat().st_size > 0
    assert damage(path) is None
    assert "late" in {label.event for label in LabelLog(Database(path)).history("barn")}


def test_the_damaged_file_is_kept_under_another_name(path: Path) -> None:
    spoil(path, label_pages(path)[3])
    damaged = path.read_bytes()
    for number in (1, 2):
        saved(path)
        kept = put_in_place(path, path.with_name("new.sqlite"))
        assert kept.name == f"w.sqlite.damaged-{number}"
    assert path.with_name("w.sqlite.damaged-1").read_bytes() == damaged


def test_a_database_in_use_is_not_replaced(path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        (path.with_name("new.sqlite")).write_bytes(b"")
        with pytest.raises(BusyError, match="open in another process"):
            put_in_place(path, path.with_name("new.sqlite"))
    assert not list(path.parent.glob("*damaged*"))
