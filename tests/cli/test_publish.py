from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Run

pytest.importorskip("qdrant_client")


def test_a_rule_runs_in_a_database(run: Run, home: Path) -> None:
    address = f"qdrant+file://{home}/database"
    trial = run("publish", "--to", address, "--dry-run")
    assert trial.out == f"would be in {address} likewise_shapes: 24 added\n"
    told = run("publish", "--to", address)
    assert told.code == 0, told.err
    assert told.out == f"published to {address} likewise_shapes: 24 added\n"
    assert json.loads(run("publish", "--to", address, "--json").out)["unchanged"] == 24
    here = run("search", "--like", "disc/00.png", "-k", "9", "--where", "width >= 100")
    there = run(
        "search", "--like", "disc/00.png", "-k", "9", "--where", "width >= 100", "--on", address
    )
    assert there.code == 0, there.err
    assert there.out == here.out
    assert there.err == ""


def test_where_to_search_must_be_said(run: Run) -> None:
    told = run("search", "--like", "disc/00.png", "--approximate")
    assert told.code == 2
    assert "go with --on" in told.err


def test_a_mirror_that_is_not_there_names_the_command(run: Run, home: Path) -> None:
    told = run("search", "--like", "disc/00.png", "--on", f"qdrant+file://{home}/none")
    assert told.code == 3
    assert f"likewise publish --to qdrant+file://{home}/none" in told.err
    assert not (home / "none").exists()
