"""Pages, tables and pictures as HTML that needs no other file and no script.

Ids and names come from files and are only ever text.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

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
