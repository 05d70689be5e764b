"""The whole job, command by command, as a person would type it."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from command_tree import every_command
from commands import Run
from PIL import Image


def teach(run: Run, home: Path) -> None:
    """A concept with enough answers to be calibrated."""
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "shapes/disc/01.png")
    yes = [f"disc/{n:02d}.png" for n in range(2, 7)]
    no = [f"{kind}/{n:02d}.png" for kind in ("square", "stripes") for n in range(4)]
    (home / "yes.txt").write_text("\n".join(yes))
    (home / "no.txt").write_text("\n".join(no))
    told = run("concept", "label", "disc", "--yes", "yes.txt", "--no", "no.txt")
    assert told.out == "disc: 5 yes, 8 no recorded\n"


def test_from_examples_to_a_dataset(run: Run, home: Path) -> None:
    teach(run, home)
    learned = run("learn", "disc", "--out", "disc.rule")
    assert learned.code == 0, learned.err
    assert "threshold:" in learned.out
    assert (home / "disc.rule").is_file()

    found = run("search", "--concept", "disc", "-k", "8", "--with-examples")
    ids = [line.split("\t")[0] for line in found.out.splitlines()]
    assert all(item.startswith("disc/") for item in ids)
    concept = json.loads(run("concept", "show", "disc", "--json").out)
    basket = {*concept["examples"], *concept["counter_examples"]}
    assert basket & set(ids)
    others = run("search", "--concept", "disc", "-k", "24").out
    assert not basket & {line.split("\t")[0] for line in others.splitlines()}

    fresh = run("search", "--concept", "disc", "--unlabelled", "-k", "1")
    assert fresh.out.startswith("disc/07.png\t")

    wrote = run("export", "disc", "--to", "dataset")
    assert wrote.code == 0, wrote.err
    names = sorted(path.name for path in (home / "dataset" / "disc").iterdir())
    assert "disc__00.png" in names
    assert not any(name.startswith("square") for name in names)
    about = json.loads((home / "dataset" / "likewise.json").read_text())
    assert about["concept"] == "disc"
    assert about["items"] == len(names)


def test_words_find_what_they_name(run: Run) -> None:
    found = run("search", "zebra", "--json", "-k", "3")
    assert found.code == 0, found.err
    answer = json.loads(found.out)
    assert answer["searched"] == 24
    assert [row["rank"] for row in answer["results"]] == [1, 2, 3]
    assert all(Path(row["path"]).is_file() for row in answer["results"])


def test_a_word_it_half_knows_is_told(run: Run) -> None:
    found = run("search", "red barn", "-k", "1")
    assert "'red barn' is read as barn: farm building ('red' is ignored)" in found.err


def test_where_keeps_to_the_condition(run: Run) -> None:
    found = run("search", "--like", "disc/00.png", "--where", "folder = 'square'", "-k", "100")
    ids = [line.split("\t")[0] for line in found.out.splitlines()]
    assert ids == sorted(ids, key=ids.index)
    assert {item.split("/")[0] for item in ids} == {"square"}
    assert len(ids) == 8


def test_search_pipes_into_label(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    found = run("search", "--concept", "disc", "--unlabelled", "-k", "3")
    monkeypatch.setattr(sys, "stdin", io.StringIO(found.out))
    assert run("concept", "label", "disc", "--yes", "-").out == "disc: 3 yes recorded\n"
    again = run("search", "--concept", "disc", "--unlabelled", "-k", "24")
    assert len(again.out.splitlines()) == 24 - 4


def test_answers_from_a_table(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    (home / "a.csv").write_text(
        "id,verdict\ndisc/01.png,yes\nsquare/00.png,NO\ndisc/02.png,unsure\n"
    )
    assert json.loads(run("concept", "label", "disc", "--csv", "a.csv", "--json").out) == {
        "concept": "disc",
        "yes": 1,
        "no": 1,
        "unsure": 1,
        "dry_run": False,
    }
    shown = json.loads(run("concept", "show", "disc", "--json").out)
    assert shown["labels"] == {"yes": 1, "no": 1, "unsure": 1}


def test_a_dry_run_of_labels_records_none(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    (home / "yes.txt").write_text("disc/01.png\n")
    told = run("concept", "label", "disc", "--yes", "yes.txt", "--dry-run")
    assert told.out == "disc: 1 yes would be recorded\n"
    assert json.loads(run("info", "--json").out)["answers"] == 0


def test_newer_answers_than_the_rule_are_told(run: Run, home: Path) -> None:
    teach(run, home)
    run("learn", "disc", "--rule", "mean")
    (home / "yes.txt").write_text("disc/07.png\n")
    run("concept", "label", "disc", "--yes", "yes.txt")
    found = run("search", "--concept", "disc")
    assert "1 answer(s) are newer than the rule of 'disc'" in found.err


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_images_that_were_never_indexed(run: Run, home: Path, form: str) -> None:
    teach(run, home)
    run("learn", "disc", "--out", "disc.rule")
    (home / "new").mkdir()
    (home / "shapes" / "disc" / "07.png").rename(home / "new" / "disc.png")
    (home / "shapes" / "square" / "07.png").rename(home / "new" / "square.png")
    (home / "new" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    ran = run("classify", "new", "--rule", "disc.rule", "--format", form)
    assert ran.code == 1
    assert "1 file(s) could not be read" in ran.err
    if form == "csv":
        rows = {row["id"]: row for row in csv.DictReader(io.StringIO(ran.out))}
        score = {name: float(row["score"] or "nan") for name, row in rows.items()}
    else:
        lines = [json.loads(line) for line in ran.out.splitlines()]
        rows = {row["id"]: row for row in lines}
        score = {name: float(row["score"] or "nan") for name, row in rows.items()}
    assert set(rows) == {"broken.png", "disc.png", "square.png"}
    assert score["disc.png"] > score["square.png"]
    assert rows["broken.png"]["error"]


def test_an_example_from_outside(run: Run, home: Path) -> None:
    (home / "shapes" / "disc" / "07.png").rename(home / "mine.png")
    run("index", "shapes")
    found = run("search", "--like", "mine.png", "-k", "7")
    assert {line.split("/")[0] for line in found.out.splitlines()} == {"disc"}
    assert run("concept", "create", "disc", "--like", "mine.png").code == 0
    (home / "mine.png").unlink()
    assert run("learn", "disc", "--rule", "mean").code == 0


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "folder"])
def test_every_format_holds_the_same_images(run: Run, home: Path, form: str) -> None:
    teach(run, home)
    run("learn", "disc")
    ran = run("export", "disc", "--to", "out", "--format", form, "--include-no", "--json")
    assert ran.code == 0, ran.err
    count = json.loads(ran.out)["images"]
    if form == "folder":
        labels = [path.parent.name for path in (home / "out").glob("*/*.png")]
    elif form == "csv":
        with (home / "out" / "disc.csv").open() as file:
            labels = [row["label"] for row in csv.DictReader(file)]
    elif form == "jsonl":
        lines = (home / "out" / "disc.jsonl").read_text().splitlines()
        labels = [json.loads(line)["label"] for line in lines]
    else:
        labels = pq.read_table(home / "out" / "disc.parquet")["label"].to_pylist()
    assert len(labels) == count
    assert labels.count("not-disc") == 8


def test_links_instead_of_copies(run: Run, home: Path) -> None:
    teach(run, home)
    run("learn", "disc")
    assert run("export", "disc", "--to", "out", "--link", "symlink").code == 0
    link = home / "out" / "disc" / "disc__00.png"
    assert link.is_symlink()
    assert link.resolve() == home.resolve() / "shapes" / "disc" / "00.png"
    assert run("export", "disc", "--to", "t", "--format", "csv", "--link", "copy").code == 2


def test_a_page_as_a_picture(run: Run, home: Path) -> None:
    ran = run("search", "--like", "disc/00.png", "-k", "12", "--sheet", "page.png")
    assert ran.code == 0
    with Image.open(home / "page.png") as page:
        assert page.width > 1000


def test_what_is_dropped_from_a_basket_is_gone(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png", "--hint", "ball")
    assert run("concept", "drop", "disc", "ball").code == 0
    assert json.loads(run("concept", "show", "disc", "--json").out)["hints"] == []
    assert run("concept", "drop", "disc", "ball").code == 3


def test_info_and_doctor_agree_that_all_is_well(run: Run, home: Path) -> None:
    teach(run, home)
    run("learn", "disc")
    facts = json.loads(run("info", "--json").out)
    assert (facts["images"], facts["answers"], facts["rules"]) == (24, 13, 1)
    checked = run("doctor", "--json")
    assert checked.code == 0
    states = {x["check"]: x["state"] for x in json.loads(checked.out)["findings"]}
    assert set(states.values()) == {"ok"}, states


def test_doctor_finds_what_is_gone_changed_and_damaged(run: Run, home: Path) -> None:
    teach(run, home)
    run("learn", "disc")
    (home / "shapes" / "disc" / "00.png").unlink()
    (home / "shapes" / "disc" / "01.png").write_bytes(b"changed")
    rule = next((home / "shapes.likewise" / "rules").iterdir())
    rule.write_bytes(rule.read_bytes()[:-100])
    checked = run("doctor", "--json")
    assert checked.code == 1
    findings = {x["check"]: x for x in json.loads(checked.out)["findings"]}
    assert findings["missing files"]["items"] == ["disc/00.png"]
    assert findings["changed files"]["items"] == ["disc/01.png"]
    assert findings["rules"]["state"] == "problem"


def test_doctor_makes_the_codes_again(run: Run, home: Path) -> None:
    codes = sorted((home / "shapes.likewise" / "scan").rglob("*"))
    for path in codes:
        if path.is_file():
            path.write_bytes(b"\0" * path.stat().st_size)
    assert run("doctor", "--repair", "--dry-run").out.startswith("would")
    mended = run("doctor", "--repair")
    assert mended.code == 0, mended.out
    assert run("search", "--like", "disc/00.png", "-k", "8").out.count("disc/") == 8


def test_every_command_has_help_and_json(run: Run) -> None:
    leaves = [names for names, command in every_command() if not isinstance(command, click.Group)]
    for words in leaves:
        told = run(*words, "--help")
        assert told.code == 0
        assert "--json" in told.out, words
