"""What people send is bounded: for each, in all, in memory, and in time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from starlette.types import Message, Receive
from waiting import LIMIT

from likewise.server import bodies
from likewise.server.bodies import MIB, Bodies, RefusedError

_Result = TypeVar("_Result")


def in_a_thread(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine; Playwright may have left a loop running in the main thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def sending(*pieces: bytes, last: bool = True) -> Receive:
    """A request that sends some pieces, and then nothing more."""
    left = list(pieces)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        piece = left.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(left) or not last}

    return receive


async def read(held: Bodies, who: str, *pieces: bytes, cap: int = 64 * MIB) -> bytes:
    async with held.complete(sending(*pieces), who, cap) as whole:
        message = await whole()
        assert message["more_body"] is False
        body: bytes = message["body"]
        return body


@pytest.mark.parametrize("size", [0, 10, MIB, 3 * MIB + 1])
def test_a_body_comes_whole(size: int) -> None:
    held = Bodies()
    body = bytes(range(256)) * (size // 256 + 1)
    body = body[:size]
    half = size // 2
    assert in_a_thread(read(held, "ben", body[:half], body[half:])) == body
    assert held.total_bytes == 0


def test_what_one_person_holds_is_bounded() -> None:
    async def many() -> None:
        held = Bodies(per_caller=4 * MIB, in_all=6 * MIB)
        waiting = [asyncio.create_task(_hold(held, "vera", bytes(MIB))) for _ in range(4)]
        await asyncio.sleep(0)
        while held.total_bytes < 4 * MIB:
            await asyncio.sleep(0.01)
        with pytest.raises(RefusedError) as refused:
            await read(held, "vera", b"x")
        assert refused.value.status == 429
        assert await read(held, "ben", bytes(MIB)) == bytes(MIB)  # others are answered
        with pytest.raises(RefusedError):
            await read(held, "ben", bytes(2 * MIB + 1))  # beyond what all may have
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert held.total_bytes == 0

    in_a_thread(many())


async def _hold(held: Bodies, who: str, piece: bytes) -> None:
    async with held.complete(sending(piece, last=False), who, 64 * MIB):
        raise AssertionError("it never ends")


def test_large_bodies_take_turns_in_memory() -> None:
    async def many() -> int:
        held, now, most, both = Bodies(), 0, 0, asyncio.Event()

        async def handle(who: str) -> None:
            nonlocal now, most
            async with held.complete(sending(bytes(2 * MIB)), who, 64 * MIB) as whole:
                await whole()
                now += 1
                most = max(most, now)
                if now == 2:
                    both.set()
                await asyncio.wait_for(both.wait(), LIMIT)
                await asyncio.sleep(0.01)  # for a third, which must not come
                now -= 1

        await asyncio.gather(*(handle(f"person {n % 5}") for n in range(10)))
        return most

    assert in_a_thread(many()) == 2


def test_a_body_that_comes_too_slowly_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "IDLE_SECONDS", 0.05)

    async def slow() -> Any:
        with pytest.raises(RefusedError) as refused:
            await _hold(Bodies(), "vera", b"{")
        return refused.value.status

    assert in_a_thread(slow()) == 408


def test_drops_of_a_body_do_not_hold_it_open() -> None:
    times = iter(range(0, 10_000, 20))  # a drop every 20 seconds

    async def drop() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def slow() -> None:
        with pytest.raises(RefusedError, match="too slowly"):
            async with Bodies(clock=lambda: next(times)).complete(drop, "vera", MIB):
                pass

    in_a_thread(slow())
