"""Long computations that let short ones pass.

Two threads that compute at the same time get in each other's way far more than twice: each step
of numpy's waits for the interpreter's lock until the other thread lets go of it. So a long
computation stops at its next step while a person waits for a short one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_of_thread = threading.local()


@contextmanager
def giving_way(wait: Callable[[], None]) -> Iterator[None]:
    """Have what this thread computes meanwhile call `wait` between its steps.

    Args:
        wait: returns at once, or when the others have passed.

    Example:
        >>> with giving_way(lambda: print("after you")):
        ...     give_way()
        after you
    """
    before = getattr(_of_thread, "wait", None)
    _of_thread.wait = wait
    try:
        yield
    finally:
        _of_thread.wait = before


def give_way() -> None:
    """Let others pass, where this thread was told to; costs next to nothing elsewhere."""
    wait = getattr(_of_thread, "wait", None)
    if wait is not None:
        wait()
