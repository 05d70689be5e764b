"""Ports for servers that tests start."""

from __future__ import annotations

import socket

_reserved: list[socket.socket] = []


def free_port() -> int:
    """A port of this machine that nobody listens on, reserved until the tests end.

    The bound socket stays open, so that no other program gets the port from the system before
    the server listens. A server that sets SO_REUSEADDR, as all do here, can bind beside it.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    _reserved.append(holder)
    return int(holder.getsockname()[1])
