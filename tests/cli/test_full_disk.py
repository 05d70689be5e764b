"""Commands that write, on a real disk that is full, and again when there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Run
from small_disk import fill, small_disk
from tiny_clip import tiny_clip

COMMANDS = {
    "index": ("index", "shapes"),
    "learn": ("learn", "disc"),
    "concept label": ("concept", "label", "disc", "--yes", "yes.txt"),
    "export": ("export", "disc", "--to", "dataset"),
    "rule export": ("rule", "export", "disc", "--to", "disc.sql"),
    "classify": ("classify", "shapes", "--rule", "disc.rule", "--out", "scores.csv"),
    "propagate": ("propagate", "--labels", "labels.csv"),
    "propagate --out": ("propagate", "--labels", "labels.csv", "--dry-run", "--out", "report"),
    "backup": ("backup", "copy.tar.gz"),
    "curate": ("curate", "split", "--labels", "none", "--save", "parts"),
    "fewshot": ("fewshot", "train", "shapes", "--out", "shapes.classifier"),
    "search --sheet": ("search", "--concept", "disc", "--sheet", "sheet.png"),
    "report": ("report", "disc", "--out", "disc.html"),
    "reindex": ("reindex", "--encoder", "onnx:tiny"),
    "fewshot report": ("fewshot", "report", "given.classifier", "--refs", "shapes", "--out", "few"),
}
MESSAGES = ("full", "free some space", "No space left")


@pytest.fixture(scope="module")
def prepared(_indexed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace and all that the commands read."""
    home = tmp_path_factory.mktemp("prepared")
    shutil.copytree(_indexed_once, home, dirs_exist_ok=True)
    for command in (
        ("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png"),
        ("learn", "disc", "--out", "disc.rule"),
        ("fewshot", "train", "shapes", "--out", "given.classifier"),
    ):
        subprocess.run([sys.executable, "-m", "likewise", *command], cwd=home, check=True)
    (home / "yes.txt").write_text("disc/02.png\n")
    rows = [f"{name}/{number:02}.png,{name}" for name in ("disc", "stripes") for number in (0, 1)]
    (home / "labels.csv").write_text("\n".join(["id,label", *rows, ""]))
    tiny_clip(home / "tiny")
    return home


@pytest.fixture
def disk(prepared: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of its own with what is prepared and three new pictures; the current folder."""
    with small_disk(home / "disk", 12_000) as disk:
        shutil.copytree(prepared, disk, dirs_exist_ok=True)
        for number in range(3, 6):
            shutil.copy(disk / f"shapes/disc/0{number}.png", disk / f"shapes/new-{number}.png")
        monkeypatch.chdir(disk)
        yield disk


@pytest.mark.parametrize("free", [0, 40_000])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(
    run: Run, disk: Path, command: tuple[str, ...], free: int
) -> None:
    before = set(disk.rglob("*"))
    ballast = fill(disk, free)
    done = run(*command)
    assert done.code in ((8,) if free == 0 else (0, 8)), done.err
    if done.code == 8:
        said = [line for line in done.err.splitlines() if line.startswith("likewise: ")]
        assert len(said) == 1, done.err
        assert any(words in said[0] for words in MESSAGES)
        assert "Traceback" not in done.err
        new = {path for path in set(disk.rglob("*")) - before if "shapes.likewise" not in str(path)}
        assert new == {ballast}
        ballast.unlink()
        again = run(*command)
        assert again.code == 0, again.err
    else:
        ballast.unlink()
    assert run("info").code == 0
    assert run("doctor", "--no-files").code == 0
    assert run("concept", "list").out == "disc\n"


@pytest.mark.parametrize("free", [0, 8_000, 60_000])
@pytest.mark.parametrize("mode", ["--move", "--link", "--csv"])
@pytest.mark.parametrize("inbox_is_elsewhere", [False, True], ids=["one disk", "two disks"])
def test_a_watch_that_meets_a_full_disk_goes_on_with_room(
    run: Run, home: Path, disk: Path, mode: str, free: int, inbox_is_elsewhere: bool
) -> None:
    inbox = (home if inbox_is_elsewhere else disk) / "inbox"
    shutil.copytree(disk / "shapes", inbox)
    for path in inbox.rglob("*.png"):
        os.utime(path, (1_700_000_000,) * 2)
    pictures = {path.read_bytes() for path in inbox.rglob("*.png")}
    watch = ("watch", inbox, "--rule", "disc.rule", "--out", "sorted", mode, "--once")
    ballast = fill(disk, free)
    done = run(*watch)
    assert done.code in ((8,) if free == 0 else (0, 8)), done.err
    if done.code == 8:
        said = [line for line in done.err.splitlines() if line.startswith("likewise: ")]
        assert len(said) == 1, done.err
        assert any(words in said[0] for words in MESSAGES), said
        assert "Traceback" not in done.err
    folders = (inbox, disk / "sorted")
    found = [path for folder in folders for path in folder.rglob("*.png") if not path.is_symlink()]
    assert {path.read_bytes() for path in found} >= pictures
    ballast.unlink()
    again = run(*watch)
    assert again.code == 0, again.err
    lines = [line.split("\t") for line in (done.out + again.out).splitlines()]
    assert {line[1] for line in lines} <= {"moved", "linked", "listed", "kept"}
    assert len({line[0] for line in lines}) == len(lines)
    found = [path for folder in folders for path in folder.rglob("*.png") if not path.is_symlink()]
    assert len(found) == len(lines)
    assert {path.read_bytes() for path in found} == pictures
    assert not list((disk / "sorted").rglob("*.partial"))
    if mode == "--csv":
        rows = (disk / "sorted" / "watch.csv").read_text().splitlines()
        assert len(rows) == len(set(rows)) == len(lines) + 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_server_whose_address_cannot_be_printed_ends(
    home: Path, options: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "likewise", "serve", "--port", "0", *options],
            cwd=home, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 8
    assert done.stderr.startswith("likewise: the address cannot be written to standard output")
    assert done.stderr.count("\n") == 1
