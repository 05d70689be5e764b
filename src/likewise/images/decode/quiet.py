"""Keeps Pillow's warnings about other people's files from whoever reads thousands of them."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_quiet_lock = threading.Lock()
_quiet_users = 0
_quiet_filter = ("ignore", None, Warning, re.compile(r"PIL\."), 0)


@contextmanager
def pillow_silenced() -> Iterator[None]:
    """Ignore the warnings of Pillow's own modules while at least one thread decodes.

    `warnings.catch_warnings` cannot be used: it restores a copy of the process's filters, and
    threads that overlap would restore each other's.
    """
    global _quiet_users
    with _quiet_lock:
        _quiet_users += 1
        if _quiet_users == 1 or _quiet_filter not in warnings.filters:
            warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0 and _quiet_filter in warnings.filters:
                warnings.filters.remove(_quiet_filter)  # type: ignore[attr-defined]
