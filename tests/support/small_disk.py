"""A real disk of a few megabytes, which a test can fill to the brim."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(at: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own in memory, mounted at a new folder; skips where that is refused."""
    at.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(at)]
    try:
        refused = subprocess.run(mount, check=False, capture_output=True).returncode
    except OSError:
        refused = 1
    if refused:
        pytest.skip("a small disk cannot be mounted here; run as root")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def fill(disk: Path, free: int = 0) -> Path:
    """Fill a disk until this many bytes are free; answers the file that takes the room."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", 0) as file:
        while True:
            file.write(bytes(4096))
    with ballast.open("r+b") as file:
        file.truncate(max(0, ballast.stat().st_size - free))
    return ballast
