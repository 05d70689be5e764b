"""Every benchmark starts with what make test installs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

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


def test_encoders_ends_where_no_class_name_can_be_read(tmp_path: Path) -> None:
    for level, name in enumerate(("qqx", "qqy")):
        (tmp_path / name).mkdir()
        for number in range(3):
            colour = (number * 60, 90, level * 200)
            Image.new("RGB", (64, 64), colour).save(tmp_path / name / f"{number}.png")
    printed = run("encoders.py", "--data", str(tmp_path), "--only", "words")
    assert "reads fewer than two class names" in printed
