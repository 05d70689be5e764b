"""The label log from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from commands import Ran, Run

from likewise.workspace import Workspace
from likewise.workspace.labels import Label
from likewise.workspace.machine_labels import MachineLabel


@pytest.fixture
def log(run: Run, home: Path) -> Path:
    """A workspace where ana answered twice, and ben differs from her."""
    run("concept", "create", "disc", "--like", "disc/00.png")
    (home / "ana.csv").write_text("item,verdict\ndisc/01.png,yes\ndisc/02.png,yes\n")
    (home / "ben.csv").write_text("item,verdict\ndisc/02.png,no\nsquare/00.png,no\n")
    for who in ("ana", "ben"):
        ran = run("labels", "import", f"{who}.csv", "--concept", "disc", "--who", who)
        assert ran.code == 0, ran.err
    return home / "shapes.likewise"


def rows(ran: Ran) -> list[list[str]]:
    assert ran.code == 0, ran.err
    return [line.split("\t") for line in ran.out.splitlines()]


def history(place: Path, concept: str = "disc") -> list[Label]:
    with Workspace(place) as workspace:
        return workspace.labels.history(concept)


def test_list_shows_what_counts(run: Run, log: Path) -> None:
    listed = rows(run("labels", "list", "disc"))
    assert [row[:3] for row in listed] == [
        ["disc/01.png", "yes", "ana"], ["disc/02.png", "no", "ben"], ["square/00.png", "no", "ben"]
    ]  # fmt: skip
    assert listed[0][4] == "file"
    assert [row[0] for row in rows(run("labels", "list", "disc", "--verdict", "yes"))] == [
        "disc/01.png"
    ]
    assert len(rows(run("labels", "list", "disc", "--all"))) == 4
    assert len(json.loads(run("labels", "list", "disc", "--who", "ben", "--json").out)) == 2


def test_undo_takes_back_an_action_and_says_which(run: Run, log: Path) -> None:
    would = run("labels", "undo", "disc", "--last", "--who", "ben", "--dry-run")
    assert [row[:2] for row in rows(would)] == [["disc/02.png", "no"], ["square/00.png", "no"]]
    assert len(rows(run("labels", "list", "disc"))) == 3
    done = json.loads(run("labels", "undo", "disc", "--last", "--who", "ben", "--json").out)
    assert len(done["taken_back"]) == 2
    assert [row[:2] for row in rows(run("labels", "list", "disc"))] == [
        ["disc/01.png", "yes"], ["disc/02.png", "yes"]
    ]  # fmt: skip
    everything = rows(run("labels", "list", "disc", "--all"))
    assert [row[-1].startswith("taken back by ben") for row in everything] == [
        False, False, True, True
    ]  # fmt: skip
    again = run("labels", "undo", "disc", "--action", done["action"])
    assert (again.code, again.out) == (0, "")
    assert "0 answer(s) taken back" in again.err
    assert rows(run("labels", "undo", "disc", "--action", everything[0][5]))[0][0] == "disc/01.png"


def test_undo_wants_to_know_what(run: Run, log: Path) -> None:
    for options in ([], ["--last", "--action", "x"]):
        ran = run("labels", "undo", "disc", *options)
        assert ran.code == 2
        assert "either --last or --action ID" in ran.err
    ran = run("labels", "undo", "disc", "--action", "x")
    assert ran.code == 3
    assert "no action 'x'" in ran.err


def test_conflicts_and_who_decides_them(run: Run, log: Path) -> None:
    assert rows(run("labels", "conflicts", "disc")) == [
        ["disc/02.png", "no", "ana: yes", "ben: no"]
    ]
    assert run("labels", "policy").out == "latest\n"
    assert run("labels", "policy", "adjudicator:ana").out == "adjudicator:ana\n"
    (told,) = json.loads(run("labels", "conflicts", "disc", "--json").out)["conflicts"]
    assert (told["item"], told["counts"]) == ("disc/02.png", "yes")
    run("labels", "policy", "majority")
    assert rows(run("labels", "conflicts", "disc"))[0][1] == "unsure"
    wrong = run("labels", "policy", "whoever")
    assert wrong.code == 2
    assert "'whoever' is not a policy" in wrong.err


def test_blame_tells_all_that_was_said(run: Run, log: Path) -> None:
    run("labels", "undo", "disc", "--last", "--who", "ben")
    for item in ("disc/02.png", "shapes/disc/02.png"):
        said = rows(run("labels", "blame", "disc", item))
        assert [row[:2] for row in said] == [["yes", "ana"], ["no", "ben"]]
        assert said[1][-1].startswith("taken back by ben")
    nothing = run("labels", "blame", "disc", "stripes/00.png")
    assert (nothing.code, nothing.out) == (0, "")
    assert "there is no answer" in nothing.err


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_comes_back_whole(run: Run, home: Path, log: Path, kind: str) -> None:
    odd = (("=1+1.png", "@ana"), ("'=x.png", "-"), ("'plain", "'"), ('a,"b\n', "é"))
    with Workspace(log) as place:
        shown = {"digest": "d", "rule": 3, "score": -0.1, "at": "2026", "action": "p"}
        place.labels.record([Label("disc", i, "yes", who=who, **shown) for i, who in odd])  # type: ignore[arg-type]
    run("labels", "undo", "disc", "--action", "p")
    run("labels", "undo", "disc", "--last", "--who", "ben")
    before = history(log)
    assert run("labels", "export", "--to", f"all.{kind}").code == 0
    refused = run("labels", "export", "--to", f"all.{kind}")
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert run("labels", "export", "disc", "--to", f"all.{kind}", "--overwrite").code == 0

    again = run("labels", "import", f"all.{kind}")
    assert again.out == "0 answer(s) recorded, 8 were there already\n"
    run("index", "shapes", "-w", "other.likewise")
    new = ["-w", "other.likewise"]
    would = run("labels", "import", f"all.{kind}", "--dry-run", *new)
    assert would.out == "8 answer(s) would be recorded, 0 were there already\n"
    assert run("concept", "list", *new).out == ""
    ran = run("labels", "import", f"all.{kind}", *new)
    assert ran.out == "8 answer(s) recorded, 0 were there already\n"
    assert "4 are about images that are not here" in ran.err
    assert "'disc' was made" in ran.err
    assert history(home / "other.likewise") == before


def test_a_spreadsheet_runs_nothing_of_an_export(run: Run, log: Path) -> None:
    with Workspace(log) as place:
        place.labels.record([Label("disc", "=cmd()", "yes", digest="d", who="+ana")])
    table = list(csv.DictReader(run("labels", "export").out.splitlines()))
    assert (table[-1]["item"], table[-1]["who"]) == ("'=cmd()", "'+ana")


def test_a_table_from_a_spreadsheet(run: Run, home: Path, log: Path) -> None:
    table = "\ufeffitem,verdict,remark\r\ndisc/03.png, YES ,\r\ndisc/03.png,yes,again\r\n\r\n"
    (home / "t.csv").write_bytes(table.encode())
    ran = run("labels", "import", "t.csv", "--concept", "disc")
    assert ran.out == "disc: 1 yes recorded\n"
    (home / "t.jsonl").write_text('{"id": "disc/04.png", "verdict": "no"}\n\n')
    assert run("labels", "import", "t.jsonl", "--concept", "disc").out == "disc: 1 no recorded\n"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("item,verdict\ndisc/00.png,yes\ndisc/01.png,yess\n", 2, "'yess' is not a verdict"),
        ("item,verdict\ndisc/00.png,yes\nnope.png,no\n", 3, "'nope.png'; nothing was recorded"),
        ("item,verdict\ndisc/00.png,yes\ndisc/00.png,no\n", 2, "as yes and as no"),
        ("item,verdict\ndisc/00.png\n", 2, "'' is not a verdict"),
        ("item;verdict\ndisc/00.png;yes\n", 2, "has the columns item;verdict"),
        ("", 2, "has the columns none"),
        ("item,verdict,event\ndisc/00.png,yes,e\n", 2, "the column 'action' is missing"),
    ],
)
def test_wrong_tables(run: Run, home: Path, log: Path, content: str, code: int, words: str) -> None:
    (home / "t.csv").write_text(content)
    before = history(log)
    options = [] if "event" in content else ["--concept", "disc"]
    ran = run("labels", "import", "t.csv", *options)
    assert ran.code == code, ran.err
    assert words in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert history(log) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"labels": 3}', "it holds no list of labels"),
        ('{"labels": [3]}', "a line is not an object"),
        ('{"labels": [{"item": "disc/00.png"}]}', "has the columns item"),
        ("[", "not a CSV table, JSON lines or JSON"),
    ],
)
def test_wrong_answers_of_a_page(run: Run, home: Path, log: Path, content: str, words: str) -> None:
    (home / "t.json").write_text(content)
    before = history(log)
    ran = run("labels", "import", "t.json", "--concept", "disc")
    assert ran.code == 2
    assert words in ran.err
    assert history(log) == before


def test_a_list_of_verdicts_in_json(run: Run, home: Path, log: Path) -> None:
    (home / "t.json").write_text('[{"item": "disc/03.png", "verdict": "yes"}]')
    assert run("labels", "import", "t.json", "--concept", "disc").out.startswith("disc: 1 yes")


def test_a_changed_export_is_refused_whole(run: Run, home: Path, log: Path) -> None:
    text = run("labels", "export").out
    before = history(log)
    (home / "t.csv").write_text(text.replace("disc/01.png,yes", "disc/01.png,no"))
    ran = run("labels", "import", "t.csv")
    assert ran.code == 2
    assert "is in the log as" in ran.err
    (home / "t.csv").write_text(text.replace("disc/01.png,yes", "disc/01.png,yess"))
    ran = run("labels", "import", "t.csv")
    assert "t.csv, line 2: 'yess' is not a verdict on 'disc/01.png'" in ran.err
    assert history(log) == before
    for options in (["--concept", "disc"], ["--who", "me"]):
        ran = run("labels", "import", "t.csv", *options)
        assert ran.code == 2


def test_files_that_are_no_tables(run: Run, home: Path, log: Path) -> None:
    assert run("labels", "import", "none.csv").code == 3
    assert "not a CSV table" in run("labels", "import", "shapes/disc/00.png").err
    (home / "t.jsonl").write_text("[1, 2]\n")
    assert "not an object" in run("labels", "import", "t.jsonl").err
    assert "add --concept NAME" in run("labels", "import", "ana.csv").err
    (home / "all.csv").write_text(run("labels", "export").out)
    ran = run("concept", "label", "disc", "--csv", "all.csv")
    assert "likewise labels import all.csv" in ran.err
    assert "NAME.jsonl" in run("labels", "export", "--to", "all.xlsx").err


def test_an_unknown_concept_is_named(run: Run, log: Path) -> None:
    for arguments in (["list"], ["conflicts"], ["undo", "--last"], ["export"]):
        ran = run("labels", arguments[0], "disk", *arguments[1:])
        assert ran.code == 3
        assert "did you mean 'disc'" in ran.err
    assert run("concept", "remove", "disc").code == 0
    assert len(rows(run("labels", "list", "disc"))) == 3  # hidden, and its log is kept


def test_undo_takes_back_a_range_that_no_answer_came_after(run: Run, log: Path) -> None:
    given = [MachineLabel("disc", f"disc/{n:02d}.png", "yes", 0.9, "") for n in (3, 4)]
    with Workspace(log) as workspace:
        number = workspace.machine_labels.add_round("range", {}, given, "disc", who="ben")
    would = run("labels", "undo", "disc", "--last", "--who", "ben", "--dry-run")
    assert would.err.endswith(f"round {number} of 2 label(s) would be taken back\n")
    done = json.loads(run("labels", "undo", "disc", "--last", "--who", "ben", "--json").out)
    assert (done["round"], done["action"], done["taken_back"]) == (number, None, [])
    assert len(history(log)) == 4
    again = json.loads(run("labels", "undo", "disc", "--last", "--who", "ben", "--json").out)
    assert (again["round"], len(again["taken_back"])) == (None, 2)
