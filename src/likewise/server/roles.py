"""Who asks, and what they may: a table from every route to the least role that may use it.

Whatever is not in the table needs an owner, so that a new route is closed until somebody thought
about it; a test walks all the routes that there are and fails on one that is not in it. Only
owners read the paths of the server's machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.types import Scope

from likewise.workspace.label import current_user
from likewise.workspace.users import ROLES, Role, User

CALLER = "likewise.caller"
"""Where in a request's scope the guard says whose token it carries; None is who started it."""

DECIDED: dict[tuple[str, str], Role] = {
    # What only shows.
    ("GET", "/"): "viewer",
    ("GET", "/api/state"): "viewer",
    ("GET", "/api/events"): "viewer",
    ("GET", "/api/jobs"): "viewer",
    ("GET", "/api/jobs/{job}"): "viewer",
    ("GET", "/api/images"): "viewer",
    ("GET", "/api/images/{item}"): "viewer",
    ("GET", "/api/images/{item}/full"): "viewer",
    ("GET", "/thumb/{item}"): "viewer",
    ("GET", "/api/concepts"): "viewer",
    ("GET", "/api/concepts/{name}"): "viewer",
    ("GET", "/api/concepts/{name}/ranking"): "viewer",
    ("GET", "/api/concepts/{name}/labels"): "viewer",
    ("GET", "/api/concepts/{name}/rule"): "viewer",
    ("GET", "/api/concepts/{name}/range"): "viewer",
    ("GET", "/api/concepts/{name}/report"): "viewer",
    ("GET", "/api/overview"): "viewer",
    ("GET", "/api/label-sets"): "viewer",
    ("GET", "/api/label-sets/{name}"): "viewer",
    ("GET", "/api/label-sets/{name}/labels"): "viewer",
    ("GET", "/api/label-sets/{name}/status"): "viewer",
    ("GET", "/api/label-sets/{name}/confusion"): "viewer",
    ("GET", "/api/label-sets/{name}/next"): "viewer",
    ("GET", "/api/views"): "viewer",
    ("GET", "/api/views/{name}"): "viewer",
    ("GET", "/api/colours"): "viewer",
    ("GET", "/api/map"): "viewer",
    ("GET", "/api/map/{kind}"): "viewer",
    ("GET", "/api/map/{kind}/colour"): "viewer",
    ("GET", "/api/curate"): "viewer",
    ("GET", "/api/curate/{name}"): "viewer",
    ("GET", "/api/curators"): "viewer",
    ("GET", "/api/keepers"): "viewer",
    ("GET", "/api/unusable"): "viewer",
    ("GET", "/api/export"): "viewer",
    ("GET", "/api/export/{job}"): "viewer",
    # Questions that are too long for an address; they keep nothing.
    ("POST", "/api/search"): "viewer",
    ("GET", "/api/words"): "viewer",
    ("POST", "/api/facets"): "viewer",
    ("POST", "/api/map/ids"): "viewer",
    # Answers, and what helps to give them.
    ("POST", "/api/concepts/{name}/labels"): "reviewer",
    ("POST", "/api/concepts/{name}/ranking"): "reviewer",
    ("POST", "/api/concepts/{name}/undo"): "reviewer",
    ("POST", "/api/label-sets"): "reviewer",
    ("PATCH", "/api/label-sets/{name}"): "reviewer",
    ("POST", "/api/label-sets/{name}/labels"): "reviewer",
    ("POST", "/api/label-sets/{name}/rounds"): "reviewer",
    ("DELETE", "/api/label-sets/{name}/rounds/{number}"): "reviewer",
    ("POST", "/api/label-sets/{name}/undo"): "reviewer",
    ("POST", "/api/concepts/{name}/range"): "reviewer",
    ("POST", "/api/concepts/{name}/audit"): "reviewer",
    ("POST", "/api/map/{kind}"): "reviewer",
    ("POST", "/api/views"): "reviewer",
    ("POST", "/api/views/{name}/rename"): "reviewer",
    ("DELETE", "/api/views/{name}"): "reviewer",
    # Concepts and their baskets: every change is a revision, and none is lost.
    ("POST", "/api/concepts"): "reviewer",
    ("PATCH", "/api/concepts/{name}"): "reviewer",
    ("POST", "/api/exemplars"): "reviewer",
    # What others notice: it hides, stops, writes files, takes the machine, or reads its folders.
    ("DELETE", "/api/concepts/{name}"): "owner",
    ("POST", "/api/concepts/{name}/duplicate"): "owner",
    ("POST", "/api/concepts/{name}/rename"): "owner",
    ("POST", "/api/concepts/{name}/restore"): "owner",
    ("DELETE", "/api/jobs/{job}"): "owner",
    ("POST", "/api/curate/{part}"): "owner",
    ("POST", "/api/keepers"): "owner",
    ("POST", "/api/export/preview"): "owner",
    ("POST", "/api/export"): "owner",
    ("POST", "/api/label-sets/{name}/export/preview"): "owner",
    ("POST", "/api/label-sets/{name}/export"): "owner",
    ("POST", "/api/images"): "owner",
    ("GET", "/api/folders"): "owner",
    ("GET", "/api/sources"): "owner",
    ("GET", "/api/encoders"): "owner",
    ("POST", "/api/encoders/plan"): "owner",
    ("POST", "/api/encoders/use"): "owner",
    ("POST", "/api/encoders/get"): "owner",
}
"""By method and path: the least role. What `--read-only` leaves is what a viewer may."""


