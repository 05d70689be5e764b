"""The bar of a command on a terminal that does not know its width."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


def test_a_terminal_of_no_width_has_a_bar(tmp_path: Path) -> None:
    """As one that a program opened; it says 0 columns."""
    code = (
        "from likewise.cli._shared import progress_bar\n"
        "with progress_bar('img') as bar:\n"
        "    bar(1, 4)\n"
        "    bar(2, 4)\n"
    )
    ours, theirs = pty.openpty()
    assert os.get_terminal_size(theirs).columns == 0
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stderr=theirs, check=True)
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # how Linux says that the other end was closed
        while data := os.read(ours, 4096):
            seen += data
    os.close(ours)
    assert b"0img [" in seen
