"""Pages of one script that hold their data: by their own policy they run and load nothing else."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any

from likewise.core import html
from likewise.core.escaping import json_text


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
    return html.page(title, body, style, head)


def _asset(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a policy names the only text that it lets through."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
