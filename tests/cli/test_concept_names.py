"""A concept's name on the command line: used again, changed, restored."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Run


def answered(run: Run, home: Path) -> None:
    """The concept "barn" with an answer and a rule."""
    run("concept", "create", "barn", "--like", "disc/00.png", "--hint", "wheel")
    (home / "yes.txt").write_text("disc/01.png\ndisc/02.png\n")
    assert run("concept", "label", "barn", "--yes", "yes.txt").code == 0
    assert run("learn", "barn", "--rule", "mean").code == 0


def test_a_removed_concept_does_not_come_back_unasked(run: Run, home: Path) -> None:
    answered(run, home)
    removed = run("concept", "remove", "barn")
    assert removed.err == "bring it back with: likewise concept restore barn\n"
    made = run("concept", "create", "barn", "--like", "square/00.png")
    assert made.code == 0
    assert made.err == (
        "barn begins empty: a removed concept of that name, with 2 answer(s) and 1 "
        "rule(s), is now 'barn removed 1'; bring that back with: "
        "likewise concept restore 'barn removed 1'\n"
    )
    shown = json.loads(run("concept", "show", "barn", "--json").out)
    assert shown["examples"] == ["square/00.png"]
    assert (shown["labels"]["yes"], shown["rules"]) == (0, [])
    assert run("concept", "list", "--removed").out == "barn removed 1\n"
    back = run("concept", "restore", "barn removed 1")
    assert back.out.startswith("barn removed 1: restored with 2 answer(s) and 1 rule(s); 1 example")
    shown = json.loads(run("concept", "show", "barn removed 1", "--json").out)
    assert (shown["labels"]["yes"], len(shown["rules"])) == (2, 1)
    assert run("concept", "list", "--removed", "--json").out == "[]\n"


def test_create_restores_when_told_to(run: Run, home: Path) -> None:
    answered(run, home)
    run("concept", "remove", "barn")
    made = run("concept", "create", "barn", "--restore", "--like", "disc/03.png")
    assert made.out == (
        "barn: restored with 2 answer(s) and 1 rule(s); 2 example(s), 0 counter-example(s), "
        "1 hint(s), 0 counter-hint(s); next: likewise learn barn\n"
    )
    run("concept", "remove", "barn")
    told = json.loads(run("concept", "restore", "barn", "--json").out)
    assert (told["restored"], told["answers"], told["rules"]) == (True, 2, 1)
    refused = run("concept", "create", "tree", "--restore")
    assert refused.code == 3
    assert "no concept 'tree' was removed; removed concepts: none" in refused.err


def test_a_renamed_concept_keeps_all(run: Run, home: Path) -> None:
    answered(run, home)
    told = run("concept", "rename", "barn", "red barn")
    assert told.out == "barn: renamed to red barn, with 2 answer(s) and 1 rule(s)\n"
    assert run("concept", "list").out == "red barn\n"
    assert run("search", "--concept", "red barn", "-k", "1").code == 0
    refused = run("concept", "show", "barn")
    assert refused.code == 3
    assert "it was renamed to 'red barn'" in refused.err
    assert json.loads(run("concept", "rename", "red barn", "barn", "--json").out) == {
        "renamed": "red barn", "to": "barn", "answers": 2, "rules": 1,
    }  # fmt: skip
