"""A socket that listens and counts who connects, where nobody should."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from waiting import LIMIT

_FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Trap:
    """Accepts connections on this machine and refuses what is asked, as a server of objects would.

    Attributes:
        port: where it listens.
        connections: how many came.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.connections = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                with suppress(OSError), connection:
                    connection.settimeout(LIMIT)
                    if connection.recv(1 << 16).split(b" ")[0].isalpha():  # HTTP
                        connection.sendall(_FORBIDDEN)

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@contextmanager
def listening_trap() -> Iterator[Trap]:
    """A trap for as long as the block runs."""
    trap = Trap()
    try:
        yield trap
    finally:
        trap.close()
