"""The guard in front of the real routes: every route by every method, and every hostile caller."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from route_table import filled, table
from starlette.testclient import TestClient
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect

from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState
from likewise.server.guard import Guard
from likewise.workspace import Workspace

PORT = 8265

TOKEN = "abcdefghijklmnop"
HOSTS = [f"127.0.0.1:{PORT}", "evil.example", f"evil.example:{PORT}", "127.0.0.1:80"]
ORIGINS = [None, f"http://127.0.0.1:{PORT}", "http://evil.example", "null"]
SITES = [None, "same-origin", "none", "cross-site", "same-site"]
TOKENS = [TOKEN, None, "abcdefghijklmnoq"]
FRIENDLY: list[list[str | None]] = [[*HOSTS[:1]], ORIGINS[:2], SITES[:3], TOKENS[:1]]


@dataclass
class Reply:
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


@pytest.fixture
def app_state(home: Path) -> Iterator[AppState]:
    app_state = AppState(home / "shapes.likewise", [home], who="ann")
    yield app_state
    app_state.close()


def addresses(app_state: AppState) -> list[tuple[str, str]]:
    """Method and address of every route there is, with HEAD and OPTIONS."""
    return [(method, filled(path)) for method, path in table(make_app(app_state))]


def callers() -> Iterator[tuple[bool, dict[str, str]]]:
    """Headers of every kind of caller, and whether it is a friendly one."""
    for host, origin, site, token in itertools.product(HOSTS, ORIGINS, SITES, TOKENS):
        given = {"host": host, "origin": origin, "sec-fetch-site": site}
        headers = {name: value for name, value in given.items() if value is not None}
        if token:
            headers["authorization"] = f"Bearer {token}"
        parts = zip((host, origin, site, token), FRIENDLY, strict=True)
        yield all(part in kind for part, kind in parts), headers


def refused(guard: Guard, method: str, path: str, headers: dict[str, str]) -> Reply:
    """The guard's own answer; it waits for nothing, so no event loop is needed for it."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    reply = Reply()

    async def receive() -> Message:
        raise AssertionError("the request was passed on")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            reply.status, reply.headers = message["status"], dict(message["headers"])
        else:
            reply.body += message["body"]

    with pytest.raises(StopIteration):
        guard(scope, receive, send).send(None)
    return reply


def test_every_hostile_caller_is_refused_on_every_route(app_state: AppState) -> None:
    guard = guarded(make_app(app_state), PORT, TOKEN)
    hostile = [headers for friendly, headers in callers() if not friendly]
    assert len(hostile) == 240 - 6
    routes = addresses(app_state)
    assert len(routes) > 60
    seen = set()
    for (method, path), headers in itertools.product(routes, hostile):
        answer = refused(guard, method, path, headers)
        seen.add(answer.status)
        assert answer.status in (401, 403, 421), (method, path, headers)
        assert b"shapes" not in answer.body
        assert b"access-control-allow-origin" not in answer.headers
    assert seen == {401, 403, 421}
    assert app_state.jobs.all() == []  # nothing was begun
    with Workspace(app_state.workspace.path) as place:
        assert place.concepts.names() == []


def test_friendly_callers_are_answered_on_every_route_that_reads(app_state: AppState) -> None:
    app = guarded(make_app(app_state), PORT, TOKEN)
    client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    friendly = [headers for is_friendly, headers in callers() if is_friendly]
    assert len(friendly) == 6
    for method, path in addresses(app_state):
        if method != "GET" or path == "/api/events":
            continue
        for headers in friendly:
            answer = client.request(method, path, headers=headers)
            assert answer.status_code in (200, 400, 404, 422), (path, answer.text)
            assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_writes_are_json_or_bytes_on_every_route(app_state: AppState) -> None:
    app = guarded(make_app(app_state), PORT, TOKEN)
    client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    headers = {"authorization": f"Bearer {TOKEN}"}
    for method, path in addresses(app_state):
        if method in ("POST", "PATCH", "PUT", "DELETE"):
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
                sent: Any = {**headers, "content-type": kind}
                answer = client.request(method, path, headers=sent, content=b"{}")
                assert answer.status_code == 415, (method, path, kind)


def test_sockets_are_refused_to_everyone_hostile(app_state: AppState) -> None:
    app = guarded(make_app(app_state), PORT, TOKEN)
    client = TestClient(app, base_url=f"http://127.0.0.1:{PORT}")
    for path in ("/", "/api/events", "/api/state"):
        for friendly, headers in callers():
            if friendly:
                continue
            with (
                pytest.raises(WebSocketDisconnect) as told,
                client.websocket_connect(path, headers=headers),
            ):
                pass
            assert told.value.code == 1008
