"""The guard: what is answered, over every combination of what a request can say of itself."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from starlette.types import Message, Receive, Scope, Send

from likewise.errors import BadInputError
from likewise.server.guard import Guard, hosts_of

TOKEN = "right-token-0123456789"
HOST = "127.0.0.1:8765"
HOSTS = hosts_of(8765)
COOKIE = "likewise-8765"

T = TypeVar("T")
Headers = list[tuple[str, str]]


@dataclass
class Reply:
    status: int = 0
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    messages: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Inner:
    """An app that answers everything with 200 and remembers what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(scope["type"])
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        if scope["type"] == "lifespan":
            return
        more = scope["method"] not in ("GET", "HEAD")
        while more:
            message = await receive()
            self.body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [
            (b"content-type", b"text/plain"),
            (b"Access-Control-Allow-Origin", b"*"),
            (b"X-Content-Type-Options", b"sniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"answer"})


async def asked(
    guard: Guard,
    method: str = "GET",
    path: str = "/",
    query: str = "",
    headers: Headers | None = None,
    body: Iterable[bytes] = (b"",),
    kind: str = "http",
) -> Reply:
    given = [("host", HOST)] if headers is None else headers
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given],
    }
    parts = list(body)
    waiting: list[Message] = [
        {"type": "http.request", "body": part, "more_body": i < len(parts) - 1}
        for i, part in enumerate(parts)
    ]
    if kind == "websocket":
        del scope["method"]
        waiting = [{"type": "websocket.connect"}]
    reply = Reply()

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        reply.messages.append(message["type"])
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = [(k.decode().lower(), v.decode()) for k, v in message["headers"]]
        elif message["type"] == "http.response.body":
            reply.body += message["body"]

    await guard(scope, receive, send)
    return reply


def ask(guard: Guard, *arguments: Any, **options: Any) -> Reply:
    """The same from outside of the loop."""
    return finish(asked(guard, *arguments, **options))


def finish(answering: Coroutine[Any, Any, T]) -> T:
    """Run it in the one loop of all; an event loop for each of so many requests is slow."""
    return asyncio.run_coroutine_threadsafe(answering, LOOPS[-1]).result()


LOOPS: list[asyncio.AbstractEventLoop] = []


