"""One call of a tool: checked, permitted, carried out, and written into the audit log."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException

from likewise.core.escaping import json_text
from likewise.core.shortage import shortage_in
from likewise.errors import BadInputError, LikewiseError, NotFoundError, StorageError
from likewise.server.app_state import AppState
from likewise.server.errors import status_of
from likewise.server.mcp.pages import jpeg_of
from likewise.server.mcp.tool import Answer, Arguments, Call, Shared, Tool
from likewise.server.mcp.tools import TOOLS
from likewise.server.roles import for_caller, lacking_role, role_for
from likewise.workspace.audit_log import Entry
from likewise.workspace.database import now
from likewise.workspace.users import User

_LOG = logging.getLogger(__name__)
_BY_NAME = {tool.name: tool for tool in TOOLS}
_METHOD = "MCP"
_LOGGED = ("concept", "page", "curator", "paths", "to", "format", "job")
_REFUSED, _UNEXPECTED = 403, 500


@dataclass(frozen=True)
class Result:
    """What a client gets.

    Attributes:
        text: JSON, or the sentence of an error.
        picture: JPEG, if any.
        failed: whether the text is an error.
    """

    text: str
    picture: bytes | None = None
    failed: bool = False


class _RefusedError(LikewiseError):
    """The caller's role does not suffice."""


def run_tool(
    shared: Shared,
    name: str,
    arguments: Mapping[str, Any],
    user: User | None = None,
    client: str = "",
) -> Result:
    """Carry out one call; an error is a result like any other.

    Args:
        shared: what all calls of the server share.
        name: of the tool.
        arguments: as the client sent them.
        user: whose token the request carried; None for whoever started the server.
        client: what the client calls itself, for the audit log.
    """
    try:
        tool = _BY_NAME.get(name)
        if tool is None:
            raise NotFoundError(f"there is no tool '{name}'; there are: {', '.join(_BY_NAME)}")
        if tool.name == "workspaces":
            _checked(tool, arguments)
            return _everywhere(shared, tool, user, client)
        workspace = arguments.get("workspace")
        state = shared.workspaces.open(workspace if isinstance(workspace, str) else None)
    except LikewiseError as error:
        return Result(str(error), failed=True)
    return _in_workspace(shared, tool, state, arguments, user, client)


def _everywhere(shared: Shared, tool: Tool, user: User | None, client: str) -> Result:
    """What a tool answers of each workspace that the caller may see, in one list."""
    found: list[dict[str, Any]] = []
    if not shared.workspaces.paths():
        shared.workspaces.open(None)  # says how to make one
    for name in shared.workspaces.paths():
        try:
            state = shared.workspaces.open(name)
            call = Call(state, shared.workspaces.caller(state, user), shared)
            facts = tool.run(call, tool.arguments()).facts
            _note(call.state, call.caller.name, call.caller.role, client, tool, {}, 200)
        except LikewiseError as error:
            facts = {"name": name, "error": str(error)}
            if user is not None:
                continue  # nothing is said of workspaces that are not theirs
        found.append(facts)
    return Result(json_text({"workspaces": found}))


def _in_workspace(
    shared: Shared,
    tool: Tool,
    state: AppState,
    arguments: Mapping[str, Any],
    user: User | None,
    client: str,
) -> Result:
    try:
        caller = shared.workspaces.caller(state, user)
    except LikewiseError as error:
        return Result(str(error), failed=True)
    status, result = 200, None
    try:
        required = role_for(*tool.route)
        if not caller.may(required):
            raise _RefusedError(lacking_role(caller, required))
        answer: Answer = tool.run(Call(state, caller, shared), _checked(tool, arguments))
        text = json_text(for_caller(answer.facts, state, caller))
        picture = None if answer.picture is None else jpeg_of(answer.picture)
        result = Result(text, picture)
    except Exception as error:
        status, sentence = _status_and_sentence(error)
        result = Result(for_caller(sentence, state, caller), failed=True)
    try:
        _note(state, caller.name, caller.role, client, tool, arguments, status)
    except StorageError as error:
        return Result(str(error), failed=True)
    return result


def _status_and_sentence(error: Exception) -> tuple[int, str]:
    """Status and sentence of an error."""
    error = shortage_in(error) or error
    if isinstance(error, _RefusedError):
        return _REFUSED, str(error)
    if isinstance(error, LikewiseError):
        return status_of(error), str(error)
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    if isinstance(error, OSError):
        return status_of(StorageError()), f"{error.filename or 'the disk'}: {error.strerror}"
    _LOG.error("a tool failed", exc_info=error)
    return _UNEXPECTED, "likewise failed at this; what happened is in the log of the MCP server"


def _checked(tool: Tool, arguments: Mapping[str, Any]) -> Arguments:
    """The arguments as their model.

    Raises:
        BadInputError: one is missing, unknown, or not of its kind.
    """
    try:
        return tool.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the arguments"
        expected = ", ".join(tool.arguments.model_fields) or "none"
        raise BadInputError(
            f"{field}: {first['msg']}; {tool.name} takes these arguments: {expected}"
        ) from error


def _note(
    state: AppState,
    who: str,
    role: str,
    client: str,
    tool: Tool,
    arguments: Mapping[str, Any],
    status: int,
) -> None:
    """Write a call into the audit log of its workspace; never what was searched for or answered.

    Raises:
        StorageError: the log cannot be written; an agent is not to go on without one.
    """
    target = {
        name: value if isinstance(value, str) else json_text(value)
        for name, value in arguments.items()
        if name in _LOGGED and value is not None
    }
    try:
        state.workspace.audit_log.add(
            Entry(now(), who, role, client, _METHOD, tool.name, target, status)
        )
    except OSError as error:
        raise StorageError(
            f"the audit log of {state.workspace.path} cannot be written ({error.strerror}), so "
            "agents may not go on; free some space on its disk"
        ) from error
