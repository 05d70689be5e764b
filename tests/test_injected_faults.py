"""The short form of benchmarks/errnos.py and kill_points.py: a handful of faults in real calls."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="strace is not installed: apt-get install strace"
)


def inject(script: str, *options: str) -> str:
    """What a benchmark prints; skips where processes may not be traced."""
    command = [sys.executable, str(_BENCHMARKS / script), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "strace may not look into processes" in done.stderr:
        pytest.skip("strace may not look into processes here")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_errors_of_the_disk_while_indexing_are_said_and_lose_nothing() -> None:
    said = inject("errnos.py", "--only", "index", "--count", "4", "--seed", "3")
    assert "| injected errnos | 4 |" in said


@pytest.mark.skipif(os.environ.get("LIKEWISE_LONG") != "1", reason="only with LIKEWISE_LONG=1")
def test_kills_at_the_disk_while_exporting_lose_nothing() -> None:
    said = inject(
        "kill_points.py", "--only", "export", "--count", "1", "--fault",
        "unlink:signal=SIGKILL:when=5",
    )  # fmt: skip
    assert "| kill points | 1 |" in said
