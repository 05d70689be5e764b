from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from damaging import label_pages, spoil

from likewise.errors import CorruptError, StorageError
from likewise.workspace.backup import DAY, back_up, backups, newest_good, rotate
from likewise.workspace.damage import damage, is_sound
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database with 300 labels."""
    database = Database(tmp_path / "w.sqlite")
    LabelLog(database).record([Label("barn", f"{n}", "yes") for n in range(300)])
    database.close()
    return tmp_path / "w.sqlite"


def names(folder: Path) -> set[str]:
    return {
        path.name for path in folder.iterdir() if path.suffix not in (".sqlite-wal", ".sqlite-shm")
    }


def test_a_copy_holds_what_was_acknowledged(path: Path) -> None:
    log = LabelLog(Database(path))
    log.record([Label("barn", "new", "no")])  # in the write-ahead log, not in the file
    back_up(path, path.with_name("copy.sqlite"))
    assert LabelLog(Database(path.with_name("copy.sqlite"))).history("barn") == log.history("barn")


def test_a_copy_is_one_file(path: Path) -> None:
    back_up(path, path.with_name("copy.sqlite"))
    assert is_sound(path.with_name("copy.sqlite"))
    assert names(path.parent) == {"w.sqlite", "copy.sqlite"}


def test_the_three_newest_stay(path: Path) -> None:
    made = [rotate(path) for _ in range(5)]
    assert [copy.name for copy in made if copy] == [f"w.sqlite.backup-{n}" for n in range(1, 6)]
    assert [copy.name for copy in backups(path)] == [f"w.sqlite.backup-{n}" for n in (5, 4, 3)]
    assert newest_good(path) == backups(path)[0]
    spoil(backups(path)[0], label_pages(backups(path)[0])[3])
    assert newest_good(path) == backups(path)[1]


def test_a_young_copy_is_enough_and_one_from_the_future_is_not(path: Path) -> None:
    first = rotate(path, least_age=DAY)
    assert first is not None
    assert rotate(path, least_age=DAY) is None
    now = first.stat().st_mtime
    os.utime(first, (now - 2 * DAY,) * 2)
    assert rotate(path, least_age=DAY) is not None
    os.utime(backups(path)[0], (now + 30 * DAY,) * 2)
    assert rotate(path, least_age=DAY) is not None


def test_copies_at_the_same_time_do_not_share_a_file(path: Path) -> None:
    copy = path.with_name("copy.sqlite")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: back_up(path, copy), range(64)))
    assert names(path.parent) == {"w.sqlite", "copy.sqlite"}
    assert len(LabelLog(Database(copy)).history("barn")) == 300


def test_what_a_killed_copying_left_is_cleared_away(path: Path) -> None:
    for name, age in (
        ("w.sqlite.backup-1.77.partial", 2 * DAY),
        (".w.sqlite.backup-1-78.partial", 2 * DAY),
        (".w.sqlite.backup-1-79.partial", 0),
    ):
        left = path.with_name(name)
        left.write_bytes(b"half")
        os.utime(left, (left.stat().st_mtime - age,) * 2)
    assert rotate(path) is not None
    assert names(path.parent) == {"w.sqlite", "w.sqlite.backup-1", ".w.sqlite.backup-1-79.partial"}


def test_copies_that_cannot_be_listed_are_not_taken_for_none(path: Path) -> None:
    rotate(path)
    path.parent.chmod(0o300)
    try:
        if os.access(path.parent, os.R_OK):
            pytest.skip("root may look into every folder")
        with pytest.raises(PermissionError):
            backups(path)
    finally:
        path.parent.chmod(0o700)
    assert len(backups(path)) == 1


def test_a_damaged_database_pushes_no_good_copy_out(path: Path) -> None:
    for _ in range(3):
        rotate(path)
    before = names(path.parent)
    spoil(path, label_pages(path)[3])
    with pytest.raises(CorruptError, match="likewise doctor --repair --yes"):
        rotate(path)
    assert names(path.parent) == before
    assert all(map(is_sound, backups(path)))


def test_the_first_change_of_a_day_makes_a_copy(path: Path) -> None:
    assert backups(path) == []
    log = LabelLog(Database(path))
    log.current("barn")
    assert backups(path) == []  # nothing was changed
    log.record([Label("barn", "a", "no")])
    log.record([Label("barn", "b", "no")])
    LabelLog(Database(path)).record([Label("barn", "c", "no")])
    (copy,) = backups(path)
    assert len(LabelLog(Database(copy)).history("barn")) == 300


def test_a_damaged_database_is_told_with_its_table_and_its_copy(path: Path) -> None:
    rotate(path)
    spoil(path, label_pages(path)[3])
    assert damage(path) == "not all of labels can be read"
    with pytest.raises(CorruptError) as told:
        LabelLog(Database(path)).history("barn")
    assert "labels" in str(told.value)
    assert "w.sqlite.backup-1" in str(told.value)
    assert "likewise doctor --repair --yes" in str(told.value)


def test_without_a_copy_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "w.sqlite").write_bytes(b"no database, only text" * 300)
    with pytest.raises(CorruptError, match=r"w\.sqlite.*there is no copy of it"):
        Database(tmp_path / "w.sqlite")


@pytest.fixture
def tiny_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 512 KB."""
    place = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here; run as root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_on_a_full_disk_there_is_no_half_a_copy(tiny_disk: Path) -> None:
    database = Database(tiny_disk / "w.sqlite")
    LabelLog(database).record([Label("barn", f"{n}", "yes") for n in range(500)])
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    room = os.statvfs(tiny_disk)
    (tiny_disk / "ballast").write_bytes(bytes((room.f_bavail - 20) * room.f_bsize))
    with pytest.raises(StorageError, match=r"backup-1 could not be written .* bytes were wanted"):
        rotate(tiny_disk / "w.sqlite")
    assert not list(tiny_disk.glob("*backup*"))
    assert LabelLog(database).record([Label("barn", "x", "no")]) == 1
