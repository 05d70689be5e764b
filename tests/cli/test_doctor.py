"""A workspace whose database was damaged, as its owner meets it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Run
from damaging import label_pages, spoil

from likewise.workspace import Workspace
from likewise.workspace.labels import Label


@pytest.fixture
def answered(run: Run, home: Path) -> Path:
    """The database of a workspace with a concept and 1,200 answers, and a copy of 600 of them."""
    run("concept", "create", "barn", "--like", "disc/00.png")
    record(home, range(600))
    for copy in (home / "shapes.likewise").glob("*.backup-*"):
        os.utime(copy, (0, 0))  # made before the first answer, and not yesterday's
    assert run("doctor", "--no-files").code == 0
    record(home, range(600, 1200))
    connection = sqlite3.connect(home / "shapes.likewise" / "workspace.sqlite")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return home / "shapes.likewise" / "workspace.sqlite"


def record(home: Path, numbers: range) -> None:
    with Workspace(home / "shapes.likewise") as place:
        place.labels.record([Label("barn", f"{n}", "no", event=f"event-{n}") for n in numbers])


def answers(home: Path) -> int:
    with Workspace(home / "shapes.likewise") as place:
        return place.labels.count("barn")


def test_doctor_keeps_a_copy(run: Run, home: Path) -> None:
    ran = run("doctor", "--no-files")
    assert "ok       copies         1 of the decisions" in ran.out
    assert run("doctor", "--no-files").code == 0
    assert len(list((home / "shapes.likewise").glob("workspace.sqlite.backup-*"))) == 1


def test_a_damaged_database_is_explained_before_it_is_mended(
    run: Run, home: Path, answered: Path
) -> None:
    pages = label_pages(answered)
    spoil(answered, pages[2])
    damaged = answered.read_bytes()

    told = run("doctor")
    assert told.code == 1
    assert "not all of labels can be read" in told.out
    assert "workspace.sqlite.backup-" in told.out
    assert "likewise doctor --repair --yes --workspace shapes.likewise" in told.out

    refused = run("learn", "barn")
    assert refused.code == 6
    assert "likewise doctor --repair --yes --workspace shapes.likewise" in refused.err
    assert len(refused.err.strip().splitlines()) == 1

    for options in (["--dry-run"], []):
        would = run("doctor", "--repair", *options)
        assert would.code == 1
        assert "is sound: 601 answers and concepts, made 20" in would.out
        assert "would put a copy of it in the place of workspace.sqlite and keep the" in would.out
        assert answered.read_bytes() == damaged
    assert "nothing was changed; to do this: likewise doctor --repair --yes" in would.err

    ran = run("doctor", "--repair", "--yes", "--no-files", "--json")
    assert ran.code == 0, ran.out
    assert json.loads(ran.out)["repaired"][2] == (
        "put a copy of it in the place of workspace.sqlite; the other is workspace.sqlite.damaged-1"
    )
    assert answers(home) == 600
    assert answered.with_name("workspace.sqlite.damaged-1").read_bytes() == damaged
    assert run("learn", "barn", "--rule", "mean").code == 0
    assert not list(answered.parent.glob("*.partial"))


def test_a_database_that_is_rubbish_comes_back_from_its_copy(
    run: Run, home: Path, answered: Path
) -> None:
    answered.write_bytes(b"a letter to grandmother" * 4000)
    told = run("search", "--concept", "barn")
    assert told.code == 6
    assert "workspace.sqlite.backup-" in told.err
    assert run("doctor").code == 1
    assert run("doctor", "--repair", "--yes").code == 0
    assert answers(home) == 600


def test_without_any_copy_rubbish_is_left_alone(run: Run, home: Path, answered: Path) -> None:
    for copy in answered.parent.glob("*.backup-*"):
        copy.unlink()
    answered.write_bytes(b"a letter to grandmother" * 4000)
    ran = run("doctor", "--repair", "--yes")
    assert ran.code == 6
    assert "there is no sound copy of" in ran.err
    assert answered.read_bytes().startswith(b"a letter")


def test_a_database_in_use_is_not_mended(run: Run, home: Path, answered: Path) -> None:
    pages = label_pages(answered)
    spoil(answered, pages[2])
    code = (
        "import sys, sqlite3; c = sqlite3.connect(sys.argv[1]); "
        "c.execute('SELECT * FROM settings').fetchall(); print('open', flush=True); "
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(answered)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        ran = run("doctor", "--repair", "--yes")
    assert ran.code == 5
    assert "open in another process" in ran.err
