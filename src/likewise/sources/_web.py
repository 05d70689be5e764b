"""One image from the web: public addresses only, at a bounded size and time."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import closing, suppress
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import likewise
from likewise.images.decode import BadImageError, Limits

SECONDS = 30.0
"""How long one image may take, redirects and further attempts included."""

_REDIRECTS = 5
_ATTEMPTS = 3
_PAUSE = 0.5  # seconds before the second attempt, and twice as long before the third
_CHUNK = 1 << 16
_IN_PLACE = "%/:=&?~+!$,;'@()*[]|"  # characters of a URL that stay as they are
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class _TryAgainError(Exception):
    """Something that may be over in a moment."""


def is_public(address: str) -> bool:
    """Whether an address is of the public internet, and not of this machine or its network.

    Example:
        >>> is_public("9.9.9.9"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
        (True, False, False)
    """
    found: _Address = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved)


def fetch(
    url: str,
    limits: Limits,
    seconds: float = SECONDS,
) -> bytes:
    """The bytes at an http(s) URL.

    A name is resolved once for each connection; every address that it has is checked, and the
    connection goes to that very address, so that an answer that changes meanwhile changes
    nothing. Redirects are checked in the same way. Proxies of the environment are not used.

    Args:
        url: what a person wrote.
        limits: caps on the size.
        seconds: cap on the time.

    Raises:
        BadImageError: with the reason in a line.
    """
    end = time.monotonic() + seconds
    for attempt in range(_ATTEMPTS):
        try:
            return _followed(url, limits, end, seconds)
        except _TryAgainError as error:
            pause = _PAUSE * 2**attempt
            if attempt + 1 == _ATTEMPTS or time.monotonic() + pause >= end:
                raise BadImageError(str(error)) from error
            time.sleep(pause)
    raise AssertionError("not reached")


def _followed(url: str, limits: Limits, end: float, seconds: float) -> bytes:
    where = url
    for _ in range(_REDIRECTS + 1):
        parts = _checked(where)
        connection = _connected(parts, end)
        watch = threading.Timer(max(end - time.monotonic(), 0.0), _hang_up, [connection.sock])
        watch.daemon = True
        watch.start()
        try:
            with closing(connection):
                found = _answer(connection, parts, limits)
        except (http.client.HTTPException, OSError, ValueError) as error:
            if time.monotonic() >= end:
                raise BadImageError(f"took more than {seconds:g} seconds to download") from None
            if isinstance(error, ValueError):  # characters that a request cannot have
                raise BadImageError(f"not a URL that can be asked for ({error})") from None
            why = f"the connection was lost ({_words(error)})"
            raise _TryAgainError(why) from error
        finally:
            watch.cancel()
        if isinstance(found, bytes):
            return found
        where = urljoin(where, found)
    raise BadImageError(f"redirected more than {_REDIRECTS} times")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise BadImageError(f"not a URL ({error})") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise BadImageError(f"leads to '{parts.scheme or url}', and only http and https are read")
    if not parts.hostname or port == 0:
        raise BadImageError("not a URL of a host")
    if parts.username is not None:
        raise BadImageError("has a user's name in it, which is not sent")
    return parts


def _connected(parts: SplitResult, end: float) -> http.client.HTTPConnection:
    """A connection to one of a host's addresses, all of which were found to be public."""
    secure = parts.scheme.lower() == "https"
    try:
        host = str(parts.hostname).encode("idna").decode()
    except UnicodeError:
        raise BadImageError(f"'{parts.hostname}' cannot be the name of a host") from None
    port = parts.port or (443 if secure else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _TryAgainError(f"the host '{host}' cannot be found ({_words(error)})") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise BadImageError(
                f"'{host}' is {address}, which is no public address, so it is not asked"
            )
    failure: OSError | None = None
    for address in addresses:
        left = max(end - time.monotonic(), 0.01)
        try:
            plain = socket.create_connection((address, port), timeout=left)
        except OSError as error:
            failure = error
            continue
        connection = http.client.HTTPConnection(host, port, timeout=left)
        connection.sock = plain
        if secure:
            try:
                connection.sock = _context().wrap_socket(plain, server_hostname=host)
            except OSError as error:
                plain.close()
                raise BadImageError(f"no secure connection to '{host}' ({_words(error)})") from None
        return connection
    raise _TryAgainError(f"'{host}' cannot be reached ({_words(failure or OSError('no address'))})")


def _answer(
    connection: http.client.HTTPConnection, parts: SplitResult, limits: Limits
) -> bytes | str:
    """The bytes, or where to look instead."""
    path = quote(parts.path or "/", safe=_IN_PLACE)
    query = f"?{quote(parts.query, safe=_IN_PLACE)}" if parts.query else ""
    headers = {
        "User-Agent": f"likewise/{likewise.__version__}",
        "Accept": "image/*,*/*;q=0.5",
        "Accept-Encoding": "identity",
    }
    connection.request("GET", path + query, headers=headers)
    with connection.getresponse() as response:
        return _content(response, limits)


def _content(response: http.client.HTTPResponse, limits: Limits) -> bytes | str:
    to = response.getheader("Location")
    if 300 <= response.status < 400 and to:
        return to
    if response.status in (404, 410):
        raise BadImageError(f"missing: the server answers {response.status}")
    if response.status == 429 or response.status >= 500:
        raise _TryAgainError(f"the server answers {response.status}")
    if response.status != 200:
        raise BadImageError(f"the server answers {response.status} ({response.reason})")
    cap = int(limits.max_megabytes * 2**20)
    data = bytearray()
    while chunk := response.read(_CHUNK):
        data += chunk
        if len(data) > cap:
            raise BadImageError(
                f"more than {limits.max_megabytes:g} megabytes, the cap for a file; raise it with "
                "--max-megabytes"
            )
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return bytes(data)


def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _hang_up(sock: socket.socket) -> None:
    """End a connection that takes too long, whatever it is doing."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return " ".join(str(error).split())[:160] or type(error).__name__
