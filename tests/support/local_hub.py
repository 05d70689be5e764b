"""A file server that stands for the Hugging Face hub: real HTTP, ranges, redirects and faults."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


class LocalHub:
    """Repositories at revisions, and what goes wrong with them.

    Attributes:
        address: of the server.
        requests: method, path and range of each request.
        cut: bytes after which the connection of a file is closed, by its path; once each.
        sent: bytes of files that were sent.
        ignores_ranges: sends a file from its first byte whatever is asked.
    """

    def __init__(self) -> None:
        self.address = ""
        self.requests: list[str] = []
        self.cut: dict[str, int] = {}
        self.sent = 0
        self.ignores_ranges = False
        self._files: dict[tuple[str, str], dict[str, bytes]] = {}
        self._newest: dict[str, str] = {}
        self._listed: dict[tuple[str, str], dict[str, bytes]] = {}

    def publish(self, repository: str, folder: Path, extra: dict[str, bytes] | None = None) -> str:
        """Put a folder's files into a repository; answers the revision."""
        files = {
            str(file.relative_to(folder)): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        } | (extra or {})
        whole = b"".join(name.encode() + content for name, content in files.items())
        revision = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        self._files[repository, revision] = files
        self._listed[repository, revision] = dict(files)
        self._newest[repository] = revision
        return revision

    def spoil(self, repository: str, path: str) -> None:
        """Send another content of the same length than is listed."""
        files = self._files[repository, self._newest[repository]]
        files[path] = bytes(byte ^ 1 for byte in files[path])

    def forget(self, repository: str, revision: str) -> None:
        """Have a revision no more."""
        del self._files[repository, revision], self._listed[repository, revision]

    def listing(self, repository: str, revision: str) -> dict[str, Any] | None:
        """What the hub answers about a repository; None where there is none."""
        revision = self._newest.get(repository, "") if revision == "main" else revision
        files = self._listed.get((repository, revision))
        if files is None:
            return None
        return {
            "sha": revision,
            "siblings": [_entry(path, content) for path, content in files.items()],
        }

    def content(self, repository: str, revision: str, path: str) -> bytes | None:
        """A file, or None."""
        return self._files.get((repository, revision), {}).get(path)


def _entry(path: str, content: bytes) -> dict[str, Any]:
    header = f"blob {len(content)}\0".encode()
    blob = hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
    entry: dict[str, Any] = {"rfilename": path, "size": len(content), "blobId": blob}
    if path.endswith(".onnx"):
        entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return entry


@contextmanager
def local_hub() -> Iterator[LocalHub]:
    """A hub on a port of this machine."""
    hub = LocalHub()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{path} {self.headers.get('range', '')}".strip())
            listing = re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/(.+)", path)
            stored = re.fullmatch(r"/(stored/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
            if listing:
                found = hub.listing(*listing.groups())
                if found is not None:
                    return self._send(json.dumps(found).encode())
            elif stored:
                is_stored, repository, revision, name = stored.groups()
                content = hub.content(repository, revision, name)
                if content is not None and name.endswith(".onnx") and not is_stored:
                    return self._redirect(f"{hub.address}/stored{urlsplit(self.path).path}")
                if content is not None:
                    return self._send(content, name)
            self.send_error(404)
            return None

        def _redirect(self, to: str) -> None:
            self.send_response(302)
            self.send_header("location", to)
            self.send_header("content-length", "0")
            self.end_headers()

        def _send(self, content: bytes, name: str = "") -> None:
            first = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range") or "")
            start = int(first[1]) if first and not hub.ignores_ranges else 0
            if start >= len(content) and start:
                self.send_response(416)
                self.send_header("content-length", "0")
                return self.end_headers()
            self.send_response(206 if start else 200)
            self.send_header("content-length", str(len(content) - start))
            self.end_headers()
            part = content[start:]
            cut = hub.cut.pop(name, None)
            if cut is not None:
                part = part[:cut]
            self.wfile.write(part)
            hub.sent += len(part) if name else 0
            if cut is not None:
                self.wfile.flush()
                self.close_connection = True
            return None

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
