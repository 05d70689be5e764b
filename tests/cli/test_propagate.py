"""``likewise propagate`` and ``undo``, ``rounds``, ``audit``."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from commands import Run
from PIL import Image

from likewise.workspace import Workspace

KINDS = ("disc", "square", "stripes")
SURE = ("--min-confidence", "0.3", "--method", "label_spreading")


@pytest.fixture
def labels(home: Path) -> Path:
    """Three of eight pictures of each kind are labelled."""
    lines = [f"{kind}/{n:02d}.png,{kind}" for kind in KINDS for n in range(3)]
    (home / "labels.csv").write_text("\n".join(["id,label", *lines]) + "\n")
    return home / "labels.csv"


@pytest.mark.usefixtures("labels")
def test_labels_the_rest_with_receipts(run: Run, home: Path) -> None:
    ran = run("propagate", "--labels", "labels.csv", *SURE, "--json")
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    assert facts["labelled"] >= 10
    assert facts["labelled"] + facts["given"] + facts["abstained"] == facts["items"] == 24
    assert facts["recorded"] == [1]
    with Workspace(home / "shapes.likewise") as place:
        found = {kind: place.machine_labels.current(kind) for kind in KINDS}
        assert place.labels.count() == 0
    given = {f"{kind}/{n:02d}.png" for kind in KINDS for n in range(3)}
    for kind, items in found.items():
        assert not set(items) & given
        for item, label in items.items():
            assert item.startswith(kind)
            assert label.because["method"] == "label_spreading"
            assert label.because["round"] == 1
            assert set(label.because["causes"]) <= given
            assert label.because["causes"]
            assert label.digest


@pytest.mark.usefixtures("labels")
def test_a_receipt_is_shown(run: Run, home: Path) -> None:
    run("propagate", "--labels", "labels.csv", *SURE)
    with Workspace(home / "shapes.likewise") as place:
        item, kept = next(iter(place.machine_labels.current("disc").items()))
    (told,) = json.loads(run("propagate", "receipt", item, "--json").out)
    assert (told["concept"], told["round"]) == ("disc", 1)
    assert told["because"]["causes"] == kept.because["causes"]
    shown = run("propagate", "receipt", item).out
    assert shown.startswith("round 1\tdisc\tyes\t")
    assert kept.because["causes"][0] in shown
    assert "says anything about 'disc/00.png'" in run("propagate", "receipt", "disc/00.png").err


@pytest.mark.usefixtures("labels")
def test_dry_run_records_nothing(run: Run) -> None:
    ran = run("propagate", "--labels", "labels.csv", *SURE, "--dry-run")
    assert ran.code == 0, ran.err
    assert "nothing was recorded" in ran.err
    assert "confidence  coverage  accuracy" in ran.err
    assert json.loads(run("propagate", "rounds", "--json").out) == []


@pytest.mark.usefixtures("labels")
def test_a_round_can_be_undone(run: Run, home: Path) -> None:
    run("propagate", "--labels", "labels.csv", *SURE)
    run("propagate", "--labels", "labels.csv", "--min-confidence", "0.3",
        "--method", "self_training", "--set", "rounds=3")  # fmt: skip
    rounds = json.loads(run("propagate", "rounds", "--json").out)
    assert [one["method"] for one in rounds][:2] == ["label_spreading", "self_training"]
    assert len(rounds) >= 3  # each round of the method's own is one of the log
    with Workspace(home / "shapes.likewise") as place:
        before = place.machine_labels.current("disc")
    for one in rounds[1:]:
        assert f"round {one['round']} is undone" in run("propagate", "undo", str(one["round"])).out
    with Workspace(home / "shapes.likewise") as place:
        after = place.machine_labels.current("disc")
    assert {label.round for label in after.values()} == {1}
    assert {label.round for label in before.values()} - {1}
    assert "was undone before" in run("propagate", "undo", "2").out
    assert run("propagate", "undo", "99").code == 3
    assert "undone" in run("propagate", "rounds").out


@pytest.mark.usefixtures("labels")
def test_the_report_has_curve_and_map(run: Run, home: Path) -> None:
    ran = run("propagate", "--labels", "labels.csv", *SURE, "--out", "report", "--dry-run")
    assert ran.code == 0, ran.err
    facts = json.loads((home / "report" / "report.json").read_text())
    assert facts["curve"][0]["confidence"] == 0.5
    with (home / "report" / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == facts["labelled"]
    assert rows[0]["causes"].endswith(".png")
    for name in ("curve.png", "map.png"):
        with Image.open(home / "report" / name) as picture:
            assert min(picture.size) > 100


@pytest.mark.usefixtures("labels")
def test_asks_about_doubtful_items_and_puts_them_up(run: Run, home: Path) -> None:
    ran = run("propagate", "--labels", "labels.csv", "--min-confidence", "1", "--ask", "4")
    assert ran.code == 0, ran.err
    asked = ran.out.split()
    assert len(set(asked)) == 4
    with Workspace(home / "shapes.likewise") as place:
        put_up = {
            item
            for kind in KINDS
            for item, label in place.machine_labels.current(kind).items()
            if label.verdict == "unsure"
        }
    assert put_up <= set(asked)
    assert put_up


@pytest.mark.usefixtures("labels")
def test_what_is_asked_is_reviewed_and_then_propagated(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class of the file becomes a concept to review; its answers count without being named."""
    # nothing is as sure as that, so every item is open and the most doubtful are asked about
    ran = run("propagate", "--labels", "labels.csv", "--min-confidence", "1", "--ask", "15")
    assert ran.code == 0, ran.err
    name = next(kind for kind in KINDS if f"likewise review {kind}" in ran.err)
    with Workspace(home / "shapes.likewise") as place:
        assert set(place.concepts.get(name).examples) == {f"{name}/{n:02d}.png" for n in range(3)}
        put_up = {
            item
            for item, label in place.machine_labels.current(name).items()
            if label.verdict == "unsure"
        }
    monkeypatch.setattr("sys.stdin", io.StringIO("all\n"))
    ran = run("review", name, "--pages", "1", "--page-size", len(put_up))
    assert ran.code == 0, ran.err
    assert f"label propagation asks about the first {len(put_up)}" in ran.err
    with Workspace(home / "shapes.likewise") as place:
        assert set(place.labels.current(name)) == put_up
    again = run("propagate", "--labels", "labels.csv", "--dry-run", "--json")
    assert json.loads(again.out)["given"] == 9 + len(put_up)
    wrong = sorted(put_up)[0]
    lines = (home / "labels.csv").read_text() + f"{wrong},{next(k for k in KINDS if k != name)}\n"
    (home / "wrong.csv").write_text(lines)
    ran = run("propagate", "--labels", "wrong.csv", "--dry-run")
    assert ran.code == 2
    assert f"'{wrong}' is '{name}' by an answer" in ran.err
    assert "wrong.csv; take one back" in ran.err


