"""No output option writes into a workspace, whose database and rules nobody else has."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from commands import Run


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


@pytest.fixture
def taught(run: Run, home: Path) -> Run:
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png")
    assert run("learn", "disc", "--out", "disc.rule").code == 0
    (home / "link").symlink_to("shapes.likewise")
    return run


@pytest.mark.parametrize(
    "words",
    [
        ("export-vectors", "--out", "shapes.likewise/workspace.sqlite", "--overwrite"),
        ("export-vectors", "--out", "link/new.parquet"),
        ("rule", "export", "disc", "--to", "shapes.likewise/rules/disc.rule"),
        ("learn", "disc", "--out", "shapes.likewise/rules/new.rule"),
        ("search", "--like", "disc/00.png", "--sheet", "shapes.likewise/thumbnails/a.png"),
        ("report", "disc", "--out", "shapes.likewise/report.html"),
        ("export", "disc", "--to", "shapes.likewise/dataset"),
        ("export", "disc", "--to", "shapes.likewise", "--overwrite"),
        ("export-page", "--to", "shapes.likewise/page"),
        ("backup", "shapes.likewise"),
        ("backup", "shapes.likewise/b.tar"),
        ("remove", "--ids", "ids.txt", "--manifest", "shapes.likewise/removed.csv"),
    ],
)
def test_it_is_refused_and_nothing_changes(taught: Run, home: Path, words: tuple[str, ...]) -> None:
    (home / "ids.txt").write_text("disc/05.png\n")
    before = digests(home)
    ran = taught(*words)
    assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
    assert "whose files likewise keeps for itself; give a place outside of it" in ran.err
    assert digests(home) == before
