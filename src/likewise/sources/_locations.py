"""Bytes at a uri, wherever it leads: a file, an address of the web, a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from likewise.core.addresses import shown, without_secrets
from likewise.errors import BadInputError
from likewise.images.decode import BadImageError, Limits, read_bytes
from likewise.sources import _buckets, _web
from likewise.sources.base import UNKNOWN, Item, Refused, is_url


def is_web(uri: str) -> bool:
    """Whether a uri is an address of the web.

    Example:
        >>> is_web("HTTPS://example.org/a.jpg"), is_web("s3://bucket/a.jpg")
        (True, False)
    """
    return urlsplit(uri).scheme.lower() in ("http", "https") if "://" in uri[:9] else False


def bucket_refusal(uri: str, allow_urls: bool) -> str | None:
    """Why a location that a file names is not read, or None; a bucket takes the reader's own keys.

    Example:
        >>> bucket_refusal("s3://bucket/a.jpg", allow_urls=False)
        'it is in object storage, which is read with your own keys; allow that with --allow-urls'
        >>> bucket_refusal("s3://bucket/a.jpg", True), bucket_refusal("a.jpg", False)
        (None, None)
    """
    if allow_urls or not is_url(uri) or _buckets.scheme_of(uri) not in _buckets.SCHEMES:
        return None
    return "it is in object storage, which is read with your own keys; allow that with --allow-urls"


def password_refusal(uri: str) -> str | None:
    """Why a location with a user's name or password in it is not read, or None.

    It would be stored with the image: a location is written down, and is often the image's id.

    Example:
        >>> password_refusal("https://ana:secret@example.org/a.jpg")
        "it has a user's name or password in it, which is neither sent nor stored"
        >>> password_refusal("https://example.org/a.jpg"), password_refusal("a@b.jpg")
        (None, None)
    """
    address = uri.partition("?")[0]
    if not is_url(uri) or without_secrets(address) == address:
        return None
    return "it has a user's name or password in it, which is neither sent nor stored"


def remote_entry(
    key: str, uri: str, metadata: Mapping[str, Any], allow_urls: bool, root: str
) -> Item | Refused | None:
    """The item at a location that a file names, or why it is refused; None for a path.

    Args:
        key: id of the item.
        uri: the location.
        metadata: of the item.
        allow_urls: whether URLs may be read.
        root: the file that names it.

    Raises:
        BadInputError: it is an address of the web, and URLs may not be read.
    """
    if (why := password_refusal(uri)) is not None:
        return Refused(shown(uri), why)
    if is_web(uri) and not allow_urls:
        raise BadInputError(
            f"{root} has URLs, such as {shown(uri)}; nothing is downloaded unless you say so with "
            "--allow-urls"
        )
    if (why := bucket_refusal(uri, allow_urls)) is not None:
        return Refused(key, why)
    return Item(key, uri, UNKNOWN, 0, metadata) if is_web(uri) or is_url(uri) else None


def read_location(uri: str, limits: Limits, size: int, allow_urls: bool) -> bytes:
    """The bytes at a uri.

    Args:
        uri: an absolute path, or a URL.
        limits: caps on the size.
        size: bytes that are expected, or `UNKNOWN`.
        allow_urls: whether URLs may be read. The uri may come from a workspace made elsewhere, so
            that listing its source has not checked it.

    Raises:
        BadImageError: it is gone, forbidden, too large, cannot be reached, or is a URL that may
            not be read.
    """
    if not allow_urls and (is_web(uri) or is_url(uri)):
        raise BadImageError(f"{shown(uri)} is a URL; allow that with --allow-urls")
    if is_web(uri):
        return _web.fetch(uri, limits)
    if is_url(uri):
        return _buckets.read(uri, limits, size)
    return read_bytes(uri, limits)


def file_at(uri: str) -> Path | None:
    """The file that a uri is, if it is one."""
    return None if is_url(uri) or is_web(uri) else Path(uri)
