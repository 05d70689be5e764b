from __future__ import annotations

import json
import shutil
from pathlib import Path

from commands import Run


def test_one_rule_over_several_workspaces(run: Run, home: Path) -> None:
    (home / "more" / "disc").mkdir(parents=True)
    for number in range(4):
        name = f"disc/{number:02d}.png"
        shutil.move(home / "shapes" / name, home / "more" / name)
    assert run("index", "shapes", "-w", "shapes.likewise").code == 0
    assert run("index", "more").code == 0
    run("concept", "create", "disc", "--like", "disc/05.png", "-w", "shapes.likewise")
    run("learn", "disc", "--rule", "mean", "--out", "disc.rule", "-w", "shapes.likewise")
    asked = ("--rule", "disc.rule", "-k", "8", "-w", "shapes.likewise", "--also", "more.likewise")
    found = json.loads(run("search", *asked, "--json").out)
    assert found["searched"] == 24
    assert [row["rank"] for row in found["results"]] == list(range(1, 9))
    assert all(row["id"].startswith("disc/") for row in found["results"])
    assert sum(row.get("workspace") == "more.likewise" for row in found["results"]) == 4
    scores = [row["score"] for row in found["results"]]
    assert scores == sorted(scores, reverse=True)
    lines = run("search", *asked).out.splitlines()
    assert sum(line.startswith("more.likewise:disc/") for line in lines) == 4


def test_what_does_not_go_together_is_said(run: Run) -> None:
    told = run("search", "--like", "disc/00.png", "--also", "x.likewise", "--sheet", "a.png")
    assert told.code == 2
    told = run("search", "--like", "disc/00.png", "--also", "x.likewise")
    assert told.code == 3
    assert "x.likewise is not a likewise workspace" in told.err
