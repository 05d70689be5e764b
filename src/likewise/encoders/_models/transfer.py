"""One file over HTTP, gone on with where an earlier attempt ended."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import likewise
from likewise.errors import BadInputError, CorruptError, NotFoundError, StorageError

_CHUNK = 1 << 20
_SECONDS = 60.0  # without a byte
_ATTEMPTS = 5  # in a row that bring no byte
_PAUSE = 0.25  # seconds before the second attempt, and twice as long before each further one

Received = Callable[[int], None]
"""Called with the bytes of a file that are on the disk."""


def read_url(url: str, most: int) -> bytes:
    """The bytes at a URL, at most so many.

    Raises:
        NotFoundError, StorageError: as `download`.
        CorruptError: there are more.
    """
    with _opened(url, 0) as answer:
        content = bytes(answer.read(most + 1))
    if len(content) > most:
        raise CorruptError(f"{url} answers more than {most:,} bytes, too many for a list of files")
    return content


def download(
    url: str, part: Path, size: int | None = None, received: Received = lambda _: None
) -> None:
    """Bring the file at a URL to `part`, from the byte on that `part` ends with.

    A connection that ends early is made again; the error after several attempts leaves `part`, so
    that the next call goes on.

    Args:
        url: http or https; redirects are followed.
        part: the file to write or to go on with.
        size: bytes that the whole file has, where known.
        received: is told of progress.

    Raises:
        NotFoundError: there is no such file, or it may not be read.
        StorageError: no connection, or it ends early again and again.
    """
    failures, why = 0, "it ended early"
    while failures < _ATTEMPTS:
        before = part.stat().st_size if part.exists() else 0
        if size is not None and before > size:
            part.unlink()
            before = 0
        if size is not None and before == size:
            received(before)
            return
        try:
            is_whole = _receive(url, part, before, received)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and error.errno is not None and _is_of_disk(error, part):
                raise
            is_whole, why = False, str(error) or type(error).__name__
        after = part.stat().st_size if part.exists() else 0
        if is_whole and (size is None or after == size):
            return
        failures = 0 if after > before else failures + 1
        if failures:
            time.sleep(_PAUSE * 2 ** (failures - 1))
    raise StorageError(
        f"{_host(url)} does not send {Path(urlsplit(url).path).name} ({why}); what has come is "
        "kept: run the same command again to go on"
    )


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _receive(url: str, part: Path, before: int, received: Received) -> bool:
    """Append what a server sends; whether it sent all that it announced."""
    with _opened(url, before) as answer:
        if answer.status != http.client.PARTIAL_CONTENT:
            before = 0  # it sends the file from its first byte on
        announced = answer.headers.get("content-length")
        with part.open("ab" if before else "wb") as file:
            done = before
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                received(done)
        return announced is None or done - before == int(announced)


def _opened(url: str, first_byte: int) -> http.client.HTTPResponse:
    if urlsplit(url).scheme not in ("http", "https"):
        raise BadInputError(f"{url} is no URL that can be fetched; give one of http or https")
    headers = {"user-agent": f"likewise/{likewise.__version__}", "accept-encoding": "identity"}
    if first_byte:
        headers["range"] = f"bytes={first_byte}-"
    try:
        answer = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers),
            timeout=_SECONDS,
        )
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            return _opened(url, 0)
        if error.code < http.client.INTERNAL_SERVER_ERROR and error.code != 429:
            raise NotFoundError(
                f"{_host(url)} answers {error.code} ({error.reason}) for {urlsplit(url).path}"
            ) from None
        raise OSError(f"it answers {error.code} ({error.reason})") from None
    except urllib.error.URLError as error:
        raise OSError(f"no connection: {error.reason}") from None
    found: http.client.HTTPResponse = answer
    return found


def _is_of_disk(error: OSError, part: Path) -> bool:
    return error.filename is not None and str(error.filename) == str(part)


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
