"""A real server, real sockets, few descriptors: who holds connections keeps nobody out."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from ports import free_port
from serve_process import TOKEN, fetch, serve_process
from waiting import LIMIT

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.server import bodies, connections
from likewise.server.app_state import AppState
from likewise.server.connections import Connections
from likewise.server.serving import Listening, serve
from likewise.workspace import Workspace

HALF = b"GET /api/state HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "


@contextmanager
def running(app_state: AppState) -> Iterator[int]:
    """A server in a thread; gives its port."""
    where: list[Listening] = []
    started = threading.Event()

    def ready(listening: Listening) -> None:
        where.append(listening)
        started.set()

    thread = threading.Thread(
        target=lambda: serve(app_state, port=0, token=TOKEN, ready=ready), daemon=True
    )
    with pytest.MonkeyPatch.context() as patch:
        servers: list[Any] = []
        made = asyncio.run

        from likewise.server import serving

        original = serving._Server.__init__

        def keep(self: Any, *arguments: Any, **more: Any) -> None:
            original(self, *arguments, **more)
            servers.append(self)

        patch.setattr(serving._Server, "__init__", keep)
        thread.start()
        assert started.wait(LIMIT)
        try:
            yield where[0].port
        finally:
            servers[0].should_exit = True
            thread.join(LIMIT)
            assert made is asyncio.run


def closed(connection: socket.socket) -> bool:
    """Whether the server has closed a connection; waits for it."""
    connection.settimeout(LIMIT)
    try:
        while connection.recv(2**16):
            pass
    except ConnectionError:
        pass
    return True


def test_small_packets_are_sent_at_once(app_state: AppState) -> None:
    """Else every answer of two packets takes 40 ms more: Nagle's algorithm beside delayed ACKs."""
    options: list[int] = []
    with pytest.MonkeyPatch.context() as patch, running(app_state) as port:
        made = connections.Connection.connection_made

        def noted(self: connections.Connection, transport: asyncio.Transport) -> None:
            made(self, transport)
            kept = transport.get_extra_info("socket")
            options.append(kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        patch.setattr(connections.Connection, "connection_made", noted)
        fetch(port, "/api/state")
    assert options == [1]


def test_half_a_head_is_not_waited_for(
    app_state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1.0)
    with running(app_state) as port:
        for head in (b"", HALF):
            with socket.create_connection(("127.0.0.1", port)) as half:
                half.sendall(head)
                assert closed(half)
        with socket.create_connection(("127.0.0.1", port)) as kept:  # after a whole request, too
            kept.sendall(
                f"GET /api/state HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
            )
            assert kept.recv(2**16).startswith(b"HTTP/1.1 200")
            kept.sendall(HALF)
            assert closed(kept)


def test_half_a_body_is_not_waited_for(
    app_state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "IDLE_SECONDS", 1.0)
    with running(app_state) as port, socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(
            f"POST /api/search HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
            "Content-Length: 1000\r\n\r\n{".encode()
        )
        half.settimeout(LIMIT)
        assert half.recv(2**16).startswith(b"HTTP/1.1 408")
        assert closed(half)


def answer(port: int, number: int) -> None:
    """A reviewer's answer, which must be acknowledged."""
    body = {"events": [{"id": f"e{number}", "item": f"disc/0{number}.png", "verdict": "yes"}]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/concepts/disc/labels",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=LIMIT) as saved:
        assert saved.status == 200


@pytest.mark.parametrize("descriptors", [1024, 300])
def test_half_open_connections_keep_no_reviewer_out(home: Path, descriptors: int) -> None:
    with Workspace(home / "shapes.likewise") as place:
        change_basket(place, Concept("disc", ("disc/00.png",)), new=True)
    port = free_port()
    arguments = ("-w", str(home / "shapes.likewise"))
    with serve_process(port, *arguments, descriptors=descriptors) as process, ExitStack() as held:
        for number in range(5):
            for _ in range(220):
                half = held.enter_context(socket.socket())
                half.settimeout(LIMIT)
                half.connect(("127.0.0.1", port))
                half.sendall(HALF)
            answer(port, number + 1)
        state = json.loads(fetch(port, "/api/state"))
        assert state["concepts"] == [{"name": "disc", "answers": 5}]
        open_files = len(list(Path(f"/proc/{process.pid}/fd").iterdir()))
        assert open_files < descriptors


def test_a_person_has_so_many_and_strangers_make_room() -> None:
    class Made:
        def __init__(self, address: str) -> None:
            self.address, self.gone = address, False
            self.transport = self

        def abort(self) -> None:
            self.gone = True

    everyone: Any = Connections(40)
    assert (everyone.strangers_limit, everyone.member_limit, everyone.person_limit) == (10, 30, 7)
    first, *others = [Made("10.0.0.1") for _ in range(9)]
    alone = Made("10.0.0.2")
    for one in (alone, first, *others):
        assert everyone.has_room()
        everyone.accepted()
        everyone.made(one)
    assert not everyone.has_room()
    assert (first.gone, alone.gone) == (True, False)  # the oldest of the address that has most
    everyone.lost(first)
    assert everyone.has_room()
    assert all(everyone.welcome(one, "vera") for one in others[:7])
    assert not everyone.welcome(others[7], "vera")
    assert everyone.welcome(alone, "ben")
    assert everyone.welcome(others[0], "vera")  # counted already
