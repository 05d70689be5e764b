"""Headings, tables and rows of small pictures as plain HTML without scripts.

A saved notebook holds it, and any page that a notebook becomes. Ids and names come from files and
are only ever text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from likewise.core import html
from likewise.core.thumbnail_sources import album_of
from likewise.errors import LikewiseError

PICTURES = 20
"""How many pictures are shown of a long list."""

_ROWS = 20
_TILE = (
    "display:inline-block;width:112px;margin:0 6px 6px 0;vertical-align:top;"
    "font-size:11px;line-height:1.3;overflow-wrap:anywhere"
)
_PICTURE = (
    "display:block;width:112px;height:112px;object-fit:contain;background:rgba(128,128,128,.12);"
    "border-radius:6px"
)


def heading(title: str, *facts: str) -> str:
    """A line that says what it is."""
    message = " &middot; ".join(escape(fact) for fact in facts if fact)
    return f"<p><b>{escape(title)}</b>{' &middot; ' if message else ''}{message}</p>"


def pictures(ids: Sequence[str], captions: Sequence[str] | None = None) -> str:
    """The first pictures of items, each above its caption; "" where no open workspace has any.

    Args:
        ids: of the items.
        captions: one an id; the ids themselves unless given.
    """
    some = list(ids[:PICTURES])
    try:
        jpegs = album_of(some).pictures(some) if some else []
    except LikewiseError:
        return ""
    message = some if captions is None else captions[:PICTURES]
    tiles = [
        _tile(item, caption, jpeg) for item, caption, jpeg in zip(some, message, jpegs, strict=True)
    ]
    rest = len(ids) - len(some)
    more = f"<p>and {rest:,} more</p>" if rest else ""
    return f"<div>{''.join(tiles)}</div>{more}" if tiles else ""


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The first rows, their keys above them."""
    if not rows:
        return ""
    names = list(rows[0])
    cells = ([_cell(row[name]) for name in names] for row in rows[:_ROWS])
    rest = len(rows) - _ROWS
    more = f"<p>and {rest:,} more</p>" if rest > 0 else ""
    return html.table(cells, [name.replace("_", " ") for name in names]) + more


def _tile(item: str, caption: str, jpeg: bytes | None) -> str:
    message = escape(caption).replace("/", "/<wbr>")
    if jpeg is None:
        shown = f'<span style="{_PICTURE}"></span>'
    else:
        shown = html.picture(item, html.data_uri(jpeg), style=_PICTURE)
    return f'<span style="{_TILE}" title="{escape(item)}">{shown}{message}</span>'


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
