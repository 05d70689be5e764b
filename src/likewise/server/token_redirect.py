"""The way of a token to the browser: through a file, for command lines are there for all to see."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from likewise.core.html import page


@contextmanager
def redirect_file(address: str) -> Iterator[Path]:
    """A page in a file that only this user may read, which leads to an address; it goes at the end.

    Args:
        address: with its token.
    """
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        path = Path(folder) / "open.html"
        path.touch(0o600)
        path.write_text(redirect_page(address), encoding="utf-8")
        yield path


def redirect_page(address: str) -> str:
    """HTML that leads to an address at once.

    Example:
        >>> "url=/?a=1&amp;b" in redirect_page("/?a=1&b")
        True
    """
    quoted = escape(address)
    refresh = f'<meta http-equiv="refresh" content="0;url={quoted}">\n'
    return page("likewise", f'<a href="{quoted}">Open likewise</a>', head=refresh)
