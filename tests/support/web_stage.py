"""What browser tests and benchmarks need: a server on a free port, and pages to stand on."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from waiting import LIMIT

from likewise.server.guard import Guard, hosts_of

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_FOR_GOOD = {"cache-control": "public, max-age=31536000, immutable"}

_HERE = Path(__file__).parents[1]
_STATIC = _HERE.parent / "src" / "likewise" / "server" / "static"


def chromium() -> str | None:
    """Where a Chromium is, or None."""
    named = os.environ.get("LIKEWISE_CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return named or next((path for path in found if path), None)


def until(page: Page, expression: str) -> Any:
    """Wait for an expression of the page to be true; answers its value.

    Playwright's own waiting evaluates text inside the page, which the page's policy forbids.
    """
    end = time.monotonic() + LIMIT
    while not (value := page.evaluate(expression)):
        if time.monotonic() > end:
            raise AssertionError(f"not within {LIMIT:.0f} s: {expression}")
        page.wait_for_timeout(20)
    return value


def drawn(page: Page) -> None:
    """Wait until the page has shown what was changed so far: two frames."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def at_rest(page: Page, selector: str) -> None:
    """Wait until an element has had the same box for ten frames, and no transition runs."""
    page.evaluate(
        """async (selector) => {
            let before = '';
            for (let same = 0; same < 10; same++) {
                await new Promise(requestAnimationFrame);
                const box = document.querySelector(selector)?.getBoundingClientRect();
                const moves = document.getAnimations().some(({ effect, playState }) =>
                    playState === 'running' && effect.getTiming().iterations !== Infinity);
                const now = JSON.stringify(box);
                if (now !== before || moves) same = -1;
                before = now;
            }
        }""",
        selector,
    )


@contextmanager
def serving(app: ASGIApp, port: int = 0, **guards: Any) -> Iterator[str]:
    """Serve an app from a thread behind its guard; gives its address."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # as serving does
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)  # who asks before the server runs waits, and is not refused
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            Guard(app, hosts_of(port), **guards),
            log_level="error",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,  # a page that is still open does not hold it back
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(_until_stopped(server, listener)))
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


async def _until_stopped(server: uvicorn.Server, listener: socket.socket) -> None:
    await server.serve([listener])
    # A connection that came while the server ended, or that a slow page still holds, is left open
    # by it; Python would warn of it in whichever test runs when the memory is collected.
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    await asyncio.sleep(0.01)


class Stage:
    """An app with the real static files, pages that use them, and made-up thumbnails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.app = Starlette(
            routes=[
                Mount("/static", StaticFiles(directory=_STATIC)),
                Mount("/stage", StaticFiles(directory=_HERE / "server" / "stage")),
                Route("/thumb/{item:path}", self._thumbnail),
            ]
        )

    async def _thumbnail(self, request: Request) -> Response:
        item = request.path_params["item"]
        self.asked.append(item)
        number = int(item.split("/")[1].split(".")[0])
        if number % 100 == 99:
            return Response(status_code=404)
        return Response(self.draw(number), media_type="image/jpeg", headers=_FOR_GOOD)

    def draw(self, number: int) -> bytes:
        """A made-up thumbnail as JPEG."""
        image = Image.new("RGB", (200, 120 + 20 * (number % 7)), _paint(number))
        image.paste((250, 250, 250), (40, 40, 40 + number % 90, 60))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG")
        return buffer.getvalue()


def _paint(number: int) -> tuple[int, int, int]:
    return (60 + number * 37 % 150, 60 + number * 91 % 150, 60 + number * 53 % 150)
