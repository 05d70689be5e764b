"""Open connections: how long one may take over a request's head, and who has room when many come.

A connection is a stranger until a request on it has shown a token. Strangers have a fixed number of
places: where all are taken, the oldest of the address that has most of them make room. So nobody
without a token, however many connections they hold, keeps out those who have one.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

CONNECTION = "likewise.connection"
"""Where a request's scope holds the connection that it came by."""

HEAD_SECONDS = 10.0
"""For the head of a request; of a refused request also for what is left of its body."""

WRITE_SECONDS = 60.0
"""How long a client may read nothing of what is written to it."""

_RESERVED = 256  # descriptors for files, children and threads
_MOST = 2_560
_UNKNOWN_LIMIT = 1_024  # descriptors, where the system does not say
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Connections:
    """The open connections of one server.

    Args:
        most: how many there may be; as the limit on descriptors allows unless given.
    """

    def __init__(self, most: int | None = None) -> None:
        most = _most() if most is None else most
        self.strangers_limit = max(1, most // 4)
        self.member_limit = max(1, most - self.strangers_limit)
        self.person_limit = max(1, self.member_limit // 4)
        self._accepted = 0  # and not made yet
        self._open: set[Connection] = set()
        self._strangers: dict[Connection, None] = {}  # the oldest first
        self._members: dict[Connection, str] = {}

    def __len__(self) -> int:
        return len(self._open) + self._accepted

    def has_room(self) -> bool:
        """Whether one more may be accepted; if not, old strangers are on their way out."""
        if len(self) - len(self._members) < self.strangers_limit:
            return True
        self.evict()
        return False

    def evict(self) -> bool:
        """Close an eighth of the strangers; answers whether there were any."""
        count = max(1, self.strangers_limit // 8)
        for _ in range(min(count, len(self._strangers))):
            addresses = Counter(connection.address for connection in self._strangers)
            address = addresses.most_common(1)[0][0]
            oldest = next(
                connection for connection in self._strangers if connection.address == address
            )
            del self._strangers[oldest]
            oldest.transport.abort()
        return len(self._open) > len(self._members)

    def accepted(self) -> None:
        """A socket was accepted, whose connection is about to be made."""
        self._accepted += 1

    def made(self, connection: Connection) -> None:
        """A connection is there."""
        self._accepted = max(0, self._accepted - 1)
        self._open.add(connection)
        self._strangers[connection] = None

    def lost(self, connection: Connection) -> None:
        """A connection has gone."""
        self._open.discard(connection)
        self._strangers.pop(connection, None)
        self._members.pop(connection, None)

    def welcome(self, connection: Connection, who: str) -> bool:
        """Count a connection as somebody's; False where they, or all, have as many as they may."""
        if self._members.get(connection) == who or connection not in self._open:
            return True
        others = [name for other, name in self._members.items() if other is not connection]
        if len(others) >= self.member_limit or others.count(who) >= self.person_limit:
            return False
        self._strangers.pop(connection, None)
        self._members[connection] = who
        return True


class Connection(H11Protocol):
    """One connection of uvicorn's, with deadlines."""

    def __init__(self, connections: Connections, **settings: Any) -> None:
        super().__init__(**settings)
        self._connections = connections
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        answer = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[CONNECTION] = self
            await answer(scope, receive, send)

        self.app = app

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self.client[0] if self.client else ""

    def welcome(self, who: str) -> bool:
        """Count it as somebody's who has shown a token; see `Connections.welcome`."""
        return self._connections.welcome(self, who)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._connections.made(self)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._connections.lost(self)
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of a head or of a body."""
        super().data_received(data)
        self._watch()

    def pause_writing(self) -> None:
        """The client reads more slowly than is written."""
        super().pause_writing()
        self._unread = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read."""
        if self._unread is not None:
            self._unread.cancel()
        super().resume_writing()

    def _watch(self) -> None:
        """One deadline from the first byte of a head to its last, however many come between."""
        if self.cycle is not None and not self.cycle.response_complete:
            if self._deadline is not None:
                self._deadline.cancel()
            self._deadline = None
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._overdue)

    def _overdue(self) -> None:
        self._deadline = None
        self.transport.abort()


class GatedSocket(socket.socket):
    """A listening socket that accepts only what there is room for; the rest waits in its queue."""

    connections: Connections

    def accept(self) -> tuple[socket.socket, Any]:
        """As a socket does.

        Raises:
            BlockingIOError: there is no room now.
        """
        if not self.connections.has_room():
            raise BlockingIOError(errno.EAGAIN, "no room for one more connection")
        try:
            accepted = super().accept()
        except OSError as error:
            if error.errno in _EXHAUSTED and self.connections.evict():
                raise BlockingIOError(errno.EAGAIN, "no descriptor left") from error
            raise
        self.connections.accepted()
        return accepted


def _most() -> int:
    try:
        import resource
    except ImportError:  # not on this system
        limit = _UNKNOWN_LIMIT
    else:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = _MOST + _RESERVED if limit == resource.RLIM_INFINITY else limit
    return min(_MOST, max(limit - _RESERVED, limit // 2))
