"""Saved views from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Run
from priced_shapes import index_priced


def test_a_view_from_its_saving_to_its_removal(run: Run, home: Path) -> None:
    saved = run(
        "views", "save", "two kinds", "--facet", "folder=disc", "--facet", "folder=square",
        "--where", "width >= 1", "--order", "unsure",
    )  # fmt: skip
    assert (saved.code, saved.out) == (0, "saved the view two kinds: 16 images\n")
    again = run("views", "save", "two kinds", "--facet", "folder=disc")
    assert (again.code, "exists already" in again.err) == (2, True)
    replaced = run("views", "save", "two kinds", "--facet", "folder=disc", "--replace")
    assert replaced.out == "saved the view two kinds: 8 images\n"
    (listed,) = json.loads(run("views", "list", "--json").out)
    assert listed["chosen"] == {"folder": {"values": ["disc"]}}
    assert run("views", "list").out == f"two kinds\t{listed['who']}\t8 images\tfolder: disc\n"
    shown = run("views", "show", "two kinds")
    assert shown.out == "folder: disc\n8 images now, 8 when it was saved\n"
    assert run("views", "rename", "two kinds", "discs").out == (
        "renamed the view two kinds to discs\n"
    )
    assert json.loads(run("views", "show", "discs", "--json").out)["now"]["images"] == 8
    assert run("views", "remove", "discs").out == "removed the view discs\n"
    gone = run("views", "show", "discs")
    assert (gone.code, "there is no view 'discs'" in gone.err) == (3, True)
    assert "there is no view; make one with: likewise views save" in run("views", "list").err


def test_ranges_keys_and_mistakes(run: Run, home: Path) -> None:
    workspace = ("-w", str(index_priced(home)))
    saved = run(
        "views", "save", "dear watches", "--facet", "articleType=Watches", "--facet", "bytes=1..",
        "--concept", "disc", *workspace, "--json",
    )  # fmt: skip
    view = json.loads(saved.out)
    assert view["chosen"] == {
        "metadata.articleType": {"values": ["Watches"]},
        "bytes": {"low": 1.0, "high": None},
    }
    assert (view["images"], view["concept"]) == (8, "disc")
    shown = run("views", "show", "dear watches", *workspace)
    assert "list its images with: likewise search --concept disc --where" in shown.err
    for pair, said in [
        ("folder", "not of the form NAME=VALUE"),
        ("colour=red", "there is no facet 'colour'"),
        ("bytes=3", "is a range"),
        ("bytes=3..x", "'x' is not a number"),
        ("articleType=Hats", "no image has what is chosen"),
    ]:
        mistake = run("views", "save", "x", "--facet", pair, *workspace)
        assert mistake.code in (2, 3)
        assert said in mistake.err
