"""kill -9 at a call of the operating system, while likewise indexes, answers, exports, ...

As `errnos.py`, but the process is killed where it would make its Nth call of a kind that changes
the disk. The workspace must open and hold every answer that was acknowledged, and the same command
must then do what it was to do.

Needs strace. Run alone: python benchmarks/kill_points.py --count 1500 --json OUT
"""

from __future__ import annotations

from _injecting import main

_CHANGES = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "rmdir", "mkdir", "ftruncate", "fallocate", "copy_file_range", "sendfile",
    "utimensat", "fchmod",
)  # fmt: skip

if __name__ == "__main__":
    main(__doc__, dict.fromkeys(_CHANGES, ("SIGKILL",)), "kill points")
