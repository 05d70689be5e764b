"""What other platforms lack is taken away: all works but the fence, and that is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from shapes import draw_shapes

WITHOUT = """
import os, platform, resource

platform.machine = lambda: "MIPS"  # no table of system calls: no filter, as on macOS
for name in ("memfd_create", "sched_getaffinity", "posix_fadvise", "posix_fallocate"):
    if hasattr(os, name):
        delattr(os, name)
set_limit = resource.setrlimit

def refuse(which, limits):
    if which == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    set_limit(which, limits)

resource.setrlimit = refuse
"""
"""Runs before the first line of every process, as on macOS, whose kernel has none of these."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that lacks what only Linux on x86-64 and arm64 has."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT)
    return {**os.environ, "PYTHONPATH": str(tmp_path / "site")}


def likewise(
    cwd: Path, environment: dict[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "likewise", *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_fence_everything_works_and_it_is_said(
    tmp_path: Path, elsewhere: dict[str, str]
) -> None:
    draw_shapes(tmp_path / "shapes")
    (tmp_path / "shapes" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    ran = likewise(tmp_path, elsewhere, "index", "shapes")
    assert ran.returncode == 0, ran.stderr
    assert "24 added, 1 failed" in ran.stdout
    assert "note: this machine (linux, MIPS) has no fence around" in ran.stderr
    again = likewise(tmp_path, elsewhere, "index", "shapes")
    assert "note: this machine" not in again.stderr  # nothing was decoded
    ran = likewise(tmp_path, elsewhere, "search", "--like", "disc/00.png", "-k", "5")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("disc/") >= 4
    ran = likewise(tmp_path, elsewhere, "doctor")
    assert ran.returncode == 0, ran.stdout
    assert "this machine (linux, MIPS)" in ran.stdout
    likewise(tmp_path, elsewhere, "concept", "create", "disc", "--like", "disc/00.png")
    assert likewise(tmp_path, elsewhere, "learn", "disc").returncode == 0
    ran = likewise(tmp_path, elsewhere, "export", "disc", "--to", "out", "--format", "csv")
    assert ran.returncode == 0, ran.stderr


def test_with_the_fence_nothing_is_said(tmp_path: Path) -> None:
    draw_shapes(tmp_path / "shapes")
    ran = likewise(tmp_path, dict(os.environ), "index", "shapes")
    assert ran.returncode == 0, ran.stderr
    assert "no fence" not in ran.stderr


def test_on_windows_it_ends_with_one_sentence() -> None:
    program = "import sys; sys.platform = 'win32'; from likewise.start import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr.count("\n")) == (8, 1), ran.stderr
    assert "WSL 2" in ran.stderr
