"""Pages, tables and pictures as HTML that needs no other file; a page has one script, or none.

Ids and names come from files and are only ever text. A page with a script holds its data, and by
its own policy runs and loads nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from likewise.core.escaping import json_text

if TYPE_CHECKING:
    from PIL import Image


def page(title: str, body: str, style: str = "", head: str = "") -> str:
    """A whole document.

    Args:
        title: as text.
        body: HTML.
        style: CSS; it stands between the tags as it is, so that a policy can name its digest.
        head: HTML that comes before the title.
    """
    styled = f"<style>{style}</style>" if style else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'{head}<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{styled}</head>\n<body>{body}</body></html>\n"
    )


def script_page(title: str, data: Any, package: str, images: str = "data:") -> str:
    """HTML whose only script shows the data; opens from a file and from any server.

    The script finds the data as `data`, and `h` to make elements. Data is never markup: it stands
    in the page as JSON, in which no tag can begin or end.

    Args:
        title: as text.
        data: in JSON's types.
        package: the package that holds ``page.css`` and ``page.js``.
        images: where pictures may come from, as a content security policy names it.
    """
    style, script = (
        _asset("likewise.core", f"script_page.{kind}") + _asset(package, f"page.{kind}")
        for kind in ("css", "js")
    )
    policy = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src {images}; "
        f"style-src {_hash(style)}; script-src {_hash(script)}"
    )
    text = json_text(data).replace("<", "\\u003c")  # no tag can end it
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
    )
    body = (
        "<noscript>This page needs JavaScript.</noscript>\n"
        f'<script type="application/json" id="data">{text}</script>\n<script>{script}</script>'
    )
    return page(title, body, style, head)


def _asset(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a policy names the only text that it lets through."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def table(rows: Iterable[Sequence[str]], header: Sequence[str] = (), *, named: bool = False) -> str:
    """Rows of text.

    Args:
        rows: cells.
        header: names of the columns, if any.
        named: whether a row's first cell is its name.

    Example:
        >>> table([["<b>", "1"]])
        '<table><tbody><tr><td>&lt;b&gt;</td><td>1</td></tr></tbody></table>'
    """

    def line(cells: Sequence[str], tags: Iterable[str]) -> str:
        pairs = zip(cells, tags, strict=False)
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell, tag in pairs)}</tr>"

    head = f"<thead>{line(header, ['th'] * len(header))}</thead>" if header else ""
    tags = ["th" if named else "td"]
    lines = "".join(line(row, tags + ["td"] * len(row)) for row in rows)
    return f"<table>{head}<tbody>{lines}</tbody></table>"


def picture(name: str, uri: str, **attributes: str) -> str:
    """An image with a name for those who do not see it."""
    more = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f'<img alt="{escape(name)}"{more} src="{uri}">'


def data_uri(data: bytes, form: str = "jpeg") -> str:
    """An encoded picture as an address that holds it."""
    return f"data:image/{form};base64,{base64.b64encode(data).decode()}"


def image_uri(image: Image.Image, form: str = "jpeg", **options: Any) -> str:
    """A picture of Pillow, encoded with its options for the form, as an address that holds it."""
    out = io.BytesIO()
    image.save(out, form.upper(), **options)
    return data_uri(out.getvalue(), form)
