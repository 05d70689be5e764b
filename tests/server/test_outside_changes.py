"""The thread that sees what other processes do goes on after an error."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from shapes import draw_shapes
from waiting import wait_until

from likewise.indexing.index import index
from likewise.server import outside_changes
from likewise.server.events import Events
from likewise.server.outside_changes import OutsideChanges
from likewise.workspace import Workspace


def test_a_lack_of_memory_ends_one_look_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside_changes, "EVERY", 0.05)
    calls: list[int] = []

    def indexed() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise MemoryError

    async def watch(opened: Workspace) -> None:
        events = Events()
        listener = events.listen("ann")
        watched = OutsideChanges(opened, events, indexed)
        watched.begin()
        index(draw_shapes(home / "more", 1), home / "shapes.likewise")
        await asyncio.to_thread(wait_until, lambda: len(calls) > 1)
        events.leave(listener)
        watched.close()

    # in a thread, for a browser of another test may have a loop in this one
    with Workspace(home / "shapes.likewise") as opened, ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, watch(opened)).result()
