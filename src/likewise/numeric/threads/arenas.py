"""Few heaps for many threads: what one thread freed, the next one uses."""

from __future__ import annotations

import ctypes
import os
import sys

_M_ARENA_MAX = -8  # of glibc's malloc.h
_ARENAS = 2


def few_arenas() -> bool:
    """Have glibc share two heaps among all threads; answers whether it will.

    By itself it gives each new thread a heap of its own, up to eight a processor, and keeps in
    each what was once needed there: a server whose tasks come in threads of their own grows by
    tens of MiB a task for its first hours. To be called before threads are started. What the
    environment says of it (MALLOC_ARENA_MAX) goes before; where there is another libc, nothing
    is done.

    Example:
        >>> few_arenas() in (True, False)
        True
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS))
    except (OSError, AttributeError):
        return False
