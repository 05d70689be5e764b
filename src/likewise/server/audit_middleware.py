"""Requests that change something, or are refused for want of a role, are logged."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from likewise.server.limits import Buckets
from likewise.server.roles import Caller, caller_in, role_for
from likewise.workspace.audit_log import Entry
from likewise.workspace.database import now

if TYPE_CHECKING:
    from likewise.server.app_state import AppState

_LOG = logging.getLogger(__name__)
_READING = frozenset({"GET", "HEAD"})
_LONGEST_BODY = 64 * 2**10  # what is longer has no name to be found in it

NAMED: dict[tuple[str, str], tuple[str, ...]] = {
    ("POST", "/api/concepts"): ("name",),
    ("POST", "/api/concepts/{name}/rename"): ("to",),
    ("POST", "/api/images"): ("folder",),
    ("POST", "/api/curate/{part}"): ("tag",),
    ("POST", "/api/export/preview"): ("concept",),
    ("POST", "/api/export"): ("concept", "format", "to"),
    ("POST", "/api/encoders/plan"): ("encoder",),
    ("POST", "/api/encoders/use"): ("encoder",),
    ("POST", "/api/encoders/get"): ("name",),
    ("POST", "/api/label-sets"): ("name", "column"),
    ("POST", "/api/label-sets/{name}/export"): ("format", "to"),
}
"""By method and path: what of a request's body says what it is about. Nothing else is kept."""


class AuditMiddleware:
    """ASGI middleware between the guard and the app.

    The line is written before the answer begins. When it cannot be, the answer is given all the
    same and the terminal is told: what people decide matters more than the log of it.

    Args:
        app: what is asked.
        app_state: whose workspace has the audit log.
    """

    def __init__(self, app: ASGIApp, app_state: AppState) -> None:
        self._app, self._app_state = app, app_state
        self._refusals = Buckets(rate=1, burst=100)  # else one could push all others' lines out
        self._unwritten: dict[str, int] = {}
        self._failing = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and write down what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = b""

        async def receiving() -> Message:
            nonlocal body
            message = await receive()
            body = body or message.get("body", b"")  # the guard hands it over whole
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._note(scope, message["status"], body)
            await send(message)

        await self._app(scope, receiving, sending)

    async def _note(self, scope: Scope, status: int, body: bytes) -> None:
        path, method = getattr(scope.get("route"), "path_format", None), scope["method"]
        if path is None or not self._app_state.has_workspace:
            return
        changes = method not in _READING and role_for(method, path) != "viewer"
        if not changes and status != 403:
            return
        caller = caller_in(scope, self._app_state)
        if status == 403 and self._refusals.take(caller.name):
            self._unwritten[caller.name] = self._unwritten.get(caller.name, 0) + 1
            return
        unwritten = self._unwritten.pop(caller.name, 0) if status == 403 else 0
        await to_thread.run_sync(self._write, _entry(scope, caller, path, status, body, unwritten))

    def _write(self, entry: Entry) -> None:
        try:
            self._app_state.workspace.audit_log.add(entry)
            self._failing = False
        except OSError as error:
            if not self._failing:
                _LOG.warning("the trail cannot be written (%s); requests are answered", error)
            self._failing = True


def _entry(
    scope: Scope, caller: Caller, path: str, status: int, body: bytes, unwritten: int
) -> Entry:
    method = scope["method"]
    target = {name: str(value) for name, value in scope.get("path_params", {}).items()}
    target |= _named(body, NAMED.get((method, path), ()))
    peer = str((scope.get("client") or ("",))[0])
    return Entry(now(), caller.name, caller.role, peer, method, path, target, status, unwritten)


def _named(body: bytes, fields: tuple[str, ...]) -> dict[str, str]:
    if not fields or len(body) > _LONGEST_BODY:
        return {}
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {name: content[name] for name in fields if isinstance(content.get(name), str)}
