"""Each mistake gets one sentence that names the value and the remedy, and loses nothing."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from commands import Ran, Run
from PIL import Image

from likewise.core.rule import Rule
from likewise.core.rule_file import save_rule
from likewise.core.space import plain_space
from likewise.export.base import Dataset
from likewise.export.formats.folder import Folder
from likewise.workspace import writer_lock


def is_one_sentence(ran: Ran, code: int, *words: str) -> None:
    assert ran.code == code, (ran.code, ran.err)
    lines = ran.err.strip().splitlines()
    assert "Traceback" not in ran.err
    assert len(lines) == 1, ran.err
    for word in words:
        assert word in ran.err, ran.err


def test_an_empty_folder(run: Run, home: Path) -> None:
    (home / "empty").mkdir()
    is_one_sentence(run("index", "empty"), 2, "empty is empty", "give something with images in it")
    assert not (home / "empty.likewise").exists()


def test_a_folder_of_texts(run: Run, home: Path) -> None:
    (home / "texts").mkdir()
    for name in ("a.txt", "b.md"):
        (home / "texts" / name).write_text("words")
    is_one_sentence(run("index", "texts"), 2, "2 file(s)", "JPEG, PNG")


def test_a_missing_path(run: Run) -> None:
    is_one_sentence(run("index", "nowhere"), 3, "nowhere")
    is_one_sentence(run("classify", "nowhere", "--rule", "disc"), 3)


def big_png(path: Path, side: int = 30_000) -> None:
    """A PNG of 900 megapixels in about 110 KB, made without ever holding its pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    squeeze = zlib.compressobj(9)
    row = b"\0" + bytes(side // 8)
    data = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def test_bad_images_cost_a_line_each(run: Run, home: Path) -> None:
    whole = (home / "shapes" / "disc" / "00.png").read_bytes()
    (home / "shapes" / "zero.jpg").touch()
    (home / "shapes" / "cut.png").write_bytes(whole[: len(whole) // 2])
    big_png(home / "shapes" / "huge.png")
    ran = run("index", "shapes")
    assert ran.code == 0
    lines = {line.split(":")[0]: line for line in ran.err.splitlines()}
    assert set(lines) == {"zero.jpg", "cut.png", "huge.png"}
    assert "900 megapixels" in lines["huge.png"]
    assert "--max-megapixels" in lines["huge.png"]
    assert "24 unchanged" in ran.out
    assert "3 failed" in ran.out


def test_an_unknown_concept(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    for arguments in (
        ["learn", "disk"],
        ["search", "--concept", "disk"],
        ["concept", "show", "disk"],
    ):
        is_one_sentence(run(*arguments), 3, "no concept 'disk'", "did you mean 'disc'")
    is_one_sentence(run("export", "disk", "--to", "out"), 3, "'disk'")


def test_an_unknown_rule(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    is_one_sentence(run("learn", "disc", "--rule", "bestt"), 2, "'bestt'", "did you mean 'best'")
    is_one_sentence(run("learn", "disc", "--rule", "mean", "--set", "x=1"), 2, "no option 'x'")
    is_one_sentence(run("classify", "shapes", "--rule", "none.rule"), 3, "none.rule", "--out")
    is_one_sentence(run("search", "--rule", "none.rule"), 3, "none.rule")


def test_words_outside_the_vocabulary(run: Run) -> None:
    is_one_sentence(run("search", "flurble"), 2, "'flurble'")
    is_one_sentence(run("concept", "create", "x", "--hint", "flurble"), 2, "'flurble'")
    assert run("concept", "list").out == ""


def test_a_rule_made_with_another_encoder(run: Run, home: Path) -> None:
    rule = Rule("mean", plain_space("other-1", 4), np.eye(4, dtype=np.float32)[:1])
    save_rule(rule, home / "other.rule")
    is_one_sentence(run("search", "--rule", "other.rule"), 4, "other-1")
    ran = run("classify", "shapes", "--rule", "other.rule")
    assert ran.code in (2, 4)
    assert "other" in ran.err


def test_a_damaged_rule(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    run("learn", "disc", "--rule", "mean", "--out", "disc.rule")
    content = bytearray((home / "disc.rule").read_bytes())
    content[-5] ^= 1
    (home / "disc.rule").write_bytes(bytes(content))
    is_one_sentence(run("search", "--rule", "disc.rule"), 6, "disc.rule")


def test_two_processes_at_once(run: Run, home: Path) -> None:
    with writer_lock(home / "shapes.likewise"):
        is_one_sentence(run("index", "shapes"), 5, "process", "since")
        assert run("search", "--like", "disc/00.png", "-k", "1").code == 0  # reading goes on


def test_a_command_of_nearly_that_name(run: Run) -> None:
    ran = run("serch", "dog")
    assert ran.code == 2
    assert "There is no command 'serch'; did you mean 'search'?" in ran.err


def test_nothing_to_look_for(run: Run) -> None:
    is_one_sentence(run("search"), 2, "--like IMAGE")
    is_one_sentence(run("search", "--rule", "x.rule", "--like", "a"), 2, "--rule x.rule")
    is_one_sentence(run("concept", "create", "disc"), 2, "--like IMAGE")


def test_no_workspace_here(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "shapes")
    is_one_sentence(run("search", "dog"), 3, "likewise index FOLDER")


def test_export_destroys_nothing(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    is_one_sentence(run("export", "disc", "--to", "out"), 3, "likewise learn disc")
    run("learn", "disc", "--rule", "mean")
    (home / "mine").mkdir()
    (home / "mine" / "thesis.txt").write_text("years of work")
    is_one_sentence(run("export", "disc", "--to", "mine", "--overwrite"), 2, "left alone")
    assert (home / "mine" / "thesis.txt").read_text() == "years of work"
    assert run("export", "disc", "--to", "out").code == 0
    assert run("export", "disc", "--to", "out").code == 0  # the same again changes nothing
    another = ("export", "disc", "--to", "out", "--format", "jsonl")
    is_one_sentence(run(*another), 2, "--overwrite")
    assert run(*another, "--overwrite").code == 0
    ran = run("export", "disc", "--to", "p", "--min-probability", ".9")
    is_one_sentence(ran, 2, "no probabilities")


def test_a_target_that_only_looks_absent_is_left_alone(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    run("learn", "disc", "--rule", "mean")
    is_one_sentence(run("export", "disc", "--to", "typo/../shapes"), 2, "left alone")
    is_one_sentence(run("export", "disc", "--to", "nodir/.."), 2, "left alone")
    assert len(list((home / "shapes").rglob("*.png"))) == 24


def test_a_replaced_dataset_is_there_until_the_new_one_is(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    run("learn", "disc", "--rule", "mean")
    assert run("export", "disc", "--to", "out").code == 0
    real = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name == ".out.partial":
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    another = ("export", "disc", "--to", "out", "--format", "jsonl", "--overwrite")
    is_one_sentence(run(*another), 8, "Input/output error")
    assert (home / "out" / "likewise.json").is_file()
    assert not list(home.glob(".out.*"))


def test_what_comes_into_being_during_an_export_is_left_alone(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    run("learn", "disc", "--rule", "mean")
    real = Folder.write

    def write_beside_somebody(self: Folder, dataset: Dataset, folder: Path) -> None:
        real(self, dataset, folder)
        (home / "out").mkdir()
        (home / "out" / "thesis.txt").write_text("years of work")

    monkeypatch.setattr(Folder, "write", write_beside_somebody)
    is_one_sentence(run("export", "disc", "--to", "out"), 2, "left alone")
    assert [path.name for path in (home / "out").iterdir()] == ["thesis.txt"]


def test_an_export_into_the_empty_folder_one_is_in(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    run("learn", "disc", "--rule", "mean")
    (home / "here").mkdir()
    monkeypatch.chdir(home / "here")
    ran = run("export", "disc", "--to", ".", "-w", home / "shapes.likewise")
    assert ran.code == 0, ran.err
    assert (home / "here" / "likewise.json").is_file()


def test_classify_opens_its_answer_only_when_it_can_answer(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    run("learn", "disc", "--rule", "mean")
    (home / "old.csv").write_text("precious")
    asked = ("classify", "nowhere", "--rule", "disc", "--out", "old.csv")
    assert run(*asked).code == 2
    assert run(*asked, "--overwrite").code == 3
    assert (home / "old.csv").read_text() == "precious"


def test_odd_values_where_files_and_names_are_wanted(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    is_one_sentence(run("search", "--like", "disc/00.png", "--sheet", "page"), 2, ".png")
    is_one_sentence(
        run("concept", "label", "disc", "--yes", "shapes/disc/00.png"), 2, "not text in UTF-8"
    )
    is_one_sentence(run("learn", "disc", "--set", "precision=1"), 2, "no option 'precision'")
    is_one_sentence(run("index", ""), 2, "empty string")
    for wrong in ("away_weight=abc", "away_weight=true"):
        is_one_sentence(
            run("learn", "disc", "--rule", "contrast", "--set", wrong),
            2,
            "give a value such as 0.25",
        )
    assert run("learn", "disc", "--rule", "contrast", "--set", "away_weight=1").code == 0


def test_wrong_tables_of_answers(run: Run, home: Path) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    (home / "a.csv").write_text("name,answer\na,yes\n")
    is_one_sentence(run("concept", "label", "disc", "--csv", "a.csv"), 2, "'id' and 'verdict'")
    (home / "a.csv").write_text("id,verdict\ndisc/00.png,maybe\n")
    is_one_sentence(run("concept", "label", "disc", "--csv", "a.csv"), 2, "'maybe'")
    is_one_sentence(run("concept", "label", "disc"), 2, "--yes FILE")
    is_one_sentence(run("concept", "label", "disc", "--yes", "none.txt"), 3, "none.txt")


@pytest.fixture
def tiny_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 3 MB."""
    place = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here; run as root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(run: Run, home: Path, tiny_disk: Path) -> None:
    made = run("index", "shapes", "-w", tiny_disk / "w.likewise")
    assert made.code == 0, made.err
    assert (
        run(
            "concept", "create", "disc", "--like", "disc/00.png", "-w", tiny_disk / "w.likewise"
        ).code
        == 0
    )
    with (
        pytest.raises(OSError, match="No space left"),
        (tiny_disk / "ballast").open("wb", 0) as file,
    ):
        while True:
            file.write(bytes(4096))
    refused = run(
        "concept", "create", "two", "--like", "disc/01.png", "-w", tiny_disk / "w.likewise"
    )
    is_one_sentence(refused, 8, "workspace.sqlite", "nothing was changed")
    rng = np.random.default_rng(0)
    for number in range(40):
        noise = rng.integers(0, 255, (200, 200, 3), dtype=np.uint8)
        Image.fromarray(noise).save(home / "shapes" / f"noise-{number}.png")
    full = run("index", "shapes", "-w", tiny_disk / "w.likewise")
    is_one_sentence(full, 8, str(tiny_disk))
    (tiny_disk / "ballast").unlink()
    again = run("index", "shapes", "-w", tiny_disk / "w.likewise")
    assert again.code == 0, again.err
    assert run("concept", "list", "-w", tiny_disk / "w.likewise").out == "disc\n"


def test_no_traceback_from_a_broken_pipe(home: Path) -> None:
    command = f"{sys.executable} -m likewise search --like disc/00.png -k 24 | head -1"
    ran = subprocess.run(command, shell=True, cwd=home, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert ran.stdout.startswith("disc/00.png")
