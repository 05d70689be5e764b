"""Waiting for an event itself, for as long as a very busy machine may need."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

LIMIT = 300.0
"""Seconds after which a test gives up; far more than any event takes on an idle machine."""


def wait_until(
    happened: Callable[[], object],
    process: subprocess.Popen[bytes] | subprocess.Popen[str] | None = None,
) -> None:
    """Return once `happened` is true; fail when `process` has ended before that."""
    end = time.monotonic() + LIMIT
    while not happened():
        assert process is None or process.poll() is None, "the process ended before"
        assert time.monotonic() < end, f"not within {LIMIT:.0f} s"
        time.sleep(0.01)
