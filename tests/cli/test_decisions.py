from __future__ import annotations

import json
from pathlib import Path

from commands import Run


def test_decisions_move_to_a_team_and_back(run: Run, home: Path, address: str) -> None:
    assert run("decisions").out == "local\n"
    run("concept", "create", "disc", "--like", "disc/00.png")
    trial = run("decisions", "--to", address, "--dry-run")
    assert trial.out == f"decisions would be kept in {address}: 1 concepts added\n"
    assert run("decisions").out == "local\n"
    told = run("decisions", "--to", address)
    assert told.code == 0, told.err
    (home / "yes.txt").write_text("disc/01.png\n")
    assert run("concept", "label", "disc", "--yes", "yes.txt").code == 0
    assert json.loads(run("info", "--json").out)["decisions"] == address
    checked = json.loads(run("doctor", "--json", "--no-files").out)["findings"]
    found = next(x for x in checked if x["check"] == "decisions")
    assert found["state"] == "ok"
    assert "1 answers, in postgresql://" in found["detail"]
    assert run("decisions", "--to", "local").out.endswith("local: 1 answers added\n")
    assert run("concept", "show", "disc").code == 0
    assert json.loads(run("info", "--json").out)["answers"] == 1


def test_an_address_that_cannot_be_used_is_said(run: Run) -> None:
    told = run("decisions", "--to", "mysql://host/db")
    assert told.code == 2
    assert "postgresql://user@host/database#NAME" in told.err
