"""Paths of the server's machine, which only owners are told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.server.desk import AppState
    from likewise.server.roles import Caller


def for_caller(content: Any, app_state: AppState, caller: Caller) -> Any:
    """JSON content as a caller may read it: for all but owners, folders are names and no paths."""
    if caller.may("owner"):
        return content
    return _replaced(content, _names(app_state))


def workspace_key(app_state: AppState) -> str:
    """A text that stands for the workspace's path and does not tell it."""
    return hashlib.sha256(str(app_state.workspace.path).encode()).hexdigest()[:16]


def _names(app_state: AppState) -> dict[str, str]:
    """By path, the longest first: what is said in its place."""
    names: dict[str, str] = {}
    if app_state.has_workspace:
        path = app_state.workspace.path
        names |= {str(path): path.name, str(path.resolve()): path.name}
        for source in app_state.workspace.sources.all().values():
            names[source.root] = Path(source.root).name
    for root in app_state.roots:
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
