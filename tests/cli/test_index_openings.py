"""`likewise index` opens its workspace once, and walks what it indexes once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from commands import Run
from PIL import Image

from likewise.distribute.shards import Local
from likewise.indexing.index import index
from likewise.sources import folder
from likewise.sources.table import Table
from likewise.workspace import Workspace


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a workspace was opened, and the tree or the table of a source walked."""
    counts: Counter[str] = Counter()

    def count(owner: Any, name: str, what: str) -> None:
        function = getattr(owner, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            counts[what] += 1
            return function(*arguments, **options)

        monkeypatch.setattr(owner, name, counted)

    count(Workspace, "__init__", "openings")
    count(folder, "walk", "walks")
    count(Table, "items", "walks")
    return counts


ONCE = {"openings": 1, "walks": 1}


def test_a_new_workspace(run: Run, counts: Counter[str]) -> None:
    assert run("index", "shapes", "-w", "new.likewise").code == 0
    assert counts == ONCE


def test_a_workspace_named_after_its_folder(run: Run, counts: Counter[str]) -> None:
    assert run("index", "shapes/disc").code == 0
    assert counts == ONCE


def test_a_second_run(run: Run, home: Path, counts: Counter[str]) -> None:
    Image.new("RGB", (40, 40)).save(home / "shapes" / "new.png")
    assert "1 added, 24 unchanged" in run("index", "shapes").out
    assert counts == ONCE


def test_a_second_run_without_naming_the_folder(run: Run, home: Path, counts: Counter[str]) -> None:
    (home / "more").mkdir()
    Image.new("RGB", (40, 40)).save(home / "more" / "one.png")
    assert run("index", "more", "-w", "shapes.likewise").code == 0
    assert counts == ONCE
    counts.clear()
    assert run("index", "-w", "shapes.likewise").code == 0
    assert counts == {"openings": 1, "walks": 2}  # one of each folder


def test_a_dry_run(run: Run, counts: Counter[str]) -> None:
    assert "24 unchanged" in run("index", "shapes", "--dry-run").out
    assert counts == ONCE


def test_a_dry_run_before_there_is_a_workspace(run: Run, counts: Counter[str]) -> None:
    assert "24 added" in run("index", "shapes", "-w", "new.likewise", "--dry-run").out
    assert counts == {"walks": 1}


def test_a_folder_that_moved(run: Run, home: Path, counts: Counter[str]) -> None:
    (home / "shapes").rename(home / "moved")
    options = ("-w", "shapes.likewise", "--relocate")
    assert "24 unchanged" in run("index", "moved", *options).out
    assert counts == ONCE


def test_a_table(run: Run, home: Path, counts: Counter[str]) -> None:
    (home / "t.csv").write_text("path,kind\nshapes/disc/00.png,disc\nshapes/disc/01.png,disc\n")
    assert "2 added" in run("index", "t.csv").out
    assert counts == ONCE
    counts.clear()
    assert "2 unchanged" in run("index", "t.csv").out
    assert counts == ONCE


def test_by_workers(home: Path, counts: Counter[str]) -> None:
    assert index(home / "shapes", home / "new.likewise", crew=Local).added == 24
    assert counts == ONCE
