"""Bodies of requests: read to the disk, whole, in time, and no more of them than there is room for.

What is declared and never sent costs nothing. What has come is counted, for each person and in
all; beyond the first mebibyte it lies in a temporary file. Only a complete body is taken into
memory: a large one at a time for each person, and two in all. A body of JSON holds only text that
UTF-8 can write.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from tempfile import SpooledTemporaryFile
from time import monotonic

from anyio import to_thread
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

MIB = 2**20

IDLE_SECONDS = 30.0
"""Between two pieces of a body."""

SLOWEST = 64 * 2**10
"""Bytes a second, on average, after the first `IDLE_SECONDS`."""

_IN_MEMORY = MIB
_LARGE_AT_ONCE = 2


class RefusedError(Exception):
    """A request that is refused before a route sees it.

    Args:
        status: of HTTP.
        kind: for programs.
        message: for people.
    """

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.message = status, kind, message


class Bodies:
    """The bodies that one server has received and not answered yet.

    Args:
        of_one: bytes of one person's.
        in_all: bytes of everybody's.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        per_caller: int = 128 * MIB,
        in_all: int = 512 * MIB,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._per_caller, self._in_all, self._clock = per_caller, in_all, clock
        self._bytes_of: Counter[str] = Counter()
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self._lock_of: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def total_bytes(self) -> int:
        """Bytes that are held now."""
        return self._bytes_of.total()

    @asynccontextmanager
    async def complete(self, receive: Receive, who: str, cap: int) -> AsyncIterator[Receive]:
        """A request's body as one message; it is held until the request is answered.

        Args:
            receive: of the request.
            who: whose it is.
            cap: of its bytes.

        Raises:
            RefusedError: it is larger, comes too slowly, or there is no room for it.
        """
        size = 0
        async with AsyncExitStack() as stack:
            spool = stack.enter_context(SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
            stack.callback(lambda: self._release(who, size))
            started = self._clock()
            more = True
            while more:
                message = await self._next(receive, started, size)
                if message["type"] != "http.request":
                    yield as_receive([message], receive)  # it hung up
                    return
                piece = message.get("body", b"")
                more = message.get("more_body", False)
                size += len(piece)
                self._bytes_of[who] += len(piece)
                self._check(who, size, cap)
                try:
                    spool.write(piece)
                except OSError as error:
                    reason = f"the server's temporary folder refused it ({error.strerror})"
                    raise RefusedError(507, "Storage", reason) from error
            spool.seek(0)
            if size > _IN_MEMORY:
                await stack.enter_async_context(self._lock_of[who])
                await stack.enter_async_context(self._large)
                body = await to_thread.run_sync(spool.read)
            else:
                body = spool.read()
            full_message: Message = {"type": "http.request", "body": body, "more_body": False}
            yield as_receive([full_message], receive)

    async def _next(self, receive: Receive, started: float, size: int) -> Message:
        left = started + IDLE_SECONDS + size / SLOWEST - self._clock()
        if left > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(IDLE_SECONDS, left)):
                    return await receive()
        message = "the request's body came too slowly; send it again"
        raise RefusedError(408, "RequestTimeout", message)

    def _check(self, who: str, size: int, cap: int) -> None:
        if size > cap:
            raise too_large(cap)
        if self._bytes_of[who] > self._per_caller or self.total_bytes > self._in_all:
            raise RefusedError(
                429,
                "TooManyRequests",
                "too many large requests are under way; send this one again when they are answered",
            )

    def _release(self, who: str, size: int) -> None:
        self._bytes_of[who] -= size
        if self._bytes_of[who] <= 0:
            del self._bytes_of[who]


def too_large(cap: int) -> RefusedError:
    """The refusal of a body of more bytes than a cap."""
    return RefusedError(
        413, "TooLarge", f"the request is larger than {cap:,} bytes; send less at once"
    )


def as_receive(first: list[Message], receive: Receive) -> Receive:
    """Messages that were received already, then those that are still to come."""

    async def receiving() -> Message:
        return first.pop(0) if first else await receive()

    return receiving


_SUSPECT = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")
"""An escaped or an encoded surrogate, or an encoding other than UTF-8."""


async def require_text(request: Request) -> None:
    """Refuse a body with half of a surrogate pair in it, which neither files nor SQLite can hold.

    Raises:
        HTTPException: 400 with one sentence.
    """
    if request.method in ("GET", "HEAD"):
        return
    body = await request.body()
    if not _SUSPECT.search(body):
        return
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return  # not JSON; the route says what it takes
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        code = ord(error.object[error.start])
        raise HTTPException(
            400,
            f"the request holds U+{code:04X}, which is half of a character; send text that UTF-8 "
            "can write",
        ) from None
