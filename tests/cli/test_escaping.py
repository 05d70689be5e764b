"""Ids and names with characters that steer a terminal, through all commands that print them."""

from __future__ import annotations

import csv
import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import Run

UNSAFE = "\x07\x1b\x7f\x85\x9b\u202e\u2066\u2028"
NAMES = (
    "esc\x1b[31mRED", "osc\x1b]0;TITLE\x07", "del\x7f", "c1\x9b31m\x85", "bidi\u202e\u2066",
    "line\u2028", "new\nline", "tab\there", "literal\\u{1b}",
)  # fmt: skip


@pytest.fixture
def odd(run: Run, home: Path) -> list[str]:
    """Ids of copies of pictures under odd names, in the workspace and in a concept `c`."""
    ids = [f"disc/{name}.png" for name in NAMES]
    for number, item in enumerate(ids):
        shutil.copy(home / "shapes" / "disc" / f"{number % 4:02d}.png", home / "shapes" / item)
    assert run("index", "shapes").code == 0
    likes = [part for item in ids[:6] for part in ("--like", item)]
    assert run("concept", "create", "c", *likes, "--unlike", "square/00.png").code == 0
    return ids


def _commands(home: Path, ids: Sequence[str]) -> list[tuple[str, ...]]:
    rule = home / "c.rule"
    return [
        ("search", "--like", ids[0], "-k", "60"),
        ("search", "--like", ids[0], "-k", "60", "--json"),
        ("search", "--like", "no\x1b[31mpe\x07.png"),
        ("search", "--like", ids[0], "-k", "x\x1b\x07"),
        ("concept", "create", "n\x1b[31m\x07", "--like", ids[0]),
        ("concept", "show", "c"),
        ("concept", "drop", "c", "no\x1b\x07"),
        ("basket", "c"),
        ("explain", "c", *ids),
        ("labels", "list", "c"),
        ("labels", "export", "c"),
        ("labels", "blame", "c", ids[0]),
        ("labels", "list", "no\x1b\x07"),
        ("learn", "c", "--out", str(rule), "--overwrite"),
        ("info",),
        ("info", "--rule", str(rule)),
        ("report", "c"),
        ("classify", "shapes/disc", "--rule", str(rule)),
        ("classify", "shapes/disc", "--rule", str(rule), "--format", "jsonl"),
        ("curate", "exact-duplicates", "--save", "once"),
        ("curate", "outliers", "--json"),
        ("curate", "list"),
        ("remove", "once", "--dry-run"),
        ("propagate", "--labels", "classes.csv", "--min-confidence", "0"),
        ("propagate", "audit"),
        ("propagate", "receipt", ids[0]),
        ("errors", "\x1b\x07"),
    ]


def test_a_pipe_gets_none_of_them(run: Run, home: Path, odd: list[str]) -> None:
    (home / "yes.txt").write_text(run("search", "--like", odd[0], "-k", "12").out)
    assert run("concept", "label", "c", "--yes", "yes.txt").code == 0
    pairs = [("id", "label"), *((item, "disc") for item in odd[:5]), ("square/00.png", "square")]
    with (home / "classes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(pairs)
    for arguments in _commands(home, odd):
        ran = run(*arguments)
        assert ran.code in (0, 1, 2, 3), (arguments, ran.err)
        harmful = set(UNSAFE) & set(ran.out + ran.err)
        assert not harmful, (arguments, harmful)
        lines = (ran.out + ran.err).splitlines()
        assert not [line for line in lines if line.startswith("line.png")], arguments


@pytest.mark.parametrize("number", [0, 1, 2, 4])
def test_a_terminal_gets_none_of_them(home: Path, odd: list[str], number: int) -> None:
    arguments = _commands(home, odd)[number]
    ours, theirs = pty.openpty()
    try:
        done = subprocess.Popen(
            [sys.executable, "-m", "likewise", *arguments],
            cwd=home, stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            seen += part
        done.wait()
    finally:
        os.close(ours)
    assert seen
    assert not set(UNSAFE) & set(seen.decode()), seen


def test_what_is_printed_names_the_same_items(run: Run, home: Path, odd: list[str]) -> None:
    rows = run("search", "--like", odd[0], "-k", "60").out.splitlines()
    found = json.loads(run("search", "--like", odd[0], "-k", "60", "--json").out)["results"]
    assert len(rows) == len(found)
    shown = {hit["id"]: row.split("\t")[0] for row, hit in zip(rows, found, strict=True)}
    assert shown["disc/new\nline.png"] == r"disc/new\u{a}line.png"
    for item in odd:
        ran = run("explain", "c", shown[item], "--json")
        assert json.loads(ran.out)[0]["item"] == item

    (home / "ids.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert run("concept", "label", "c", "--yes", "ids.txt").code == 0
    said = json.loads(run("labels", "list", "c", "--json").out)
    assert {row["item"] for row in said} == set(shown)
    for option in ("--to", None):
        if option:
            assert run("labels", "export", "c", "--to", "out.csv").code == 0
        else:
            (home / "out.csv").write_text(run("labels", "export", "c").out, encoding="utf-8")
        assert run("labels", "import", "out.csv").out.startswith(
            f"0 answer(s) recorded, {len(said)}"
        )

    with (home / "classes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "label"), *((row, "x") for row in shown.values())])
    ran = run("propagate", "--labels", "classes.csv", "--dry-run")
    assert "are not in the workspace" not in ran.err

    (home / "gone.txt").write_text(shown["disc/new\nline.png"], encoding="utf-8")
    removed = run("remove", "--ids", "gone.txt", "--files", "--yes", "--json")
    assert json.loads(removed.out)["ids"] == ["disc/new\nline.png"], removed.err
