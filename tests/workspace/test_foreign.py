"""A workspace from elsewhere: what its database says opens nothing of this machine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from likewise.concepts.labelling import fill_basket
from likewise.errors import CorruptError
from likewise.maintenance.backups import back_up_workspace
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace
from likewise.workspace.damage import is_sound
from likewise.workspace.database import Database

_PROGRAMS = {
    "trigger": "CREATE TRIGGER gone AFTER INSERT ON labels BEGIN DELETE FROM labels; END",
    "view": "CREATE VIEW gone AS SELECT load_extension('x.so')",
    "virtual table": "CREATE VIRTUAL TABLE gone USING rtree(a, b, c)",
}


@pytest.mark.parametrize("kind", _PROGRAMS)
def test_what_would_run_in_a_database_is_named_and_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "workspace.sqlite"
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(_PROGRAMS[kind])
    before = path.read_bytes()
    with pytest.raises(CorruptError, match=f"holds the {kind} 'gone', which likewise did not"):
        Database(path)
    assert not is_sound(path)
    assert path.read_bytes() == before


def test_the_connection_trusts_no_schema(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "w.sqlite")) as database:
        assert database.rows("PRAGMA trusted_schema") == [(0,)]


def test_an_example_that_leads_out_is_not_opened(workspace: Workspace, tmp_path: Path) -> None:
    private = tmp_path / "private.png"
    private.write_bytes((workspace.path.parent / "shapes" / "disc" / "03.png").read_bytes())
    fill_basket(workspace, "disc", like=[str(private)], new=True)
    (item,) = workspace.concepts.get("disc").examples
    assert set(workspace.exemplars.paths([item])) == {item}
    link = workspace.path / "exemplars" / "link.png"
    link.symlink_to(private)
    for file in (str(private), "../../private.png", "link.png", "..", "", "a/b.png", "x\0.png"):
        with workspace._database.writing() as connection:
            connection.execute("UPDATE exemplars SET file = ?", (file,))
        assert workspace.exemplars.paths([item]) == {}
        assert workspace.exemplars.pictures([item]) == {}
        assert workspace.pictures([item]) == [None]
        with pytest.raises(Exception, match=item):
            learn_concept(workspace, "disc", "mean")
    made = back_up_workspace(workspace.path, tmp_path / "b.tar")
    assert not [name for name in made.files if "link" in name]


def test_a_rule_that_leads_out_is_not_opened(workspace: Workspace, tmp_path: Path) -> None:
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    _, shelved = learn_concept(workspace, "disc", "mean")
    outside = tmp_path / "outside.rule"
    shelved.path.rename(outside)
    shelved.path.symlink_to(outside)
    with pytest.raises(CorruptError, match=r"leads out of the workspace.*likewise learn disc"):
        workspace.rules.open("disc")
    with workspace._database.writing() as connection:
        connection.execute("UPDATE rules SET file = ?", (str(outside),))
    assert workspace.rules.newest("disc").path.parent == shelved.path.parent
