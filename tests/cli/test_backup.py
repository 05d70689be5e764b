from __future__ import annotations

import json
from pathlib import Path

from commands import Run

from likewise.concepts.labelling import fill_basket
from likewise.workspace import Workspace


def test_a_backup_and_back(run: Run, home: Path, tmp_path: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        fill_basket(place, "disc", like=["disc/00.png"], new=True)
    backups = tmp_path / "backups"
    backups.mkdir()
    made = run("backup", str(backups))
    assert made.code == 0, made.err
    (file,) = backups.iterdir()
    assert file.name.startswith("shapes-2")
    assert "about 1 concept(s)" in made.out
    checked = run("restore", str(file), "--dry-run", "--json")
    assert json.loads(checked.out)["restored_to"] is None
    again = run("restore", str(file))
    assert (again.code, "shapes.likewise exists and is not written over" in again.err) == (2, True)
    done = run("restore", str(file), "-w", "new.likewise")
    assert done.code == 0, done.err
    assert "likewise index FOLDER --workspace new.likewise" in done.err
    with Workspace(home / "new.likewise") as place:
        assert place.concepts.names() == ["disc"]


def test_another_file_is_told_apart(run: Run, home: Path) -> None:
    (home / "note.tar").write_text("no archive")
    refused = run("restore", "note.tar")
    assert refused.code == 6
    assert "note.tar" in refused.err
    assert "Traceback" not in refused.err
