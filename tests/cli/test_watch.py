from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import Run
from waiting import LIMIT
from watched_rules import learn_rules

from likewise.workspace import Workspace


@pytest.fixture(autouse=True)
def _rules(home: Path) -> None:
    """`disc.rule`, `square.rule`, and an inbox of a disc and stripes that came an hour ago."""
    with Workspace(home / "shapes.likewise") as place:
        learn_rules(place, home)
    (home / "inbox").mkdir()
    for kind in ("disc", "stripes"):
        arrive(home, kind)


def arrive(home: Path, kind: str) -> None:
    shutil.copy(home / "shapes" / kind / "07.png", home / "inbox" / f"{kind}.png")
    os.utime(home / "inbox" / f"{kind}.png", (time.time() - 3600,) * 2)


WATCH = ("watch", "inbox", "--rule", "disc.rule", "--rule", "square.rule", "--out", "out")


def test_a_line_a_file(run: Run, home: Path) -> None:
    ran = run(*WATCH, "--move", "--once")
    assert ran.code == 0, ran.err
    disc, stripes = (line.split("\t") for line in ran.out.splitlines())
    assert disc[:3] == ["disc.png", "moved", "disc"]
    assert disc[3].endswith(" %")
    assert disc[4] == "disc/disc.png"
    assert stripes == ["stripes.png", "kept", "-", "-", "-"]
    assert "done: 1 kept, 1 moved" in ran.err
    assert (home / "out/disc/disc.png").is_file()
    again = run(*WATCH, "--move", "--once")
    assert (again.code, again.out, again.err) == (0, "", "done: nothing new\n")


def test_json_lines(run: Run, home: Path) -> None:
    ran = run(*WATCH, "--link", "--once", "--json")
    disc, stripes = map(json.loads, ran.out.splitlines())
    assert (disc["id"], disc["outcome"], disc["targets"]) == (
        "disc.png", "linked", ["disc/disc.png"],
    )  # fmt: skip
    assert disc["verdicts"]["disc"]["yes"] is True
    assert disc["verdicts"]["square"]["yes"] is False
    assert 0 <= disc["verdicts"]["disc"]["probability"] <= 1
    assert stripes["outcome"] == "kept"


def test_a_file_that_cannot_be_read_makes_the_exit_code_1_once(run: Run, home: Path) -> None:
    (home / "inbox" / "bad.png").write_bytes(b"no picture")
    ran = run(*WATCH, "--csv", "--once", "--every", ".01")
    assert ran.code == 1
    assert "\nbad.png\tfailed\t-\t-\tnot an image" in ran.out
    assert "1 failed, 2 listed" in ran.err
    assert run(*WATCH, "--csv", "--once").code == 0
    assert (home / "out/watch.csv").read_text().count("\n") == 1 + 1 + 2 * 2


def test_a_dry_run_writes_nothing(run: Run, home: Path) -> None:
    ran = run(*WATCH, "--move", "--once", "--dry-run")
    assert ran.out.startswith("disc.png\tmoved\tdisc\t")
    assert ran.err == "would be: 1 kept, 1 moved\n"
    assert not (home / "out").exists()
    assert (home / "inbox/disc.png").is_file()


def test_mistakes_are_one_sentence(run: Run, home: Path) -> None:
    for arguments, code, told in (
        (WATCH, 2, "--move, --link or --csv"),
        ((*WATCH, "--move", "--dry-run"), 2, "give --once"),
        ((*WATCH[:6], "--out", "inbox/sorted", "--move"), 2, "lies in the inbox"),
        ((*WATCH[:2], "--rule", "none.rule", *WATCH[6:], "--move"), 3, "none.rule"),
        (("watch", "nowhere", *WATCH[2:], "--move"), 3, "'nowhere'"),
        ((*WATCH, "--rule", "disc.rule", "--move", "--once"), 2, "both rules of 'disc'"),
    ):
        ran = run(*arguments)
        assert ran.code == code, ran.err
        assert told in ran.err
        assert ran.err.count("\n") == 1
    assert not (home / "out").exists()


def test_other_rules_and_modes_are_told(run: Run, home: Path) -> None:
    run(*WATCH, "--csv", "--once")
    shutil.copy(home / "disc.rule", home / "other.rule")
    ran = run(*WATCH, "--move", "--once")
    assert ran.code == 4
    assert "was begun with the mode 'csv'" in ran.err
    learnt = run("learn", "square", "--rule", "nearest", "--out", "square.rule")
    assert learnt.code == 0, learnt.err
    assert "the rule 'square' did not judge what is here" in run(*WATCH, "--csv", "--once").err


@pytest.mark.parametrize(("asked", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_watches_until_it_is_asked_to_end(home: Path, asked: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "likewise", *WATCH, "--move", "--every", "0.05"],
        cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("disc.png\tmoved")
        assert process.stdout.readline().startswith("stripes.png\tkept")
        arrive(home, "square")  # while it watches
        assert process.stdout.readline().startswith("square.png\tmoved\tsquare")
        second = subprocess.run(
            [sys.executable, "-m", "likewise", *WATCH, "--move", "--once"],
            cwd=home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert second.returncode == 5
        assert f"process {process.pid} on" in second.stderr
        process.send_signal(asked)
        _, told = process.communicate(timeout=LIMIT)
    assert process.returncode == code, told
    assert "done: 1 kept, 2 moved" in told
    assert "Traceback" not in told
    assert not (home / "out/.likewise-watch/writer.json").exists()
