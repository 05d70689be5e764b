"""A bucket of a test's own on a real S3 server, behind a gate that refuses or hangs up."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from source_makers import bucket_server
from waiting import LIMIT

_OURS = {"content-length", "connection", "transfer-encoding", "server", "date"}
_TOLERATED = 900.0  # seconds; what Amazon's S3 does

Asked = Callable[[str, str], bool]
"""Whether something is done about a request, by its method and path."""


class Gate(ThreadingHTTPServer):
    """Passes requests on.

    Attributes:
        denies: what is answered with 403.
        code: of the error that is said then.
        drops: during which requests the connection ends, before all of them was sent.
        cuts: whose answer ends in the middle, with the connection.
        ahead: seconds that the server's clock is ahead of this machine's; like Amazon's, it
            refuses what was signed more than a quarter of an hour from its own time.
        dropped, cut: how many were.
    """

    denies: Asked
    drops: Asked
    cuts: Asked

    def __init__(self, to: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.to = to.removeprefix("http://")
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.open()

    def open(self) -> None:
        """Let everything pass."""
        self.denies = self.drops = self.cuts = lambda method, path: False
        self.dropped = self.cut = 0
        self.ahead, self.code = 0.0, "AccessDenied"

    def refusal(self, method: str, path: str, signed: str) -> str:
        """The code of the error that a request is answered with; "" for none."""
        if self.ahead:
            at = datetime.strptime(signed, "%Y%m%dT%H%M%S%z")
            if abs((datetime.now(UTC) - at).total_seconds() + self.ahead) > _TOLERATED:
                return "RequestTimeTooSkewed"
        return self.code if self.denies(method, path) else ""

    def handle_error(self, *_: object) -> None:
        """A client that hung up is no news."""


class _Passing(BaseHTTPRequestHandler):
    server: Gate

    def _pass(self) -> None:
        gate = self.server
        length = int(self.headers.get("Content-Length", 0))
        if gate.drops(self.command, self.path):
            gate.dropped += 1
            self.rfile.read(length // 2)
            self.close_connection = True
            return None
        body = self.rfile.read(length)
        code = gate.refusal(self.command, self.path, self.headers.get("x-amz-date", ""))
        if code:
            said = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"
            return self._answer(403, {}, said.encode())
        far = http.client.HTTPConnection(gate.to, timeout=LIMIT)
        with suppress(OSError), closing(far):
            far.request(self.command, self.path, body, dict(self.headers))
            answer = far.getresponse()
            data = answer.read()
            if not data and gate.cuts(self.command, self.path):
                gate.cut += 1  # it was done, and nobody is told
                return None
            kept = {k: v for k, v in answer.getheaders() if k.lower() not in _OURS}
            self._answer(answer.status, kept, data, answer.getheader("Content-Length"))
        return None

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass  # noqa: N815

    def _answer(
        self, status: int, headers: dict[str, str], data: bytes, length: str | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        size = length if self.command == "HEAD" and length else str(len(data))
        self.send_header("Content-Length", size)
        self.end_headers()
        if self.server.cuts(self.command, self.path):
            self.server.cut += 1
            data = data[: len(data) // 2]
        self.wfile.write(b"" if self.command == "HEAD" else data)

    def log_message(self, *_: object) -> None: ...


@cache
def storage() -> Any:
    """The server itself, as fsspec sees it."""
    settings = {"use_listings_cache": False, "skip_instance_cache": True}
    return fsspec.filesystem("s3", endpoint_url=bucket_server(), **settings)


@contextmanager
def running_gate() -> Iterator[Gate]:
    """A gate before the server, for as long as the block runs."""
    gate = Gate(bucket_server())
    serving = threading.Thread(target=gate.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield gate
    finally:
        gate.shutdown()
        serving.join()
        gate.server_close()


def bucket_behind(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a new bucket behind a gate that is open."""
    gate.open()
    bucket = f"bucket-{uuid4().hex[:12]}"
    storage().mkdir(bucket)
    monkeypatch.setenv("AWS_ENDPOINT_URL", gate.address)
    monkeypatch.setattr(
        "likewise.search.store._bucket._RETRIES",
        {"client_max_retries": "1", "client_retry_timeout": "2"},
    )
    return f"s3://{bucket}"
