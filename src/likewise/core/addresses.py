"""Addresses of servers as people and files may see them."""

from __future__ import annotations

from urllib.parse import urlsplit


def shown(url: str) -> str:
    """A URL without its password.

    Example:
        >>> shown("postgresql://ana:secret@host/db")
        'postgresql://ana@host/db'
        >>> shown("qdrant+file:///folder")
        'qdrant+file:///folder'
    """
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return f"{scheme}{user.partition(':')[0]}{at}{host}{parts.path}"
