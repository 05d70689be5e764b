"""Who may talk to the server: one guard in front of everything it answers.

A server on 127.0.0.1 is reached by every page that the person has open, and by every name that
somebody's DNS points there. So a request is answered only where

* its Host is one the server goes by, port included (a rebound DNS name is none of them: 421),
* no header says that it comes from another site's page (403),
* it changes something only as JSON or as bytes, which no form of another site can send (415),
* it carries the token, where the server has one (401), or that of a user: as a cookie that the
  address with ``?token=`` was traded for, or as a Bearer from a script.

Every answer forbids scripts, frames and requests from and to elsewhere, and none has CORS
headers. Answers are private: caches that several people share may not keep them.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.errors import BadInputError
from likewise.server.bodies import MIB, Bodies, RefusedError, too_large
from likewise.server.connections import CONNECTION, Connection
from likewise.server.errors import error_body
from likewise.server.roles import CALLER
from likewise.server.token_redirect import redirect_page

MOST_BYTES = 64 * MIB
"""Of a request's body, unless another cap is given."""

MOST_JSON_BYTES = 16 * MIB
"""Of a body in JSON, which takes many times as much memory when it is read."""

_READING = frozenset({"GET", "HEAD"})
_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_BODIES = frozenset({"application/json", "application/octet-stream"})
_CLOSING = frozenset({401, 408, 413, 421, 429})
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

_POLICY = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    b"content-security-policy": _POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}

_CACHED = "private, no-cache"
"""How an answer may be kept that says nothing else: not by caches that several people share."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,}")

_Headers = Iterable[tuple[bytes, bytes]]


def hosts_of(port: int, others: Sequence[str] = ()) -> frozenset[str]:
    """Values of the Host header that mean a server on this port of this machine.

    Args:
        port: what it listens on; browsers leave out 80.
        others: further names that it goes by, with a port or without for this one.

    Example:
        >>> sorted(hosts_of(8765, ["box.lan"]))
        ['127.0.0.1:8765', '[::1]:8765', 'box.lan:8765', 'localhost:8765']
    """
    names = [*_LOOPBACK, *(name.lower() for name in others)]
    hosts = {name if _port(name) else f"{name}:{port}" for name in names}
    return frozenset(hosts | {host.removesuffix(":80") for host in hosts})


class Guard:
    """ASGI middleware that answers the refusals itself and passes the rest on.

    Args:
        app: what is guarded.
        hosts: values of the Host header that are answered; see `hosts_of`.
        token: what a request must carry, or None where every local program may ask.
        most_bytes: cap of a request's body.
        user_of: whose token a text is, None for nobody's; the app finds them as `CALLER` in the
            scope, and None there for who has the server's own token.

    Raises:
        BadInputError: a token that is short, or that an address or a cookie could not hold.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str],
        token: str | None = None,
        most_bytes: int = MOST_BYTES,
        user_of: Callable[[str], Any] = lambda token: None,
    ) -> None:
        if token is not None and not _TOKEN.fullmatch(token):
            raise BadInputError(
                "the token is not 16 or more of the letters, digits, '-' and '_'; "
                "leave it out and likewise makes one"
            )
        self._app = app
        self._hosts = hosts
        self._token = token
        self._most_bytes = most_bytes
        self._user_of = user_of
        self._bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = list(scope["headers"])
        try:
            host = self._checked_host(headers)
            if (page := self._arrival(scope, headers, host)) is not None:
                await _answer(scope, send, 200, *page)
                return
            _check_site(headers, host)
            if scope["type"] != "http":
                scope[CALLER] = self._caller(headers, host)
                await self._app(scope, receive, send)
                return
            if (traded := self._traded(scope, host)) is not None:
                await _answer(scope, send, 303, traded, b"")
                return
            scope[CALLER] = self._caller(headers, host)
            self._welcome(scope)
            _check_method(scope["method"], headers)
            if scope["method"] in _WRITING:
                cap = self._cap(headers)
                async with self._bodies.complete(receive, _name_of(scope), cap) as body:
                    await self._app(scope, body, _with_headers(send))
                return
        except RefusedError as refusal:
            await _refuse(scope, receive, send, refusal)
            return
        await self._app(scope, receive, _with_headers(send))

    def _welcome(self, scope: Scope) -> None:
        """Give the connection one of the places of those who have a token."""
        connection: Connection | None = scope.get(CONNECTION)
        if connection is not None and not connection.welcome(_name_of(scope)):
            raise RefusedError(
                429,
                "TooManyRequests",
                "too many connections are open already; close some of them",
            )

    def _cap(self, headers: _Headers) -> int:
        """The most bytes of a body, which must not claim to be larger."""
        kinds = [kind.partition(";")[0].strip().lower() for kind in _all(headers, b"content-type")]
        json_cap = min(self._most_bytes, MOST_JSON_BYTES)
        cap = self._most_bytes if kinds == ["application/octet-stream"] else json_cap
        claimed = _all(headers, b"content-length")
        if claimed and (not claimed[0].isdecimal() or int(claimed[0]) > cap):
            raise too_large(cap)
        return cap

    def _checked_host(self, headers: _Headers) -> str:
        hosts = _all(headers, b"host")
        host = hosts[0].lower() if len(hosts) == 1 else ""
        if host not in self._hosts:
            raise RefusedError(
                421,
                "MisdirectedRequest",
                f"this server does not go by the name '{host}'; open the address that "
                "likewise serve printed, or start it with --allow-host",
            )
        return host

    def _caller(self, headers: _Headers, host: str) -> Any:
        """The user whose token a request carries; None for who has the server's own."""
        carried = [*_bearers(headers), *_cookies(headers, _cookie_name(host))]
        if any(self._is_token(value) for value in carried):
            return None
        user = next(filter(None, map(self._user_of, carried)), None)
        if user is None and self._token is not None:
            raise RefusedError(
                401,
                "Unauthorized",
                "this request carries no valid token; open the address with ?token= that "
                "likewise serve or likewise users add printed, or send it as: "
                "Authorization: Bearer TOKEN",
            )
        return user

    def _is_token(self, value: str) -> bool:
        expected = (self._token or "").encode()
        carried = value.encode("utf-8", "surrogateescape")
        return self._token is not None and hmac.compare_digest(carried, expected)

    def _arrival(
        self, scope: Scope, headers: _Headers, host: str
    ) -> tuple[list[tuple[bytes, bytes]], bytes] | None:
        """A page with a cookie that leads on, for the file that `likewise serve --open` opens.

        To the browser that file is another site, whose redirects stay another site's. It has to
        carry the server's own token: one of a user's could sign what somebody else decides.
        """
        sites, modes = _all(headers, b"sec-fetch-site"), _all(headers, b"sec-fetch-mode")
        if scope["type"] != "http" or sites != ["cross-site"] or modes != ["navigate"]:
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        tokens = [value for name, value in query if name == "token"]
        if len(tokens) != 1 or not self._is_token(tokens[0]):
            return None
        traded = self._traded(scope, host)
        if traded is None:
            return None
        (_, location), *more = traded
        return [(b"content-type", b"text/html"), *more], redirect_page(location.decode()).encode()

    def _traded(self, scope: Scope, host: str) -> list[tuple[bytes, bytes]] | None:
        """A redirect with a cookie, where the address has the token."""
        if scope["method"] not in _READING:
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in query if name == "token"]
        if len(tokens) != 1 or not _TOKEN.fullmatch(tokens[0]):
            return None
        if not self._is_token(tokens[0]) and self._user_of(tokens[0]) is None:
            return None
        # Without its leading slashes and backslashes a path cannot name another host.
        location = "/" + quote(scope["path"].lstrip("/\\"), safe="/-._~!$&'()*+,;=:@")
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        cookie = f"{_cookie_name(host)}={tokens[0]}; HttpOnly; SameSite=Strict; Path=/"
        return [
            (b"location", (location + (f"?{rest}" if rest else "")).encode("ascii")),
            (b"set-cookie", cookie.encode("ascii")),
            (b"cache-control", b"no-store"),
        ]


