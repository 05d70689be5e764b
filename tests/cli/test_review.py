from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from commands import Run
from PIL import Image


@pytest.fixture
def taught(run: Run) -> None:
    assert run("concept", "create", "disc", "--like", "disc/00.png").code == 0


def truth(home: Path) -> Path:
    rows = [f"disc/{n:02d}.png,yes" for n in range(8)]
    (home / "truth.csv").write_text("\n".join(["id,verdict", *rows]) + "\n")
    return home / "truth.csv"


@pytest.mark.usefixtures("taught")
def test_a_simulated_review_tells_what_each_page_brought(run: Run, home: Path) -> None:
    ran = run("review", "disc", "--simulate", truth(home), "--pages", "2", "--page-size", "6")
    assert ran.code == 0, ran.err
    header, first, second = ran.out.splitlines()
    assert header.startswith("page")
    assert first.split()[:4] == ["1", "6", "6", "7"]
    assert "unseen" in second
    told = json.loads(
        run("review", "disc", "--simulate", truth(home), "--pages", "1", "--json").out
    )
    assert (told[0]["page"], told[0]["to_find"]) == (1, 8)
    assert run("labels", "list", "disc", "--json").out.strip() == "[]"


@pytest.mark.usefixtures("taught")
def test_pages_are_answered_by_number(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("9\n1-2 ?3\nu\n1-6\nq\n"))
    ran = run("review", "disc", "--page-size", "6", "--order", "most_alike")
    assert ran.code == 0, ran.err
    assert "'9' is no number from 1 to 6" in ran.err
    assert "taken back" in ran.err
    labels = json.loads(run("labels", "list", "disc", "--all", "--json").out)
    assert [label["verdict"] for label in labels[:6]] == ["yes", "yes", "unsure", "no", "no", "no"]
    assert all(label["undone_by"] for label in labels[:6])
    assert len(labels) == 12
    with Image.open(home / "review.png") as sheet:
        assert sheet.width > 400
    assert run("report", "disc").code == 0


@pytest.mark.usefixtures("taught")
def test_an_audit_answers_with_an_estimate(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("none\n"))
    ran = run("review", "disc", "--audit", "5")
    assert ran.code == 0, ran.err
    assert "an audit of 5 random looks" in ran.out
    assert "precision" in ran.out


@pytest.mark.usefixtures("taught")
def test_a_report_is_text_a_page_or_json(run: Run, home: Path) -> None:
    ran = run("report", "disc")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("disc: ")
    assert "\nimages that show it " in ran.out
    assert "|" not in ran.out
    assert run("report", "disc", "--out", "disc.md").code == 0
    assert "| images that show it |" in (home / "disc.md").read_text()
    assert run("report", "disc", "--out", "disc.html").code == 0
    page = (home / "disc.html").read_text()
    assert page.count("data:image/jpeg;base64,") >= 20
    assert "<script" not in page
    again = run("report", "disc", "--out", "disc.html")
    assert (again.code, "--overwrite" in again.err) == (2, True)
    assert run("report", "disc", "--out", "disc.pdf").code == 2
    told = json.loads(run("report", "disc", "--json").out)
    assert told["population"]["positives"]["low"] <= told["population"]["positives"]["high"]


def test_mistakes_are_told_in_a_sentence(run: Run, home: Path) -> None:
    ran = run("review", "barn")
    assert (ran.code, "likewise concept create barn" in ran.err) == (3, True)
    run("concept", "create", "disc", "--like", "disc/00.png")
    assert run("review", "disc", "--json").code == 2
    assert run("review", "disc", "--simulate", home / "no.csv").code == 3
    ran = run("review", "disc", "--order", "favourites")
    assert (ran.code, "those that exist" in ran.err) == (2, True)
