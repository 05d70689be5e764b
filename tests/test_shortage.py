"""What a machine lacks stops a run with a sentence, and no image is to blame."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from shapes import draw_shapes

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.core.shortage import shortage_in
from likewise.encoders._read_ahead import read_ahead
from likewise.errors import CorruptError, StorageError
from likewise.images.decode import BadImageError
from likewise.indexing.index import index
from likewise.workspace import Workspace

_COMMAND = [sys.executable, "-m", "likewise"]


def likewise(
    *words: str, cwd: Path, limit: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command, under a limit that the shell sets."""
    shell = ["sh", "-c", f'{limit}\nexec "$@"', "sh"]
    return subprocess.run(
        [*shell, *_COMMAND, *words], cwd=cwd, env={**os.environ, **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("count", [8, 16, 20])
def test_too_few_descriptors_mark_no_image(tmp_path: Path, count: int) -> None:
    draw_shapes(tmp_path / "photos", each=2)
    done = likewise("index", "photos", cwd=tmp_path, limit=f"ulimit -n {count}")
    assert done.returncode == 8, done.stderr
    assert f"this process may have {count} files open" in done.stderr
    assert "Traceback" not in done.stderr
    again = likewise("index", "photos", "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert (report["added"] + report["unchanged"], report["failed"]) == (6, [])


def test_a_wrong_variable_marks_no_image(tmp_path: Path) -> None:
    photos = draw_shapes(tmp_path / "photos", each=2)
    done = likewise("index", "photos", cwd=tmp_path, LIKEWISE_DECODE="x")
    assert done.returncode == 2
    assert "likewise: LIKEWISE_DECODE is 'x'; processes or threads is wanted" in done.stderr
    assert index(photos, tmp_path / "photos.likewise").added == 6
    with Workspace(tmp_path / "photos.likewise") as place:
        assert not place.states.all()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel caps address space")
@pytest.mark.parametrize("megabytes", [100, 300, 500, 800])
def test_too_little_memory_is_one_sentence(home: Path, megabytes: int) -> None:
    with Workspace(home / "shapes.likewise") as place:
        change_basket(place, Concept("disc", ("disc/00.png", "disc/01.png")), new=True)
    for words in (
        ["index", "shapes", "-w", "new.likewise"],
        ["search", "--like", "shapes/disc/00.png", "-w", "shapes.likewise"],
        ["learn", "disc", "-w", "shapes.likewise"],
        ["report", "disc", "-w", "shapes.likewise"],
    ):
        done = likewise(*words, cwd=home, limit=f"ulimit -v {megabytes * 1000}")
        assert done.returncode == 8, (words, done.stderr)
        assert done.stderr.count("\n") == 1, (words, done.stderr)
        assert "then run the same command again" in done.stderr
    assert likewise("--help", cwd=home, limit="ulimit -v 100000").returncode == 0


def test_when_every_file_failed_the_exit_code_is_1(tmp_path: Path) -> None:
    photos = draw_shapes(tmp_path / "photos", each=1)
    for file in photos.rglob("*.png"):
        file.write_bytes(b"no image")
    for _ in range(2):  # files that failed before count as well
        done = likewise("index", "photos", cwd=tmp_path)
        assert (done.returncode, "no image could be read" in done.stderr) == (1, True)
    shutil.rmtree(photos)
    draw_shapes(photos, each=1)
    next(photos.rglob("*.png")).write_bytes(b"no image")
    assert likewise("index", "photos", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EMFILE, "Too many open files"),
        OSError("LanceError(IO): Too many open files (os error 24)"),
        MemoryError(),
        ImportError("x.so: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
    ],
)
def test_the_cause_is_found_behind_other_errors(error: Exception) -> None:
    assert shortage_in(error) is not None
    outer = CorruptError("the vectors cannot be read; move that folder away")
    outer.__cause__ = error
    assert shortage_in(outer) is not None


def test_what_an_image_asks_for_is_its_own_fault() -> None:
    outer = BadImageError("needs more memory to decode than there is")
    outer.__cause__ = MemoryError()
    assert shortage_in(outer) is None
    assert shortage_in(BadImageError("'Too many open files.png' is broken")) is None
    assert shortage_in(OSError(errno.ENOENT, "No such file")) is None


@pytest.mark.parametrize("error", [OSError(errno.EMFILE, "no more"), StorageError("no child")])
def test_a_shortage_stops_the_reading_ahead(error: Exception) -> None:
    def work(number: int) -> int:
        if number == 2:
            raise error
        return number

    with pytest.raises(StorageError):
        list(read_ahead(range(4), work, workers=2, ahead=2))


def test_an_interrupt_while_modules_are_imported_is_one_sentence(tmp_path: Path) -> None:
    """As when Ctrl-C comes within the first second; where it comes is chosen, not timed."""
    slow = tmp_path / "click.py"  # what `likewise.cli` imports first
    slow.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import likewise.start as s; s.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr == "\nlikewise: interrupted; nothing was begun\n"


def test_an_interrupt_within_exec_still_ends_with_the_exit_code(tmp_path: Path) -> None:
    code = (
        "import likewise.start as start, likewise.cli as cli, os, signal\n"
        "cli.commands.main = lambda **_: exec('os.kill(os.getpid(), signal.SIGINT)')\n"
        "start.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 130 != -signal.SIGINT
    assert "interrupted; what was acknowledged is kept" in done.stderr
