"""Calls of the operating system that fail: errnos injected while likewise indexes, answers, ...

A small workspace is put in place, a command begins, and strace makes one of its calls fail (or
every one from there on), as a disk that is full, broken or not ours does. The command must go on
rightly, or end with one sentence and an exit code of its own; the workspace must open and hold
every answer that was acknowledged; and the same command must then do what it was to do.

Needs strace. Run alone: python benchmarks/errnos.py --count 2000 --json OUT
"""

from __future__ import annotations

from _faults import ERRNOS
from _injecting import main

if __name__ == "__main__":
    main(__doc__, ERRNOS, "injected errnos")