@pytest.fixture(autouse=True, scope="module")
def _loop() -> Iterator[None]:
    """A loop in a thread of its own: Playwright leaves one running in the main thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    LOOPS.append(loop)
    yield
    LOOPS.clear()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


GOOD_ORIGINS = [None, f"http://{HOST}", f"https://{HOST}"]
BAD_ORIGINS = [
    "http://evil.example",
    "null",
    "",
    "http://127.0.0.1:9999",
    "http://127.0.0.1",
    "http://localhost:8765",
    f"http://{HOST}.evil.example",
    f"http://evil.example/{HOST}",
]
GOOD_SITES = [None, "same-origin", "none"]
BAD_SITES = ["cross-site", "same-site", "new-word"]
GOOD_HOSTS = [HOST]
BAD_HOSTS = [None, "", "evil.example", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8765.evil.example"]
GOOD_TOKENS = [("authorization", f"Bearer {TOKEN}"), ("cookie", f"a=b; {COOKIE}={TOKEN}")]
BAD_TOKENS = [
    None,
    ("authorization", f"Basic {TOKEN}"),
    ("authorization", "Bearer wrong"),
    ("authorization", f"Bearer {TOKEN}x"),
    ("authorization", "Bearer \xff"),
    ("cookie", f"{COOKIE}=wrong"),
    ("cookie", f"likewise-9999={TOKEN}"),
    ("cookie", f"x{COOKIE}={TOKEN}"),
]
GOOD_KINDS = ["application/json", "application/json; charset=utf-8", "application/octet-stream"]
BAD_KINDS = [
    None,
    "",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "text/plain; application/json",
    "application/jsonp",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def request(
    host: str | None,
    origin: str | None,
    site: str | None,
    token: tuple[str, str] | None,
    kind: str | None,
) -> Headers:
    named = [("host", host), ("origin", origin), ("sec-fetch-site", site), ("content-type", kind)]
    return [(name, value) for name, value in named if value is not None] + (
        [token] if token else []
    )


@pytest.mark.parametrize("method", [*METHODS, "WEBSOCKET"])
def test_exactly_the_friendly_requests_are_answered(method: str) -> None:
    finish(only_friendly_requests_are_answered(method))  # 46,200 calls into the loop are slow


async def only_friendly_requests_are_answered(method: str) -> None:
    hosts, origins = GOOD_HOSTS + BAD_HOSTS, GOOD_ORIGINS + BAD_ORIGINS
    sites, tokens = GOOD_SITES + BAD_SITES, GOOD_TOKENS + BAD_TOKENS
    kinds = GOOD_KINDS + BAD_KINDS if method in ("POST", "PUT", "PATCH") else GOOD_KINDS[:1]
    for host, origin, site, token, kind in itertools.product(hosts, origins, sites, tokens, kinds):
        friendly = (
            host in GOOD_HOSTS
            and origin in GOOD_ORIGINS
            and site in GOOD_SITES
            and token in GOOD_TOKENS
            and kind in GOOD_KINDS
        )
        inner = Inner()
        headers = request(host, origin, site, token, kind)
        connection = "websocket" if method == "WEBSOCKET" else "http"
        reply = await asked(Guard(inner, HOSTS, TOKEN), method, headers=headers, kind=connection)
        assert bool(inner.reached) == friendly, headers
        if method == "WEBSOCKET":
            assert reply.messages == ["websocket.accept" if friendly else "websocket.close"]
            continue
        expected = (
            421
            if host not in GOOD_HOSTS
            else 403
            if origin not in GOOD_ORIGINS or site not in GOOD_SITES
            else 401
            if token not in GOOD_TOKENS
            else 415
            if kind not in GOOD_KINDS
            else 200
        )
        assert reply.status == expected, headers
        assert reply.header("content-security-policy")


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"])
def test_other_methods_are_refused_and_preflights_with_them(method: str) -> None:
    inner = Inner()
    reply = ask(Guard(inner, HOSTS), method)
    assert (reply.status, inner.reached) == (405, [])


def test_two_hosts_origins_or_kinds_are_not_one() -> None:
    guard = Guard(Inner(), HOSTS)
    twice = [("host", HOST), ("host", HOST)]
    assert ask(guard, headers=twice).status == 421
    origins = [("host", HOST), ("origin", f"http://{HOST}"), ("origin", "http://evil.example")]
    assert ask(guard, headers=origins).status == 403
    kinds = [("host", HOST), ("content-type", "application/json"), ("content-type", "text/plain")]
    assert ask(guard, "POST", headers=kinds).status == 415


@pytest.mark.parametrize("name", ["LocalHost:8765", "localhost:8765", "[::1]:8765"])
def test_names_of_this_machine(name: str) -> None:
    guard = Guard(Inner(), HOSTS, TOKEN)
    token = ("authorization", f"Bearer {TOKEN}")
    assert ask(guard, headers=[("host", name), token]).status == 200
    assert ask(guard, headers=[("host", name), ("cookie", f"{COOKIE}={TOKEN}")]).status == 200


def test_port_80_is_left_out_by_browsers() -> None:
    assert {"127.0.0.1", "127.0.0.1:80", "[::1]", "box.lan"} <= hosts_of(80, ["box.lan"])
    assert "127.0.0.1" not in hosts_of(8080)
    token = ("cookie", f"likewise-80={TOKEN}")
    for host in ("[::1]", "localhost"):
        guard = Guard(Inner(), hosts_of(80), TOKEN)
        assert ask(guard, headers=[("host", host), token]).status == 200


def test_other_names_are_allowed_when_they_are_given() -> None:
    guard = Guard(Inner(), hosts_of(8765, ["Box.lan", "proxy.lan:443"]))
    assert ask(guard, headers=[("host", "box.lan:8765")]).status == 200
    assert ask(guard, headers=[("host", "proxy.lan:443")]).status == 200
    assert ask(guard, headers=[("host", "proxy.lan:8765")]).status == 421


def test_without_a_token_local_programs_may_ask_and_other_sites_may_not() -> None:
    guard = Guard(Inner(), HOSTS)
    assert ask(guard).status == 200
    assert ask(guard, headers=[("host", HOST), ("sec-fetch-site", "cross-site")]).status == 403


# The address with the token


def test_the_token_in_the_address_is_traded_for_a_cookie() -> None:
    inner = Inner()
    guard = Guard(inner, HOSTS, TOKEN)
    reply = ask(guard, path="/review", query=f"concept=a%26b&token={TOKEN}&k=")
    assert (reply.status, inner.reached, reply.body) == (303, [], b"")
    assert reply.header("location") == "/review?concept=a%26b&k="
    cookie = reply.header("set-cookie") or ""
    assert cookie == f"{COOKIE}={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("referrer-policy") == "no-referrer"
    carried = [("host", HOST), ("cookie", cookie.partition(";")[0])]
    assert ask(guard, path="/review", headers=carried).status == 200


@pytest.mark.parametrize(
    ("path", "goes_to"),
    [
        ("//evil.example", "/evil.example"),
        ("/\\evil.example", "/evil.example"),
        ("\\\\evil.example/x", "/evil.example/x"),
        ("/\\/\\evil.example", "/evil.example"),
        ("///", "/"),
        ("/a b?c#d", "/a%20b%3Fc%23d"),
        ("/\t/evil.example", "/%09/evil.example"),
        ("/x\r\nset-cookie: a=b", "/x%0D%0Aset-cookie:%20a=b"),
        ("https://evil.example", "/https://evil.example"),
        ("/ü", "/%C3%BC"),
    ],
)
def test_the_redirect_stays_here(path: str, goes_to: str) -> None:
    reply = ask(Guard(Inner(), HOSTS, TOKEN), path=path, query=f"token={TOKEN}")
    assert reply.header("location") == goes_to


@pytest.mark.parametrize(
    ("method", "query", "site"),
    [
        ("GET", "token=wrong", None),
        ("GET", "token=", None),
        ("GET", f"token={TOKEN}&token={TOKEN}", None),
        ("GET", f"Token={TOKEN}", None),
        ("POST", f"token={TOKEN}", None),
        ("GET", f"token={TOKEN}", "cross-site"),
    ],
)
def test_no_cookie_for_anything_else(method: str, query: str, site: str | None) -> None:
    headers = request(HOST, None, site, None, "application/json")
    reply = ask(Guard(Inner(), HOSTS, TOKEN), method, query=query, headers=headers)
    assert reply.status == (403 if site else 401)
    assert reply.header("set-cookie") is None


@pytest.mark.parametrize(
    "token", ["", "short", "with space 0123456789", 'quote"0123456789abc', "ü" * 20]
)
def test_a_token_that_a_cookie_could_not_hold_is_refused(token: str) -> None:
    with pytest.raises(BadInputError, match="leave it out"):
        Guard(Inner(), HOSTS, token)


# Bodies


def test_a_body_arrives_whole() -> None:
    inner = Inner()
    headers = request(HOST, None, None, None, "application/json")
    reply = ask(Guard(inner, HOSTS), "POST", headers=headers, body=[b'{"a"', b": 1", b"}"])
    assert (reply.status, inner.body) == (200, b'{"a": 1}')


@pytest.mark.parametrize("length", [None, "21", "10", "-1", "x", "²"])
def test_a_body_over_the_cap_is_refused_whatever_its_length_claims(length: str | None) -> None:
    inner = Inner()
    headers = request(HOST, None, None, None, "application/octet-stream")
    if length is not None:
        headers.append(("content-length", length))
    guard = Guard(inner, HOSTS, most_bytes=20)
    reply = ask(guard, "POST", headers=headers, body=[b"x" * 11, b"y" * 10])
    assert (reply.status, inner.reached) == (413, [])
    assert ask(guard, "POST", headers=headers[:2], body=[b"x" * 20]).status == 200


def test_who_hangs_up_is_not_waited_for() -> None:
    inner = Inner()
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b""}
    headers = request(HOST, None, None, None, "application/json")
    scope["headers"] = [(name.encode(), value.encode()) for name, value in headers]

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        pass

    finish(Guard(inner, HOSTS)(scope, receive, send))
    assert inner.body == b""


def test_a_delete_without_a_body_needs_no_kind_and_one_with_a_body_does() -> None:
    guard = Guard(Inner(), HOSTS)
    assert ask(guard, "DELETE").status == 200
    for more in [("content-length", "3"), ("transfer-encoding", "chunked")]:
        assert ask(guard, "DELETE", headers=[("host", HOST), more]).status == 415


# Answers


def test_every_answer_has_the_headers_and_none_of_another_kind() -> None:
    for reply in (ask(Guard(Inner(), HOSTS)), ask(Guard(Inner(), HOSTS), headers=[])):
        names = [name for name, _ in reply.headers]
        assert len(names) == len(set(names))
        assert not [name for name in names if name.startswith("access-control")]
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("cross-origin-opener-policy") == "same-origin"
        policy = reply.header("content-security-policy") or ""
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_a_refusal_has_the_shape_of_errors_and_no_body_for_head() -> None:
    guard = Guard(Inner(), HOSTS, TOKEN)
    reply = ask(guard)
    assert reply.header("content-type") == "application/json"
    assert reply.header("www-authenticate") == "Bearer"
    assert b'"kind": "Unauthorized"' in reply.body
    head = ask(guard, "HEAD")
    assert (head.status, head.body) == (401, b"")
    assert head.header("content-length") == str(len(reply.body))


def test_the_token_is_nowhere_in_a_refusal() -> None:
    reply = ask(Guard(Inner(), HOSTS, TOKEN), query=f"token={TOKEN}&token=x")
    assert TOKEN not in str(reply)


def test_start_and_stop_pass() -> None:
    inner = Inner()
    ask(Guard(inner, HOSTS, TOKEN), kind="lifespan", headers=[])
    assert inner.reached == ["lifespan"]
