"""What each caller may do: a table from the routes that change something to the role they need.

Whatever only reads, every role may. Whatever changes something and is not named here needs an
owner, so that a new route is closed until somebody thought about it.
"""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from starlette.exceptions import HTTPException

Role = Literal["viewer", "reviewer", "owner"]

ROLES: tuple[Role, ...] = ("viewer", "reviewer", "owner")
"""Each may do what those before it may."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})

LISTED: dict[tuple[str, str], Role] = {
    # Questions that are too long for an address; they keep nothing.
    ("POST", "/api/search"): "viewer",
    ("POST", "/api/map/ids"): "viewer",
    # Answers, and what helps to give them.
    ("POST", "/api/concepts/{name}/labels"): "reviewer",
    ("POST", "/api/concepts/{name}/ranking"): "reviewer",
    ("POST", "/api/concepts/{name}/undo"): "reviewer",
    ("POST", "/api/concepts/{name}/range"): "reviewer",
    ("POST", "/api/concepts/{name}/audit"): "reviewer",
    ("POST", "/api/map/{kind}"): "reviewer",
}
"""Method and path of the routes that do not need an owner though they are not GET."""


def role_for(method: str, path: str) -> Role:
    """The least role that may use a route.

    Args:
        method: of HTTP.
        path: of the route, with its parameters in braces.

    Example:
        >>> role_for("GET", "/api/concepts"), role_for("DELETE", "/api/concepts/{name}")
        ('viewer', 'owner')
    """
    return "viewer" if method in _READING else LISTED.get((method, path), "owner")


def may(role: Role, method: str, path: str) -> bool:
    """Whether a role may use a route.

    Example:
        >>> may("reviewer", "POST", "/api/concepts/{name}/labels")
        True
    """
    return ROLES.index(role) >= ROLES.index(role_for(method, path))


def permit(request: Request) -> None:
    """In front of every route: refuse what the caller may not.

    Raises:
        HTTPException: 403 with one sentence.
    """
    desk = request.app.state.desk
    method, path = request.method, request.scope["route"].path
    if desk.read_only and not may("viewer", method, path):
        raise HTTPException(
            403,
            "this server only shows and changes nothing; start likewise serve without --read-only "
            "to go on teaching",
        )
