from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from commands import Run
from ports import free_port


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


def test_another_user_agrees_once_to_the_server_of_a_workspace(
    run: Run, home: Path, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    assert run("decisions", "--to", address).code == 0
    monkeypatch.setenv("LIKEWISE_CONFIG", str(tmp_path / "settings of another"))
    refused = run("concept", "list")
    assert refused.code == 2
    command = shlex.split(refused.err.partition("if you trust it: ")[2])
    assert command[:4] == ["likewise", "info", "--allow-remote", address]
    agreed = run(*command[1:])
    assert agreed.code == 0, agreed.err
    assert "disc" in run("concept", "list").out
    assert run("backup", "copy.tar").code == 0
    assert run("restore", "copy.tar", "-w", "again.likewise").code == 0
    assert "disc" in run("concept", "list", "-w", "again.likewise").out


def test_an_address_that_cannot_be_used_is_said(run: Run) -> None:
    told = run("decisions", "--to", "mysql://host/db")
    assert told.code == 2
    assert "postgresql://user@host/database#NAME" in told.err


def test_without_the_server_a_rule_file_searches_and_a_concept_does_not(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg")
    run("concept", "create", "disc", "--like", "disc/00.png")
    assert run("learn", "disc", "--out", "disc.rule").code == 0
    address = f"postgresql://ana@127.0.0.1:{free_port()}/team"
    monkeypatch.setenv("LIKEWISE_DECISIONS", address)  # where nothing listens
    found = run("search", "--rule", "disc.rule")
    assert found.code == 0, found.err
    assert "disc/01.png" in found.out
    refused = run("search", "--concept", "disc")
    assert refused.code == 8
    assert address in refused.err
    assert refused.err.count("\n") == 1
