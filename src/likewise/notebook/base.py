"""What the widgets share: the library they are made with, and the modules that draw them."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from likewise.errors import MissingExtraError

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingExtraError("a widget in a notebook", "notebook") from error

__all__ = ["anywidget", "module", "synced", "traitlets"]


_IMPORT = re.compile(r"^import \{.*\} from '\./(\w+\.js)';$", re.MULTILINE)


def module(name: str) -> str:
    """One of the web app's modules and all that it imports, as the one text that a widget may be.

    Args:
        name: of the file; top-level names of the files differ.

    Example:
        >>> "import {" in module("grid_widget.js")
        False
    """
    texts: dict[str, str] = {}
    _collect(name, texts)
    return "\n".join(texts.values())


def _collect(name: str, texts: dict[str, str]) -> None:
    """Add a module after those that it imports; each once."""
    text = (files("likewise.server") / "static" / name).read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        if imported not in texts:
            _collect(imported, texts)
    texts[name] = _IMPORT.sub("", text)


def synced(kind: Any, *arguments: Any, **options: Any) -> Any:
    """A trait that the page and Python have in common."""
    return kind(*arguments, **options).tag(sync=True)
