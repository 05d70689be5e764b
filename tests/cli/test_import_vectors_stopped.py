"""`import-vectors` that is killed, or that finds the disk full, and then runs again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from commands import Run
from small_disk import fill, small_disk

from likewise.workspace import Workspace

ROWS = 3_000
COMMAND = ("import-vectors", "v.npy", "--ids", "ids.txt", "--name", "demo")
WORDS = ("--words", "v.npy", "--word-list", "ids.txt")


@pytest.fixture
def files(home: Path) -> Path:
    rows = np.random.default_rng(0).normal(size=(ROWS, 64)).astype(np.float32)
    np.save(home / "v.npy", rows)
    (home / "ids.txt").write_text("".join(f"{number}\n" for number in range(ROWS)))
    return home


@pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed: apt-get install strace"
)
@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("fdatasync:4", "was never finished being made and holds nothing"),
        ("rename:1", "likewise import-vectors, started"),
        ("fsync:2", "likewise import-vectors, started"),
    ],
)
def test_a_killed_import_is_named_and_the_same_command_completes_it(
    run: Run, files: Path, call: str, said: str
) -> None:
    name, _, count = call.partition(":")
    killed = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}",
         "-e", f"inject={name}:signal=SIGKILL:when={count}",
         sys.executable, "-m", "likewise", *COMMAND, *WORDS],
        cwd=files, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if killed.returncode == 1 and "ptrace" in killed.stderr:
        pytest.skip("strace may not look into processes here")
    assert killed.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), killed.stderr
    seen = run("doctor", "-w", "demo.likewise")
    assert seen.code != 0
    assert said in seen.out + seen.err
    assert "is damaged" not in seen.out + seen.err
    assert run(*COMMAND, *WORDS).code == 0
    with Workspace(files / "demo.likewise") as opened:
        assert len(opened.collection) == ROWS
    healthy = run("doctor", "-w", "demo.likewise")
    assert (healthy.code, "did not finish" in healthy.out) == (0, False)


@pytest.mark.parametrize("free", [0, 24_000, 60_000, 300_000])
def test_a_full_disk_is_no_damaged_database(run: Run, files: Path, free: int) -> None:
    with small_disk(files / "disk", 4096) as disk:
        ballast = fill(disk, free)
        command = (*COMMAND, *WORDS, "-w", disk / "demo.likewise")
        refused = run(*command)
        assert refused.code == 8, refused.err
        assert refused.err.count("\n") == 1
        assert "full" in refused.err or "free some space" in refused.err
        seen = run("doctor", "-w", disk / "demo.likewise")
        assert "is damaged" not in seen.out + seen.err
        ballast.unlink()
        assert run(*command).code == 0
        with Workspace(disk / "demo.likewise") as opened:
            assert len(opened.collection) == ROWS
        assert run("doctor", "-w", disk / "demo.likewise").code == 0
