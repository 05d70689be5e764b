"""`likewise serve` as a process of its own, which can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from waiting import LIMIT, wait_until

TOKEN = "abcdefghijklmnop"


def fetch(port: int, path: str) -> str:
    """What the server answers to a GET by somebody who has the token."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(asked, timeout=LIMIT) as answer:
        return str(answer.read().decode())


def _answers(port: int) -> bool:
    with suppress(OSError):
        fetch(port, "/api/state")
        return True
    return False


@contextmanager
def serve_process(
    port: int,
    *arguments: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    descriptors: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start it, wait until it answers, kill it in the end.

    With `descriptors` it may have no more files and sockets open than that.
    """
    limit = [] if descriptors is None else ["prlimit", f"--nofile={descriptors}"]
    served = [sys.executable, "-m", "likewise", "serve", "--token", TOKEN, "--port", str(port)]
    command = [*limit, *served]
    process = subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
    )
    try:
        wait_until(lambda: _answers(port), process)
        yield process
    finally:
        process.kill()
        process.wait()
