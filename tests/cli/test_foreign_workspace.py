"""A workspace from elsewhere, or with something else in the place of its database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from commands import Run


def test_every_command_names_the_trigger(home: Path, run: Run) -> None:
    with closing(sqlite3.connect(home / "shapes.likewise" / "workspace.sqlite")) as connection:
        connection.execute(
            "CREATE TRIGGER gone AFTER INSERT ON labels BEGIN DELETE FROM labels; END"
        )
    for command in (["info"], ["index", "shapes"], ["concept", "list"], ["doctor"]):
        told = run(*command)
        assert told.code == 6, (command, told)
        assert "the trigger 'gone'" in told.err


def test_a_folder_in_the_place_of_the_database(home: Path, run: Run) -> None:
    database = home / "shapes.likewise" / "workspace.sqlite"
    database.unlink()
    database.mkdir()
    for command in (["info"], ["index", "shapes"], ["concept", "list"], ["search", "x"],
                    ["doctor"], ["doctor", "--repair", "--yes"], ["users", "list"]):  # fmt: skip
        told = run(*command)
        assert told.code == 6, (command, told)
        assert "workspace.sqlite is a folder, where the database should be" in told.err
        assert told.err.count("\n") == 1
