"""Downloads: only from public addresses, also after a redirect, at a bounded size and time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import BadInputError
from likewise.images.decode import BadImageError, Limits
from likewise.sources import _web
from likewise.sources.base import Item, Refused
from likewise.sources.table import Table
from likewise.sources.urls import Urls

SEEN: list[str] = []


class Pages(BaseHTTPRequestHandler):
    """A server with good and bad manners."""

    protocol_version = "HTTP/1.1"
    failures = 0

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        SEEN.append(self.path)
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "to":
            self.send_response(302)
            self.send_header("Location", rest.replace("%3A", ":"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif kind == "status":
            self.send_response(int(rest))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif kind == "cut":  # the first answer breaks in the middle, the second is whole
            Pages.failures += 1
            self._body(b"x" * 100_000, 50_000 if Pages.failures == 1 else 100_000)
        elif kind == "endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65_536)
        elif kind == "slow":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        else:
            self._body(f"{self.headers['Host']} {self.path}".encode())

    def _body(self, data: bytes, sent: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:sent])
        if sent is not None and sent < len(data):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Those who hang up are what is tested."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = Server(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def here_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """This very address counts as public, all others as they do."""
    really = _web.is_public
    monkeypatch.setattr(_web, "is_public", lambda x: x == "127.0.0.1" or really(x))
    monkeypatch.setattr(_web, "_PAUSE", 0.01)


PRIVATE = [
    "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
    "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_this_machine_and_its_networks_are_not_public(address: str) -> None:
    assert not _web.is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_others_are(address: str) -> None:
    assert _web.is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=6, network="fc00::/7"))
def test_no_private_address_is_public(address: object) -> None:
    assert not _web.is_public(str(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:7f00:1]"],
)
def test_this_machine_is_not_asked_however_it_is_written(server: str, host: str) -> None:
    SEEN.clear()
    port = server.rpartition(":")[2]
    with pytest.raises(BadImageError, match=r"no public address|cannot be found"):
        _web.fetch(f"http://{host}:{port}/a.jpg", Limits(), seconds=3)
    assert not SEEN


def test_a_redirect_into_this_network_is_not_followed(server: str, here_is_public: None) -> None:
    for target in (
        "http://127.0.0.2/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
    ):
        with pytest.raises(BadImageError, match="no public address"):
            _web.fetch(f"{server}/to/{target}", Limits())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "gopher://x/"])
def test_a_redirect_to_another_scheme_is_not_followed(
    server: str, here_is_public: None, target: str
) -> None:
    with pytest.raises(BadImageError, match="only http and https"):
        _web.fetch(f"{server}/to/{target}", Limits())


def test_good_redirects_are_followed_and_endless_ones_are_not(
    server: str, here_is_public: None
) -> None:
    assert _web.fetch(f"{server}/to/{server}/a.jpg", Limits()).endswith(b"/a.jpg")
    assert _web.fetch(f"{server}/to//b.jpg", Limits()).endswith(b"/b.jpg")
    loop = "/to/" * 1 + f"{server}/to/" * 8 + server
    with pytest.raises(BadImageError, match="redirected more than 5 times"):
        _web.fetch(f"{server}{loop}", Limits())


def test_a_proxy_of_the_environment_is_not_asked(
    server: str, here_is_public: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve the name itself, so nobody could check the address."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert _web.fetch(f"{server}/a.jpg", Limits()).endswith(b" /a.jpg")


def test_a_name_whose_answer_changes_is_resolved_once(
    server: str, here_is_public: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is checked and private when it is used (DNS rebinding)."""
    really, answers = socket.getaddrinfo, iter(["127.0.0.1", "127.0.0.2", "127.0.0.2"])

    def changing(host: str, *rest: Any, **more: Any) -> Any:
        return really(next(answers) if host == "rebind.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    port = server.rpartition(":")[2]
    url = f"http://rebind.example:{port}/a.jpg"
    assert _web.fetch(url, Limits()) == f"rebind.example:{port} /a.jpg".encode()
    with pytest.raises(BadImageError, match=r"127\.0\.0\.2, which is no public address"):
        _web.fetch(url, Limits())


def test_a_host_with_one_private_address_among_public_ones_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [(socket.AF_INET, 1, 6, "", (a, 80)) for a in ("9.9.9.9", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *rest, **more: both)
    with pytest.raises(BadImageError, match=r"10\.0\.0\.1"):
        _web.fetch("http://two.example/a.jpg", Limits())


def test_a_connection_cut_in_the_middle_is_made_again(server: str, here_is_public: None) -> None:
    Pages.failures = 0
    assert len(_web.fetch(f"{server}/cut", Limits())) == 100_000
    assert Pages.failures == 2


@pytest.mark.parametrize(
    ("path", "reason"),
    [("status/404", "missing"), ("status/403", "answers 403"), ("status/503", "answers 503"),
     ("status/204", "answers 204")],
)  # fmt: skip
def test_answers_that_are_no_image(
    server: str, here_is_public: None, path: str, reason: str
) -> None:
    with pytest.raises(BadImageError, match=reason):
        _web.fetch(f"{server}/{path}", Limits())


def test_size_and_time_have_caps(server: str, here_is_public: None) -> None:
    with pytest.raises(BadImageError, match=r"more than 1 megabytes.*--max-megabytes"):
        _web.fetch(f"{server}/endless", Limits(max_megabytes=1))
    with pytest.raises(BadImageError, match=r"took more than 0\.3 seconds"):
        _web.fetch(f"{server}/slow", Limits(), seconds=0.3)


@pytest.mark.parametrize(
    "url",
    ["http://", "http:///a", "https://user:secret@example.org/", "http://example.org:99999/",
     "http://[::1", "http://a" + "b" * 70 + ".example/", "http://\ud800.example/"],
)  # fmt: skip
def test_what_is_no_url_of_a_host(url: str) -> None:
    with pytest.raises(BadImageError):
        _web.fetch(url, Limits(), seconds=2)


@given(st.text(max_size=40))
def test_no_text_breaks_it_or_splits_a_request(text: str) -> None:
    with pytest.raises(BadImageError):
        _web.fetch(f"http://127.0.0.1:9/{text}", Limits(), seconds=0.2)


def test_odd_characters_are_written_as_servers_read_them(server: str, here_is_public: None) -> None:
    answer = _web.fetch(f"{server}/ü b%20c.jpg?q=1&r=é", Limits()).decode()
    assert answer.partition(" ")[2] == "/%C3%BC%20b%20c.jpg?q=1&r=%C3%A9"


def test_nothing_is_downloaded_unasked(tmp_path: Path, server: str, here_is_public: None) -> None:
    SEEN.clear()
    (tmp_path / "list.txt").write_text(f"{server}/a.jpg\n")
    (tmp_path / "table.csv").write_text(f"url\n{server}/a.jpg\n")
    for source in (Urls(str(tmp_path / "list.txt")), Table(str(tmp_path / "table.csv"))):
        with pytest.raises(BadInputError, match="--allow-urls"):
            list(source.items())
    assert not SEEN


def test_a_list_says_what_is_wrong_with_a_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("https://a.example/1.jpg\n\nfile:///etc/passwd\nhttps://a.example/1.jpg\n")
    found = list(Urls(str(path), allow_urls=True).items())
    assert [type(entry) for entry in found] == [Item, Refused, Refused]
    assert [entry.id for entry in found[1:]] == ["line 3", "https://a.example/1.jpg (line 4)"]
