"""What happens, told to every open page: labels, rules, jobs; by Server-Sent Events."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Generator
from typing import Any

from anyio import CapacityLimiter

_WAITING = 256  # messages a slow page may be behind; then it is told to load anew
_MOST_PAGES = 400  # that listen; each has a thread, and further ones wait for one
_QUIET = 15.0  # seconds between signs of life, so that dead connections are noticed


class Events:
    r"""A message published is in the queue of every page that listens.

    Example:
        >>> events = Events()
        >>> listener = events.listen()
        >>> events.publish("labels", {"concept": "barn"})
        >>> next(listener.messages())
        'event: labels\ndata: {"concept": "barn"}\n\n'
    """

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._closed = False
        self.threads = CapacityLimiter(_MOST_PAGES)

    def publish(self, kind: str, facts: dict[str, Any]) -> None:
        """Tell every page; never waits for one."""
        message = f"event: {kind}\ndata: {json.dumps(facts, ensure_ascii=False)}\n\n"
        with self._lock:
            for listener in self._listeners:
                listener.put(message)

    def listen(self) -> Listener:
        """A new page's queue; what was published before is not in it."""
        listener = Listener(self)
        with self._lock:
            self._listeners.add(listener)
            if self._closed:
                listener.put(None)
        return listener

    def leave(self, listener: Listener) -> None:
        """A page has gone."""
        with self._lock:
            self._listeners.discard(listener)

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._listeners)

    def close(self) -> None:
        """End every page's stream: the server stops."""
        with self._lock:
            self._closed = True
            for listener in self._listeners:
                listener.put(None)


class Listener:
    """The messages for one page."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._queue: queue.Queue[str | None] = queue.Queue(_WAITING)

    def put(self, message: str | None) -> None:
        """Add a message; a page too far behind gets "missed" in place of all it has not read."""
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait("event: missed\ndata: {}\n\n" if message else None)

    def messages(self) -> Generator[str]:
        """Messages as they come, with a comment now and then; ends when the server stops."""
        try:
            while True:
                try:
                    message = self._queue.get(timeout=_QUIET)
                except queue.Empty:
                    message = ": still here\n\n"
                if message is None:
                    return
                yield message
        finally:
            self._events.leave(self)
