"""A lock that many may hold together to read, or one alone to change what they read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SharedLock:
    """Readers share it; whoever changes something waits for them, and they for the change.

    The readers-writers problem of Courtois, Heymans and Parnas (1971), in its second form: who
    comes to read waits for a change that waits, or readers who never pause would keep it out. A
    reader may call another in its own thread.

    Example:
        >>> lock = SharedLock()
        >>> with lock.shared(), lock.shared():
        ...     pass
        >>> with lock.alone():
        ...     pass
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._changers = 0  # that wait or are at it
        self._is_alone = False
        self._mine = threading.local()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Read: nothing changes meanwhile."""
        depth = getattr(self._mine, "depth", 0)
        if not depth:
            with self._changed:
                while self._changers:
                    self._changed.wait()
                self._readers += 1
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if not depth:
                with self._changed:
                    self._readers -= 1
                    self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Change: nobody reads meanwhile. Not to be asked for by one who reads."""
        with self._changed:
            self._changers += 1
            while self._is_alone or self._readers:
                self._changed.wait()
            self._is_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changers -= 1
                self._changed.notify_all()
