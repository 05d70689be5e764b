"""``likewise curate`` and ``likewise remove``, over real files."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from commands import Run
from PIL import Image, ImageEnhance


@pytest.fixture
def copies(run: Run, home: Path) -> None:
    """Two copies: the same file under another label, and a brightened one."""
    shapes = home / "shapes"
    shutil.copy(shapes / "disc" / "00.png", shapes / "square" / "same.png")
    with Image.open(shapes / "stripes" / "03.png") as image:
        ImageEnhance.Brightness(image.convert("RGB")).enhance(0.9).save(
            shapes / "stripes" / "darker.png"
        )
    run("index", "shapes")


@pytest.mark.usefixtures("copies")
def test_duplicates_are_found_kept_shown_undone(run: Run, home: Path) -> None:
    ran = run(
        "curate", "duplicates", "--save", "unique", "--report", "page.html", "--parquet", "rows.pq"
    )
    assert ran.code == 0, ran.err
    dropped = {
        line.split("\t")[0]: line.split("\t")[1:]
        for line in ran.out.splitlines()
        if line.split("\t")[1] == "dropped"
    }
    assert len(dropped) == len(ran.out.splitlines())
    kept = run("curate", "duplicates", "--print", "kept").out.splitlines()
    assert all(line.split("\t")[1] == "kept" for line in kept)
    assert len(kept) + len(dropped) == 26
    every = run("curate", "duplicates", "--print", "all").out.splitlines()
    assert len(every) == 26
    assert dropped["square/same.png"][1] == "same file, labelled square and disc"
    assert dropped["square/same.png"][2] == "disc/00.png"
    assert "stripes/darker.png" in dropped or "stripes/03.png" in dropped
    page = (home / "page.html").read_text()
    assert page.count("data:image/jpeg") >= 2 * len(dropped)
    assert pq.read_table(home / "rows.pq").num_rows == 26

    assert "unique\texact_duplicates > near_duplicates\t26" in run("curate", "list").out
    shown = json.loads(run("curate", "show", "unique", "--json").out)
    assert {row["id"] for row in shown["items"] if not row["kept"]} == set(dropped)
    within = json.loads(run("curate", "duplicates", "--within", "unique", "--json").out)
    assert within["counts"] == {"kept": 26 - len(dropped)}
    assert run("curate", "undo", "unique").code == 0
    assert run("curate", "show", "unique").code == 3


@pytest.mark.usefixtures("copies")
def test_dry_run_writes_nothing(run: Run, home: Path) -> None:
    ran = run("curate", "duplicates", "--dry-run", "--save", "x", "--report", "page.html")
    assert ran.code == 0, ran.err
    assert not (home / "page.html").exists()
    assert run("curate", "show", "x").code == 3


@pytest.mark.parametrize(
    "command",
    [
        ("outliers", "--share", "0.1"),
        ("rare", "--k", "6", "--most", "4"),
        ("suspects",),
        ("issues",),
        ("diverse", "--k", "5"),
        ("representative", "--k", "5"),
        ("even", "--k", "6"),
        ("balance", "--by", "label", "--most", "3"),
        ("split", "--parts", "train=0.5", "--parts", "test=0.5", "--no-near"),
        ("exact-duplicates",),
    ],
    ids=lambda command: command[0],
)
def test_every_curator_has_a_command(run: Run, command: tuple[str, ...]) -> None:
    ran = run("curate", *command, "--json")
    assert ran.code == 0, ran.err
    assert len(json.loads(ran.out)["items"]) == 24
    assert run("curate", command[0], "--help").code == 0


@pytest.mark.usefixtures("copies")
def test_a_pipeline_ends_in_a_dataset(run: Run, home: Path) -> None:
    (home / "recipe.toml").write_text(
        'where = "width >= 10"\n'
        '[[step]]\ncurator = "exact_duplicates"\n'
        '[[step]]\ncurator = "balance"\nby = ["label"]\nmost = 6\n'
        '[[step]]\ncurator = "split"\nnear = false\n'
        "parts = { train = 0.5, test = 0.5 }\n"
    )
    ran = run("curate", "recipe.toml", "--save", "set", "--json")
    assert ran.code == 0, ran.err
    counts = json.loads(ran.out)["counts"]
    assert counts["train"] + counts["test"] == 18
    assert run("curate", "export", "set", "--to", "out", "--dry-run").code == 0
    assert not (home / "out").exists()
    assert run("curate", "export", "set", "--to", "out").code == 0
    made = [path.relative_to(home / "out").parts for path in (home / "out").rglob("*.png")]
    assert len(made) == 18
    assert {(part, label) for part, label, _ in made} >= {("train", "disc"), ("test", "square")}
    about = json.loads((home / "out" / "likewise.json").read_text())
    assert about["selection"] == "exact_duplicates > balance > split"
    repeated = run("curate", "export", "set", "--to", "out")
    assert repeated.code == 0
    assert "holds this export already" in repeated.out
    assert run("curate", "export", "set", "--to", "out", "--format", "csv").code == 2

    again = json.loads(run("curate", "split", "--before", "set", "--json", "--no-near",
                           "--parts", "train=0.5", "--parts", "test=0.5").out)  # fmt: skip
    before = {row["id"]: row["part"] for row in json.loads(ran.out)["items"] if row["kept"]}
    after = {row["id"]: row["part"] for row in again["items"]}
    assert all(after[item] == part for item, part in before.items())


@pytest.mark.usefixtures("copies")
def test_remove_deletes_files_only_when_told(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    run("curate", "exact-duplicates", "--save", "same")
    file = home / "shapes" / "square" / "same.png"
    assert run("remove", "same", "--yes").code == 2
    assert run("remove", "same", "--files", "--dry-run").code == 0
    assert run("remove", "same", "--files").code == 130  # nobody there to say yes
    assert file.exists()
    assert not (home / "gone.csv").exists()
    ran = run("remove", "same", "--files", "--yes", "--manifest", "gone.csv")
    assert ran.code == 0, ran.err
    assert not file.exists()
    assert len(list((home / "shapes").rglob("*.png"))) == 25
    rows = list(csv.DictReader((home / "gone.csv").read_text().splitlines()))
    assert [row["id"] for row in rows] == ["square/same.png"]
    assert "disc/00.png" in rows[0]["reason"]
    again = run("remove", "same", "--files", "--yes", "--manifest", "gone.csv")
    assert again.code == 2
    assert "exists" in again.err
    assert json.loads(run("curate", "exact-duplicates", "--json").out)["counts"] == {"kept": 25}


@pytest.mark.usefixtures("copies")
def test_a_file_that_was_changed_is_left_alone(run: Run, home: Path) -> None:
    run("curate", "exact-duplicates", "--save", "same")
    Image.new("RGB", (50, 50), (9, 9, 9)).save(home / "shapes" / "square" / "same.png")
    ran = run("remove", "same", "--files", "--yes")
    assert ran.code == 0, ran.err
    assert (home / "shapes" / "square" / "same.png").exists()
    assert "left alone" in ran.err


def test_labels_from_a_file(run: Run, home: Path) -> None:
    lines = ["id,label"] + [f"disc/{n:02d}.png,{'odd' if n % 2 else 'even'}" for n in range(8)]
    (home / "labels.csv").write_text("\n".join(lines) + "\n")
    ran = run("curate", "balance", "--labels", "labels.csv", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["counts"]["odd"] == 4


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["diverse", "--k", "99"], 2, "99 items are wanted and the pool has 24"),
        (["balance", "--quotas", "disc=20"], 2, "'disc' wants 20 and has 8 (12 short)"),
        (["balance", "--quotas", "disc"], 2, "NAME=NUMBER"),
        (["balance", "--by", "camra"], 3, "nothing is known of 'camra'"),
        (["split", "--parts", "train=0.5"], 2, "add up to 1"),
        (["duplicates", "--within", "nothing"], 3, "no selection is kept as 'nothing'"),
        (["duplicates", "--where", "width > 9999"], 2, "no item is left"),
        (["outliers", "--labels", "nowhere.csv"], 3, "neither a file of labels"),
        (["nowhere.toml"], 3, "cannot be read"),
        (["undo", "nothing"], 3, "nothing"),
        (["duplicates", "--report", "no/where.html"], 8, "cannot be written"),
    ],
)
def test_one_sentence(run: Run, arguments: list[str], code: int, told: str) -> None:
    ran = run("curate", *arguments)
    assert ran.code == code, ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_remove_wants_to_know_what(run: Run) -> None:
    assert run("remove").code == 2
    assert run("remove", "x", "--ids", "y").code == 2


@pytest.mark.usefixtures("copies")
@pytest.mark.parametrize("how", [("--dry-run",), ("--files", "--yes")])
def test_what_is_removed_is_shown_beside_what_stays(
    run: Run, home: Path, how: tuple[str, ...]
) -> None:
    run("curate", "exact-duplicates", "--save", "same")
    ran = run("remove", "same", *how, "--sheet", "pairs.png")
    file, reason, stays = ran.out.rstrip("\n").split("\t")
    assert file == str(home / "shapes" / "square" / "same.png")
    assert reason.startswith("same file")
    assert stays == "disc/00.png"
    assert "pairs.png" in ran.err
    with Image.open(home / "pairs.png") as sheet:
        assert sheet.height > 100


@pytest.mark.usefixtures("copies")
def test_a_picture_that_likewise_did_not_draw_stops_remove(run: Run, home: Path) -> None:
    run("curate", "exact-duplicates", "--save", "same")
    (home / "removed.png").write_bytes(b"of a person")
    ran = run("remove", "same", "--files", "--yes")
    assert ran.code == 2
    assert "--overwrite" in ran.err
    assert (home / "shapes" / "square" / "same.png").is_file()
