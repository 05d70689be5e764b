"""Every benchmark starts with what make test installs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent.parent / "benchmarks"
_SCRIPTS = sorted(
    path.name
    for path in _FOLDER.glob("[!_]*.py")
    if "__main__" in path.read_text() and "parse_args" in path.read_text()
)


def run(script: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, script, *options],
        cwd=_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", _SCRIPTS)
def test_a_benchmark_starts_without_torch(script: str) -> None:
    assert "--" in run(script, "--help")
