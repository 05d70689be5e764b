"""Paths of the server's machine, which only owners are told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.server.desk import Desk
    from likewise.server.roles import Caller


def for_caller(content: Any, desk: Desk, caller: Caller) -> Any:
    """JSON content as a caller may read it: for all but owners, folders are names and no paths."""
    if caller.may("owner"):
        return content
    return _replaced(content, _names(desk))


def workspace_key(desk: Desk) -> str:
    """A text that stands for the workspace's path and does not tell it."""
    return hashlib.sha256(str(desk.workspace.path).encode()).hexdigest()[:16]


def _names(desk: Desk) -> dict[str, str]:
    """By path, the longest first: what is said in its place."""
    names: dict[str, str] = {}
    if desk.has_workspace:
        path = desk.workspace.path
        names |= {str(path): path.name, str(path.resolve()): path.name}
        for known in desk.workspace.sources.all().values():
            names[known.root] = Path(known.root).name
    for root in desk.roots:
        names |= {str(root): root.name, str(root.resolve()): root.name}
    names[home()] = "~"
    return {path: names[path] for path in sorted(names, key=len, reverse=True) if len(path) > 1}


def home() -> str:
    """The folder of the person who started the server, "" where there is none."""
    try:
        return str(Path.home())
    except RuntimeError:
        return ""


def _replaced(content: Any, names: dict[str, str]) -> Any:
    if isinstance(content, dict):
        return {key: _replaced(value, names) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_replaced(value, names) for value in content]
    if isinstance(content, str):
        for path, name in names.items():
            content = content.replace(path, name)
    return content