@dataclass(frozen=True)
class Caller:
    """Who sent a request.

    Attributes:
        name: what their decisions are signed with.
        role: what they may do.
        user: them among the users of the workspace; None for who started the server.
    """

    name: str
    role: Role
    user: User | None = None

    def may(self, role: Role) -> bool:
        """Whether they may do what needs a role."""
        return ROLES.index(self.role) >= ROLES.index(role)


def role_for(method: str, path: str) -> Role:
    """The least role that may use a route.

    Args:
        method: of HTTP; HEAD is a GET.
        path: of the route, with its parameters in braces.

    Example:
        >>> role_for("GET", "/api/concepts"), role_for("DELETE", "/api/concepts/{name}")
        ('viewer', 'owner')
    """
    return DECIDED.get(("GET" if method == "HEAD" else method, path), "owner")


def caller_in(scope: Scope, app_state: Any) -> Caller:
    """Who sent a request, as the guard found out; nothing that the request says changes it.

    Args:
        scope: of the request.
        app_state: the `AppState` that it comes to.
    """
    user: User | None = scope.get(CALLER)
    name = (app_state.who or current_user()) if user is None else user.name
    role: Role = "owner" if user is None else user.role
    return Caller(name, "viewer" if app_state.read_only else role, user)


def caller_of(request: Request) -> Caller:
    """Who sent a request, for routes."""
    return caller_in(request.scope, request.app.state.app_state)


TheCaller = Annotated[Caller, Depends(caller_of)]
"""What a route takes to know who asks."""


def _peer_of(request: Request, caller: TheCaller) -> str:
    host = request.client.host if request.client else ""
    return host if caller.user is None else caller.name


ThePeer = Annotated[str, Depends(_peer_of)]
"""Whose share of something it is: a user's, or else that of the address it comes from."""


def lacking_role(caller: Caller, required: Role) -> str:
    """Why somebody is refused, in a sentence."""
    return f"{caller.name} has the role {caller.role}, and this needs {required}; ask an owner"


def permit(request: Request, caller: TheCaller) -> None:
    """In front of every route: refuse what the caller may not.

    Raises:
        HTTPException: 403 with one sentence.
    """
    required = role_for(request.method, request.scope["route"].path_format)
    if caller.may(required):
        return
    if request.app.state.app_state.read_only:
        raise HTTPException(
            403,
            "this server only shows and changes nothing; start likewise serve without --read-only "
            "to go on teaching",
        )
    raise HTTPException(403, lacking_role(caller, required))


if TYPE_CHECKING:
    from likewise.server.app_state import AppState
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
