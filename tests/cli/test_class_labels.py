"""A file of ids and labels means the same to every command, and what it does not say is counted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from unicodedata import normalize

import pytest
from commands import Run

IDS = [f"{kind}/{n:02d}.png" for kind in ("disc", "square", "stripes") for n in range(8)]
COMMANDS = {
    "balance": ("curate", "balance", "--by", "label", "--dry-run"),
    "propagate": ("propagate", "--method", "label_spreading", "--dry-run"),
    "finetune": ("finetune", "--projection", "--name", "x", "--dry-run"),
    "fewshot": ("fewshot", "train", "--out", "x.classifier", "--method", "class_means"),
}


@pytest.fixture
def home(drawn: Path) -> Path:
    """Pictures that can be split: none is a near-duplicate of another."""
    return drawn


def written(home: Path, lines: list[str], name: str = "labels.csv") -> Path:
    file = home / name
    file.write_text("\n".join(["id,label", *lines, ""]), encoding="utf-8")
    return file


def of(item: str) -> str:
    return f"{item},{item.partition('/')[0]}"


@pytest.mark.parametrize("command", COMMANDS)
def test_ids_that_are_not_there_are_counted(run: Run, home: Path, command: str) -> None:
    written(home, [*map(of, IDS), "nope/1.png,disc", "nope/2.png,disc", "nope/3.png,"])
    ran = run(*COMMANDS[command], "--labels", "labels.csv")
    assert ran.code == 0, ran.err
    assert "2 of 26 ids of labels.csv are not in the workspace, the first is 'nope/1.png'" in (
        ran.err
    )
    assert "1 rows of labels.csv have no label" in ran.err
    facts = json.loads(run(*COMMANDS[command], "--labels", "labels.csv", "--json").out)["labels"]
    assert facts == {
        "file": "labels.csv", "rows": 26, "items": 24, "unknown": 2,
        "first_unknown": "nope/1.png", "without_label": 1, "alike": [],
    }  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_of_which_no_id_is_there_is_refused(run: Run, home: Path, command: str) -> None:
    written(home, [f"shapes/{of(item)}" for item in IDS])
    ran = run(*COMMANDS[command], "--labels", "labels.csv")
    assert ran.code == 3
    assert "none of the 24 ids of labels.csv is in" in ran.err
    assert "the first is 'shapes/disc/00.png'" in ran.err
    assert any(f"such as '{item}'" in ran.err for item in IDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_two_labels_of_one_id_are_refused(run: Run, home: Path, command: str) -> None:
    written(home, [*map(of, IDS), "disc/00.png,square", "disc/01.png,disc"])
    ran = run(*COMMANDS[command], "--labels", "labels.csv")
    assert ran.code == 2
    assert "1 id(s) of labels.csv have several labels, such as 'disc/00.png': 'disc' and" in ran.err


@pytest.mark.parametrize(
    "text",
    [
        "disc/00.png,round\nsquare/00.png,flat\n",
        "\ufeffid,label\r\ndisc/00.png, round\r\nsquare/00.png ,flat\r\n",
        "label,confidence,path\nround,1,disc/00.png\nflat,1,square/00.png\n",
        "image,kind\ndisc/00.png,round\nsquare/00.png,flat\n",
    ],
)
def test_columns_are_found_by_name_and_else_by_place(run: Run, home: Path, text: str) -> None:
    (home / "l.csv").write_bytes(text.encode())
    ran = run("curate", "balance", "--by", "label", "--labels", "l.csv", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    parts = [row["part"] for row in json.loads(ran.out)["items"]]
    assert sorted(part for part in parts if part)[:1] == ["flat"]
    assert "round" in parts


def test_names_in_another_unicode_form(run: Run, home: Path) -> None:
    photos = home / "more"
    photos.mkdir()
    for n, name in enumerate(("Äpfel", "Café", "한글")):
        shutil.copy(home / "shapes" / IDS[n], photos / f"{normalize('NFD', name)}.png")
    run("index", "more", "-w", "more.likewise")
    names = [f"{normalize('NFC', name)}.png" for name in ("Äpfel", "Café", "한글")]
    written(home, [f"{name},x" for name in names])
    of_more = ("-w", "more.likewise")
    ran = run("curate", "balance", "--by", "label", "--labels", "labels.csv", "--json", *of_more)
    assert json.loads(ran.out)["labels"]["items"] == 3
    assert run("concept", "create", "c", "--like", names[0], *of_more).code == 0
    (home / "yes.txt").write_text(names[1] + "\n")
    assert run("concept", "label", "c", "--yes", "yes.txt", *of_more).code == 0
    told = run("labels", "list", "c", *of_more).out
    assert told.split("\t")[0] == normalize("NFD", names[1])


def test_the_mark_of_a_formula_is_taken_off(run: Run, home: Path) -> None:
    photos = home / "more"
    photos.mkdir()
    for n, name in enumerate(("=1.png", "-2.png", "3.png", "4.png")):
        shutil.copy(home / "shapes" / IDS[n], photos / name)
    run("index", "more", "-w", "more.likewise")
    of_more = ("-w", "more.likewise")
    run("concept", "create", "c", "--like", "3.png", *of_more)
    (home / "yes.txt").write_text("=1.png\n-2.png\n")
    run("concept", "label", "c", "--yes", "yes.txt", *of_more)
    run("labels", "export", "c", "--to", "answers.csv", *of_more)
    text = (home / "answers.csv").read_text()
    assert "'=1.png" in text
    lines = [line.split(",") for line in text.splitlines()[1:]]
    (home / "labels.csv").write_text("".join(f"{item},{name}\n" for name, item, *_ in lines))
    ran = run("curate", "balance", "--by", "label", "--labels", "labels.csv", "--json", *of_more)
    assert json.loads(ran.out)["labels"]["items"] == 2, ran.err


def test_a_split_keeps_the_labels_it_was_made_with(run: Run, home: Path) -> None:
    photos = home / "flat"
    photos.mkdir()
    for item in IDS:
        shutil.copy(home / "shapes" / item, photos / item.replace("/", "-"))
    run("index", "flat", "-w", "flat.likewise")
    written(home, [f"{item.replace('/', '-')},{item.partition('/')[0]}" for item in IDS])
    at = ("-w", "flat.likewise")
    split = ("curate", "split", "--labels", "labels.csv", "--no-near", "--save", "parts")
    assert run(*split, *at).code == 0
    assert run("curate", "export", "parts", "--to", "out", *at).code == 0
    made = {path.relative_to(home / "out").parts[1] for path in (home / "out").rglob("*.png")}
    assert made == {"disc", "square", "stripes"}
    assert run("curate", "export", "parts", "--to", "none", "--labels", "none", *at).code == 0
    assert {path.parent.name for path in (home / "none").rglob("*.png")} == {"unlabelled"}


def test_a_byte_order_mark_is_no_part_of_an_id(run: Run, home: Path) -> None:
    run("concept", "create", "c", "--like", IDS[0])
    (home / "yes.txt").write_bytes("\ufeffdisc/01.png\r\ndisc/02.png\r\n".encode())
    assert run("concept", "label", "c", "--yes", "yes.txt").code == 0
    told = run("labels", "list", "c").out
    assert [line.split("\t")[0] for line in told.splitlines()] == ["disc/01.png", "disc/02.png"]
