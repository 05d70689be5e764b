"""``likewise replay`` over 24 drawn pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from commands import Run
from PIL import Image
from worlds import world

import likewise.simulate.workspace_replay
from likewise.simulate.replay import replay
from likewise.simulate.report import Setting
from likewise.simulate.workspace_replay import replay_workspace
from likewise.workspace import Workspace

FEW = (
    "--learners",
    "mean,anchored",
    "--budgets",
    "1,3",
    "--looks",
    "10",
    "--page-size",
    "5",
    "--no-text",
)


def test_tables_files_and_plots(run: Run, home: Path) -> None:
    ran = run("replay", "shapes.likewise", *FEW, "--out", "replayed")
    assert ran.code == 0, ran.err
    assert "| learner | 1 | 3 |" in ran.out
    assert "| anchored |" in ran.out
    folder = home / "replayed"
    assert (folder / "replay.md").read_text().strip() == ran.out.strip()
    table = pq.read_table(folder / "replay.parquet")
    assert table.num_rows == 3 * 2 * 2  # classes, budgets, learners
    assert set(table["concept"].to_pylist()) == {"disc", "square", "stripes"}
    sessions = pq.read_table(folder / "sessions.parquet").to_pylist()
    assert all(len(session["found"]) == 10 for session in sessions)
    for name in ("precision.png", "found.png"):
        with Image.open(folder / name) as picture:
            assert picture.size == (820, 480)


def test_a_folder_is_indexed_first_and_the_seed_fixes_all(run: Run, home: Path) -> None:
    answers = [
        json.loads(run("replay", "shapes", *FEW, "--json", "--error-rate", "0.2").out)
        for _ in range(2)
    ]
    for answer in answers:
        for row in answer["summary"]:
            row.pop("seconds")
    assert answers[0] == answers[1]
    assert answers[0]["concepts"] == ["disc", "square", "stripes"]
    assert set(answers[0]["found"]) == {"mean", "anchored"}
    other = json.loads(run("replay", "shapes", *FEW, "--json", "--seed", "1").out)
    assert other["summary"] != answers[0]["summary"]


def test_words_are_replayed_beside_no_words(home: Path) -> None:
    setting = Setting(("text", "anchored"), budgets=(1,), looks=5)
    with Workspace(home / "shapes.likewise") as place:
        report = replay_workspace(place, setting)
    assert report.words == ("disc",)
    named = {row.learner: row.queries for row in report.summary()}
    assert named == {"anchored": 3, "text + words": 1, "anchored + words": 1}


def test_vectors_of_any_origin(run: Run, home: Path) -> None:
    here = world(members=20, others=80)
    np.savez(home / "any.npz", vectors=3 * here.rows, labels=np.where(here.wanted, "it", "other"))
    ran = run("replay", "any.npz", *FEW, "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert (report["images"], report["concepts"]) == (100, ["it", "other"])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["shapes", "--budgets", "1,many"], 2, "the budgets '1,many' are not whole numbers"),
        (["shapes", "--learners", "bset"], 2, "did you mean 'best'?"),
        (["shapes", "--learners", ""], 2, "leave nothing to replay"),
        (["nowhere"], 3, "nowhere"),
        (["nowhere.npz"], 3, "there is no file nowhere.npz"),
        (["bad.npz"], 2, "'vectors' of shape (n, dim) and n 'labels', strings, is wanted"),
        (["short.npz"], 2, "holds 3 vectors and labels of shape (2,)"),
        (["nowhere.likewise"], 3, "is not a likewise workspace"),
        (["shapes/disc"], 2, "has no class folder with 6 images"),
    ],
)
def test_one_sentence(run: Run, home: Path, arguments: list[str], code: int, told: str) -> None:
    (home / "bad.npz").write_bytes(b"not an archive")
    np.savez(home / "short.npz", vectors=np.eye(3), labels=["a", "b"])
    ran = run("replay", *arguments)
    assert ran.code == code, ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_ctrl_c_keeps_what_is_finished(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def until_squares(*arguments: object, **options: object) -> object:
        if options["concepts"] == ["square"]:
            raise KeyboardInterrupt
        return replay(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(likewise.simulate.workspace_replay, "replay", until_squares)
    ran = run("replay", "shapes.likewise", *FEW)
    assert ran.code == 130
    assert "interrupted after 1 concept(s)" in ran.err
    assert "24 images, 1 concepts" in ran.out
