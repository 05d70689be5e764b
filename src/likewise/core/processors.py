"""How many processors there are for this process."""

from __future__ import annotations

import os


def available_processors() -> int:
    """Processors that this process may use; where the system does not say, all of the machine's.

    Linux says it, also in a container or under taskset. macOS and Windows do not.

    Example:
        >>> available_processors() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
