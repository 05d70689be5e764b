"""What the widgets share: the library they are made with, and the modules that draw them."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from likewise.errors import MissingExtraError

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise MissingExtraError("a widget in a notebook", "notebook") from error

__all__ = ["anywidget", "module", "synced", "traitlets"]


def module(name: str) -> str:
    """Text of one of the web app's modules that stand alone."""
    return (files("likewise.server") / "static" / name).read_text(encoding="utf-8")


def synced(kind: Any, *arguments: Any, **options: Any) -> Any:
    """A trait that the page and Python have in common."""
    return kind(*arguments, **options).tag(sync=True)
