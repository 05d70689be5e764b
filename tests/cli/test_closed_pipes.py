"""`likewise ... | head` is no failure, whenever the reader goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_COMMANDS = (
    "search --like shapes/disc/00.png",
    "search --like shapes/disc/00.png --json",
    "index shapes",
    "index shapes --json",
    "curate duplicates --json",
    "doctor",
    "info --json",
    "concept list",
    "encoders list",
    "search --help",
    "--version",
)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("words", _COMMANDS)
def test_a_reader_that_goes_is_no_failure(home: Path, words: str, at_once: bool) -> None:
    """Whether it goes before the first line, which Python may only meet at its own exit."""
    reading, writing = os.pipe()
    if at_once:
        os.close(reading)
    command = [sys.executable, "-m", "likewise", *words.split()]
    with subprocess.Popen(command, cwd=home, stdout=writing, stderr=subprocess.PIPE) as ran:
        os.close(writing)
        if not at_once:
            os.read(reading, 1)
            os.close(reading)
        assert ran.stderr is not None
        said = ran.stderr.read().decode()
    assert ran.returncode == 0, said
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
