"""A collection of one picture, or of copies of one: every command works on it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from commands import Run

AT = ("--workspace", "same.likewise")
CURATORS = (
    ("exact-duplicates",),
    ("duplicates",),
    ("split",),
    ("outliers",),
    ("issues",),
    ("rare",),
    ("balance", "--by", "folder"),
    ("diverse", "--k", "1"),
    ("even", "--k", "1"),
    ("representative", "--k", "1"),
)


@pytest.fixture(params=[1, 4], ids=["one", "copies"])
def same(request: pytest.FixtureRequest, run: Run, home: Path) -> int:
    folder = home / "same"
    folder.mkdir()
    for number in range(request.param):
        shutil.copy(home / "shapes" / "disc" / "00.png", folder / f"{number}.png")
    assert run("index", "same").code == 0
    return int(request.param)


@pytest.mark.parametrize("curator", CURATORS, ids=lambda curator: curator[0])
def test_every_curator(curator: tuple[str, ...], same: int, run: Run) -> None:
    ran = run("curate", *curator, "--labels", "none", "--json", *AT)
    assert ran.code == 0, ran.err
    if "duplicates" in curator[0]:
        assert json.loads(ran.out)["counts"]["kept"] == 1


def test_the_main_job(same: int, run: Run, home: Path) -> None:
    rows = [f"{number}.png,{number % 2}" for number in range(min(same, 2))]
    (home / "labels.csv").write_text("\n".join(["id,label", *rows]) + "\n")
    found = json.loads(run("search", "--like", "same/0.png", "--json", *AT).out)
    assert len(found["results"]) == same
    assert found["results"][0]["score"] > 0.99
    for command in (
        ("concept", "create", "it", "--like", "0.png"),
        ("learn", "it"),
        ("search", "--concept", "it"),
        ("explain", "it", "0.png"),
        ("basket", "it"),
        ("report", "it"),
        ("export", "it", "--to", "it.csv", "--format", "csv"),
        ("doctor",),
        ("propagate", "--labels", "labels.csv", "--dry-run"),
    ):
        if command[0] == "propagate" and same == 1:
            continue  # it refuses labels of a single class
        ran = run(*command, *AT)
        assert ran.code == 0, (command, ran.err)
