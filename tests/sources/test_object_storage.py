"""Object storage, against a real S3 server and a connection that breaks."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from source_makers import bucket_server, object_storage, picture, pictures

from likewise.errors import BadInputError, MissingExtraError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.indexing.index import index
from likewise.sources import _buckets
from likewise.sources.base import Item, open_source
from likewise.sources.object_storage import ObjectStorage
from likewise.workspace import Workspace


class Cutter:
    """A proxy that hangs up in the middle of an answer as often as it is told to."""

    def __init__(self, to: tuple[str, int]) -> None:
        self._to = to
        self.cuts = self.done = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = self._socket.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to) as far:
            asking = threading.Thread(target=self._pass, args=(near, far, False), daemon=True)
            asking.start()
            self._pass(far, near, answers=True)
            asking.join()

    def _pass(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                if answers and self.cuts and b"PNG" in data:
                    self.cuts -= 1
                    self.done += 1
                    other.sendall(data[: data.find(b"PNG") + 40])
                    break
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def cutter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cutter]:
    host, port = bucket_server().removeprefix("http://").split(":")
    proxy = Cutter((host, int(port)))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.address[1]}")
    monkeypatch.setattr(_buckets, "_PAUSE", 0.01)
    monkeypatch.setattr(_buckets, "_ATTEMPTS", 2)
    yield proxy
    proxy.close()


def test_a_connection_cut_in_the_middle_costs_nothing(cutter: Cutter, tmp_path: Path) -> None:
    made = object_storage(tmp_path, pictures())
    cutter.cuts = 1
    report = index(made.what, tmp_path / "w.likewise")
    assert cutter.done == 1
    assert (report.added, report.failed) == (4, ())
    with Workspace(tmp_path / "w.likewise") as place:
        originals = place.collection.originals(list(pictures()))
        assert [original.read() for original in originals] == list(pictures().values())
        assert originals[0].uri == f"{made.what}/kind-0/0.png"
        assert originals[0].path is None


def test_one_that_breaks_every_time_costs_one_image_with_a_reason(
    cutter: Cutter, tmp_path: Path
) -> None:
    made = object_storage(tmp_path, pictures())
    source = open_source(made.what)
    item = next(entry for entry in source.items() if isinstance(entry, Item))
    cutter.cuts = 1000
    with pytest.raises(BadImageError, match="cannot be read") as error:
        source.read(item, Limits())
    assert "\n" not in str(error.value)
    cutter.cuts = 0
    assert source.read(item, Limits()) in pictures().values()


def test_nothing_secret_is_written_down(tmp_path: Path) -> None:
    made = object_storage(tmp_path, pictures(1))
    index(made.what, tmp_path / "w.likewise")
    with Workspace(tmp_path / "w.likewise") as place:
        (known,) = place.sources.all().values()
    assert (known.kind, known.root, known.options) == ("object_storage", made.what, {})


def test_an_object_that_changed_in_size_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    made = object_storage(tmp_path, pictures())
    source = open_source(made.what)
    item = next(entry for entry in source.items() if isinstance(entry, Item))
    made.change(item.id, picture(7) + b"more")
    with pytest.raises(BadImageError, match="changed: it has"):
        source.read(item, Limits())


def test_odd_keys(tmp_path: Path) -> None:
    odd = ["a b.png", "ü/ñ☃.png", "-x.png", "a+b&c=d#e?.png", "%41.png", "Case.png", "case.png"]
    made = object_storage(tmp_path, {name: picture(n) for n, name in enumerate(odd)})
    source = open_source(made.what)
    read = {x.id: source.read(x, Limits()) for x in source.items() if isinstance(x, Item)}
    assert read == {name: picture(n) for n, name in enumerate(odd)}


def test_what_is_not_there_or_no_storage(tmp_path: Path) -> None:
    bucket_server()
    with pytest.raises(
        NotFoundError, match=r"nothing at s3://no-such-bucket/x; check its spelling"
    ):
        list(ObjectStorage("s3://no-such-bucket/x").items())
    with pytest.raises(BadInputError, match="give one such as s3://bucket/photos"):
        ObjectStorage("s3://")
    with pytest.raises(BadInputError, match="no object storage that is read"):
        ObjectStorage("ftp://host/x")


def test_a_missing_package_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fsspec", None)
    _buckets._opened.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'likewise\[cloud\]'"):
        ObjectStorage("s3://bucket/photos")


def test_another_endpoint_or_key_is_used_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket_server()
    first = _buckets.file_system("s3")
    assert _buckets.file_system("s3") is first
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert _buckets.file_system("s3") is not first


def test_a_bucket_without_permission_says_which_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket_server()
    denied = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>"

    class Denies(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", str(len(denied)))
            self.end_headers()
            self.wfile.write(denied)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Denies)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    try:
        with pytest.raises(BadInputError, match="s3://private/photos may not be listed") as error:
            index("s3://private/photos", tmp_path / "w.likewise")
        assert "put credentials that may into the environment" in str(error.value)
        item = Item("a.png", "s3://private/photos/a.png", 5, 0)
        with pytest.raises(BadImageError, match="cannot be read"):
            open_source("s3://private/photos").read(item, Limits())
    finally:
        server.shutdown()
        server.server_close()