@pytest.mark.usefixtures("labels")
def test_answers_count_and_a_no_is_respected(run: Run, home: Path) -> None:
    for kind in KINDS[:2]:
        run("concept", "create", kind, "--like", f"{kind}/00.png", "--like", f"{kind}/01.png")
    (home / "no.txt").write_text("disc/07.png\n")
    run("concept", "label", "disc", "--no", "no.txt")
    ran = run("propagate", "--concept", "disc", "--concept", "square", "--min-confidence", "0",
              "--method", "label_spreading", "--out", "report", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["given"] == 4
    with (home / "report" / "labels.csv").open(newline="") as file:
        got = {row["id"]: row["label"] for row in csv.DictReader(file)}
    assert got["disc/06.png"] == "disc"
    assert "disc/07.png" not in got


@pytest.mark.usefixtures("labels")
def test_an_audit_is_drawn_corrected_and_judged(run: Run, home: Path) -> None:
    run("propagate", "--labels", "labels.csv", *SURE)
    drawn = run("propagate", "audit", "--looks", "8")
    assert drawn.code == 0, drawn.err
    rows = list(csv.reader(drawn.out.splitlines()))
    assert rows[0] == ["id", "label"]
    assert len(rows) == 9
    (home / "audit.csv").write_text(drawn.out)
    kept = json.loads(run("propagate", "audit", "--answers", "audit.csv", "--json").out)
    assert kept["noise"] == 0
    wrong = drawn.out.replace(",disc", ",square", 1).replace(",stripes", ",disc", 1)
    (home / "audit.csv").write_text(wrong)
    judged = json.loads(run("propagate", "audit", "--answers", "audit.csv", "--json").out)
    assert judged["noise"] == pytest.approx(2 / 8)
    assert judged["interval"][0] < 0.25 < judged["interval"][1]
    assert "wrong: 25 %" in run("propagate", "audit", "--answers", "audit.csv").out


@pytest.mark.parametrize(
    ("lines", "code", "told"),
    [
        ("nowhere.png,square\n", 3, "'nowhere.png'"),
        ("disc/00.png,disc\ndisc/00.png,square\n", 2, "several labels"),
        ("disc/00.png,disc\ndisc/01.png,disc\n", 2, "one class"),
        ("disc/00.png,disc\ndisc/01.png\n", 2, "an id and a label are wanted"),
        ("", 2, "nothing is labelled"),
    ],
)
def test_bad_labels_are_told(run: Run, home: Path, lines: str, code: int, told: str) -> None:
    (home / "bad.csv").write_text(lines)
    ran = run("propagate", "--labels", "bad.csv")
    assert ran.code == code, ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "--labels FILE"),
        (("--labels", "none.csv"), 3, "none.csv cannot be read"),
        (("--labels", "labels.csv", "--method", "magic"), 2, "magic"),
        (("--labels", "labels.csv", "--set", "alpha=2", "--method", "label_spreading"), 2, "alpha"),
        (("--concept", "nothing"), 3, "nothing"),
        (("audit", "--answers", "labels.csv"), 2, "none of the 9 answers"),
    ],
)
@pytest.mark.usefixtures("labels")
def test_bad_options_are_told(run: Run, arguments: tuple[str, ...], code: int, told: str) -> None:
    ran = run("propagate", *arguments)
    assert ran.code == code, ran.err
    assert told in ran.err


def test_odd_labels_are_kept_and_told(run: Run, home: Path) -> None:
    """A class of one label; a copy under another class; all items labelled."""
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / "disc" / "copy.png")
    run("index", "shapes")
    lines = [f"{kind}/{n:02d}.png,{kind}" for kind in KINDS[:2] for n in range(3)]
    (home / "odd.csv").write_text(
        "\n".join([*lines, "disc/copy.png,square", "stripes/00.png,stripes"])
    )
    ran = run("propagate", "--labels", "odd.csv", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    notes = json.loads(ran.out)["notes"]
    assert any("one label, such as 'stripes'" in text for text in notes)
    assert any("copies of one with another label" in text for text in notes)
    every = [f"{kind}/{n:02d}.png,{kind}" for kind in KINDS for n in range(8)]
    (home / "every.csv").write_text("\n".join([*every, "disc/copy.png,disc"]))
    facts = json.loads(run("propagate", "--labels", "every.csv", "--json").out)
    assert facts["stopped"] == "nothing was left to label"
    assert facts["recorded"] == []
