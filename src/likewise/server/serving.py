"""Listening: a port, a token where one is needed, and the address to open."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from likewise.errors import BadInputError, BusyError
from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState
from likewise.server.connections import Connection, Connections, GatedSocket

DEFAULT_PORT = 8265

_BACKLOG = 128  # connections that wait to be accepted


@dataclass(frozen=True)
class Listening:
    """Where a server listens.

    Attributes:
        address: to open in a browser, with the token where there is one.
        port: the port.
        token: what scripts send as Bearer, or None.
    """

    address: str
    port: int
    token: str | None


def serve(
    app_state: AppState,
    *,
    host: str = "127.0.0.1",
    port: int | None = DEFAULT_PORT,
    token: str | None = None,
    allow_hosts: Sequence[str] = (),
    ready: Callable[[Listening], None] = lambda listening: None,
) -> None:
    """Serve until it is interrupted.

    Args:
        app_state: what is served; closed at the end.
        host: address to listen on.
        port: port to listen on; 0 takes a free one, None the usual one or, where that is taken,
            a free one.
        token: what requests of an owner must carry; a random one unless given. Users of the
            workspace have tokens of their own.
        allow_hosts: further names the server goes by; needed where `host` is not this machine.
        ready: told the address once it answers.

    Raises:
        BadInputError: a host beyond this machine without a token or users, or without a name.
        BusyError: the port is taken.
    """
    team = app_state.has_workspace and bool(app_state.workspace.users.all())
    if not _is_loopback(host) and ((token is None and not team) or not allow_hosts):
        raise BadInputError(
            f"--host {host} is open to other machines; that needs a --token TOKEN of your choice, "
            "or users (likewise users add), and an --allow-host NAME for each name that they call "
            "this one by"
        )
    chosen_token = token or secrets.token_urlsafe(24)
    name = allow_hosts[0] if allow_hosts and not _is_loopback(host) else "127.0.0.1"

    def announce(number: int) -> None:
        address = f"http://{name.partition(':')[0]}:{number}/?token={chosen_token}"
        ready(Listening(address, number, chosen_token))

    listen(
        lambda number: guarded(make_app(app_state), number, chosen_token, allow_hosts),
        host,
        port,
        announce,
        app_state.events.close,  # else open pages would keep it waiting
    )


def listen(
    app_at: Callable[[int], ASGIApp],
    host: str,
    port: int | None,
    ready: Callable[[int], None],
    ending: Callable[[], None] = lambda: None,
) -> None:
    """Serve an app until it is interrupted, with bounded connections.

    Args:
        app_at: makes the app for the port that it listens on.
        host: address to listen on.
        port: port to listen on, as in `serve`.
        ready: told the port once it answers; an error of its ends the server.
        ending: called when the server begins to end.

    Raises:
        BadInputError: that address cannot be listened on.
        BusyError: the port is taken.
    """
    with closing(_listener(host, port)) as listener:
        number = int(listener.getsockname()[1])
        config = uvicorn.Config(
            app_at(number),
            log_level="warning",
            timeout_graceful_shutdown=2,
            loop="asyncio",  # others accept without asking the socket
            http=partial(Connection, listener.connections),  # type: ignore[arg-type]
            ws="none",
            backlog=_BACKLOG,
        )
        server = _Server(config, lambda: ready(number), ending)
        server.run([listener])
        if server.failure is not None:
            raise server.failure


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready, self._ending = ready, ending
        self.failure: Exception | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        try:
            self._ready()
        except Exception as error:  # through the event loop it would leave tracebacks behind
            self.failure, self.should_exit = error, True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)


def _listener(host: str, port: int | None) -> GatedSocket:
    if port is not None:
        return _bound(host, port)
    try:
        return _bound(host, DEFAULT_PORT)
    except BusyError:
        return _bound(host, 0)


def _bound(host: str, port: int) -> GatedSocket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small packets at once (TCP_NODELAY) only where the protocol is named; else the
    # end of an answer waits 40 ms for the browser to confirm its beginning.
    listener = GatedSocket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.connections = Connections()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BusyError(
                f"port {port} is taken, perhaps by another likewise serve; choose another with "
                "--port, or 0 for a free one"
            ) from error
        raise BadInputError(
            f"{host}:{port} cannot be listened on ({error.strerror}); choose another --host or "
            "--port"
        ) from error
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
