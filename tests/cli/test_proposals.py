"""``likewise labels accept``, and what ``likewise review`` says of proposals."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from commands import Run

from likewise.review.proposals import propose
from likewise.workspace import Workspace


@pytest.fixture
def proposed(run: Run, home: Path) -> Path:
    """Three answers about "disc" are proposed."""
    assert run("concept", "create", "disc", "--like", "disc/00.png").code == 0
    answers = [("disc/02.png", "yes"), ("square/00.png", "no"), ("stripes/00.png", "unsure")]
    with Workspace(home / "shapes.likewise") as workspace:
        propose(workspace, "disc", answers, "agent of ann")
    return home


@pytest.mark.usefixtures("proposed")
def test_a_person_looks_then_accepts(run: Run, home: Path) -> None:
    looked = run("labels", "accept", "disc", "--dry-run", "--sheet", "proposed.png")
    assert looked.code == 0, looked.err
    assert looked.out == (
        "disc/02.png\tyes\tround 1\n"
        "square/00.png\tno\tround 1\n"
        "stripes/00.png\tunsure\tround 1\n"
        "disc: 1 yes, 1 no, 1 unsure would be recorded\n"
    )
    assert (home / "proposed.png").stat().st_size > 1000
    assert run("labels", "list", "disc").out == ""
    (home / "wrong.txt").write_text("stripes/00.png\n")
    done = run("labels", "accept", "disc", "--except", "wrong.txt", "--who", "ann")
    assert done.out == "disc: 1 yes, 1 no recorded\n"
    assert "likewise labels undo disc --last" in done.err
    listed = json.loads(run("labels", "list", "disc", "--json").out)
    assert {(row["item"], row["who"], row["source"]) for row in listed} == {
        ("disc/02.png", "ann", "proposal"),
        ("square/00.png", "ann", "proposal"),
    }
    rest = json.loads(run("labels", "accept", "disc", "--dry-run", "--json").out)
    assert rest["proposals"] == [{"id": "stripes/00.png", "verdict": "unsure", "round": 1}]


def test_nothing_proposed_is_one_sentence(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    ran = run("labels", "accept", "disc")
    assert ran.code == 3
    assert ran.err == ("likewise: nothing is proposed for 'disc'; see: likewise propagate rounds\n")


@pytest.mark.usefixtures("proposed")
def test_a_review_shows_what_is_proposed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    ran = run("review", "disc", "--page-size", "4")
    assert ran.code == 0, ran.err
    assert "an agent proposes: 1 ?3" in ran.err
