"""What happens, told to every open page: labels, rules, jobs; by Server-Sent Events.

A page that waits costs a queue and a connection, and no thread. Pages are bounded, for each person
and in all, so that nobody keeps the news from others.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from typing import Any, TypeAlias
from weakref import WeakSet

from starlette.exceptions import HTTPException

_WAITING = 256  # messages a slow page may be behind; then it is told to load anew
_QUIET = 15.0  # seconds between signs of life, so that dead connections are noticed
_MOST_PAGES = 400
_MOST_OF_ONE = 64

Message: TypeAlias = tuple[str, dict[str, Any]]
"""Kind and facts."""


class Events:
    """A message published is in the queue of every page that listens."""

    def __init__(self, most: int = _MOST_PAGES, per_listener: int = _MOST_OF_ONE) -> None:
        self._most, self._per_listener = most, per_listener
        self._listeners: WeakSet[Listener] = WeakSet()  # a stream that never began is forgotten
        self._lock = threading.Lock()
        self._closed = False

    def publish(self, kind: str, facts: dict[str, Any]) -> None:
        """Tell every page; never waits for one."""
        with self._lock:
            for listener in self._listeners:
                listener.put((kind, facts))

    def listen(self, who: str) -> Listener:
        """A new page's queue; what was published before is not in it. Call it in an event loop.

        Args:
            who: whose page it is: a user's name, or the address that it comes from.

        Raises:
            HTTPException: 429 where this person, or all together, have as many as there may be.
        """
        listener = Listener(self, who)
        with self._lock:
            open_of_caller = Counter(listener.who for listener in self._listeners)[who]
            if open_of_caller >= self._per_listener or len(self._listeners) >= self._most:
                open_pages = (
                    f"{open_of_caller} pages of {who}"
                    if open_of_caller >= self._per_listener
                    else "too many pages"
                )
                raise HTTPException(
                    429,
                    f"{open_pages} are open already; close some of them",
                    {"retry-after": "5", "cache-control": "no-store"},
                )
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

    def __init__(self, events: Events, who: str) -> None:
        self._events, self.who = events, who
        self._queue: deque[Message | None] = deque()
        self._loop = asyncio.get_running_loop()
        self._filled = asyncio.Event()

    def put(self, message: Message | None) -> None:
        """Add a message; a page too far behind gets "missed" in place of all it has not read."""
        if len(self._queue) >= _WAITING:
            self._queue.clear()
            message = message and ("missed", {})
        self._queue.append(message)
        with suppress(RuntimeError):  # the server has stopped
            self._loop.call_soon_threadsafe(self._filled.set)

    async def messages(self) -> AsyncGenerator[Message]:
        """Messages as they come, with an empty one now and then; ends when the server stops."""
        try:
            while True:
                try:
                    await asyncio.wait_for(self._filled.wait(), _QUIET)
                except TimeoutError:
                    yield "", {}
                    continue
                self._filled.clear()
                for message in self._taken():
                    if message is None:
                        return
                    yield message
        finally:
            self._events.leave(self)

    def _taken(self) -> Iterator[Message | None]:
        with suppress(IndexError):  # empty; another thread may clear it at any time
            while True:
                yield self._queue.popleft()


def as_event(message: Message) -> str:
    r"""A message as text of an event stream.

    Example:
        >>> as_event(("labels", {"concept": "barn"})), as_event(("", {}))
        ('event: labels\ndata: {"concept": "barn"}\n\n', ': still here\n\n')
    """
    kind, facts = message
    if not kind:
        return ": still here\n\n"
    return f"event: {kind}\ndata: {json.dumps(facts, ensure_ascii=False)}\n\n"
