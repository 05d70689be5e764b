"""The first lines of the command `likewise`: until it has begun there is nothing to keep."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn


def _end_now(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    os.write(2, b"\nlikewise: interrupted; nothing was begun\n")
    os._exit(130)


# While modules are imported, Python would print where it was and end by the signal.
signal.signal(signal.SIGINT, _end_now)


_WINDOWS = (
    b"likewise: Windows is not supported: likewise locks files by functions of Unix; use it in "
    b"WSL 2 (wsl --install), where it is as on Linux\n"
)


def main() -> None:
    """Run the command line."""
    if sys.platform == "win32":
        os.write(2, _WINDOWS)
        sys.exit(8)
    try:
        from likewise.cli import INTERRUPTED
        from likewise.cli import main as run
    except MemoryError:
        os.write(2, b"likewise: memory does not suffice to begin; end other programs\n")
        sys.exit(8)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave(INTERRUPTED)
        raise
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done, and Python is clearing up


def _leave(code: int) -> NoReturn:
    """End with a code, whatever Python thinks of it.

    A KeyboardInterrupt that passed through `exec`, as in the making of a dataclass, has Python end
    by the signal even where it was caught.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