def _name_of(scope: Scope) -> str:
    """Whose share a request counts in: a user's, or that of who has the server's own token."""
    user = scope.get(CALLER)
    return "" if user is None else str(user.name)


def _check_site(headers: _Headers, host: str) -> None:
    """Refuse what a page of another site sent; browsers say so, scripts say nothing."""
    origins = [origin.lower() for origin in _all(headers, b"origin")]
    sites = [site.lower() for site in _all(headers, b"sec-fetch-site")]
    ours = {f"http://{host}", f"https://{host}"}
    if not ours.issuperset(origins) or not {"same-origin", "none"}.issuperset(sites):
        raise RefusedError(
            403,
            "CrossSite",
            "this request comes from a page of another site; type the address that "
            "likewise serve printed into the address bar",
        )


def _check_method(method: str, headers: _Headers) -> None:
    if method in _READING:
        return
    if method not in _WRITING:
        raise RefusedError(405, "MethodNotAllowed", f"{method} is not answered here")
    kinds = [kind.partition(";")[0].strip().lower() for kind in _all(headers, b"content-type")]
    empty = _all(headers, b"content-length") in ([], ["0"])
    chunked = bool(_all(headers, b"transfer-encoding"))
    if method == "DELETE" and not kinds and empty and not chunked:
        return  # no form can send it, and it has nothing to be read
    if len(kinds) != 1 or kinds[0] not in _BODIES:
        raise RefusedError(
            415,
            "UnsupportedMediaType",
            f"a {method} of '{', '.join(kinds)}' is not taken; "
            f"send it as {' or '.join(sorted(_BODIES))}",
        )


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            remaining = [
                (name, value)
                for name, value in message.get("headers", [])
                if name.lower() not in _HEADERS and not name.lower().startswith(b"access-control-")
            ]
            if not any(name.lower() == b"cache-control" for name, _ in remaining):
                remaining.append((b"cache-control", _CACHED.encode()))
            message = {**message, "headers": [*remaining, *_HEADERS.items()]}
        await send(message)

    return sending


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: RefusedError) -> None:
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.kind})
        return
    body = json.dumps(error_body(refusal.kind, refusal.message, refusal.status)).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refusal.status == 429:
        headers.append((b"retry-after", b"5"))
    if refusal.status in _CLOSING:
        headers.append((b"connection", b"close"))  # the rest of the body is not read
    await _answer(scope, send, refusal.status, headers, body)


async def _answer(
    scope: Scope, send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    sending = _with_headers(send)
    await sending({"type": "http.response.start", "status": status, "headers": headers})
    content = b"" if scope["method"] == "HEAD" else body
    await sending({"type": "http.response.body", "body": content})


def _all(headers: _Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key.lower() == name]


def _bearers(headers: _Headers) -> list[str]:
    parts = [value.partition(" ") for value in _all(headers, b"authorization")]
    return [value.strip() for scheme, _, value in parts if scheme.lower() == "bearer"]


def _cookies(headers: _Headers, name: str) -> list[str]:
    pairs = [pair.strip().partition("=") for c in _all(headers, b"cookie") for pair in c.split(";")]
    return [value for key, _, value in pairs if key == name]


def _cookie_name(host: str) -> str:
    """One a port: cookies of a name are shared by all the ports of a machine."""
    return f"likewise-{_port(host) or '80'}"


def _port(host: str) -> str:
    _, colon, port = host.rpartition(":")
    return port if colon and port.isdigit() else ""
