"""Errors over HTTP: one JSON shape for all of them.

``{"error": {"kind": "NotFound", "message": "...", "status": 404}}``: the kind for programs, the
sentence for people.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from likewise.errors import (
    BadInputError,
    BusyError,
    CorruptError,
    LikewiseError,
    MismatchError,
    MissingExtraError,
    NotFoundError,
    StorageError,
)
from likewise.server.roles import caller_in, for_caller

_STATUS: dict[type[LikewiseError], int] = {
    BadInputError: 400,
    NotFoundError: 404,
    MismatchError: 409,
    BusyError: 423,
    MissingExtraError: 424,
    CorruptError: 500,
    StorageError: 507,
}


def error_body(kind: str, message: str, status: int) -> dict[str, dict[str, str | int]]:
    """The one shape.

    Example:
        >>> error_body("NotFound", "there is no concept 'cat'", 404)
        {'error': {'kind': 'NotFound', 'message': "there is no concept 'cat'", 'status': 404}}
    """
    return {"error": {"kind": kind, "message": message, "status": status}}


def body_of(error: LikewiseError) -> dict[str, dict[str, str | int]]:
    """The one shape, of an error that was raised.

    Example:
        >>> body_of(NotFoundError("there is no concept 'cat'"))["error"]["kind"]
        'NotFound'
    """
    return error_body(type(error).__name__.removesuffix("Error"), str(error), status_of(error))


def status_of(error: LikewiseError) -> int:
    """The HTTP status that says what the error says.

    Example:
        >>> status_of(NotFoundError("there is no concept 'cat'"))
        404
    """
    kinds = (kind for kind in type(error).__mro__ if kind in _STATUS)
    return next((_STATUS[kind] for kind in kinds), 500)


def answer_errors(app: FastAPI) -> None:
    """Let every error of the app's routes be answered in the one shape."""
    app.add_exception_handler(LikewiseError, _likewise)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _response(request: Request, body: dict[str, Any], status: int) -> JSONResponse:
    app_state = getattr(request.app.state, "app_state", None)
    if app_state is not None:
        body = for_caller(body, app_state, caller_in(request.scope, app_state))
    return JSONResponse(body, status)


def _likewise(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LikewiseError)
    return _response(request, body_of(error), status_of(error))


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "the request"
    message = f"{field}: {first['msg']}; see /openapi.json for its form"
    return _response(request, error_body("BadInput", message, 422), 422)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    body = error_body(phrase.replace(" ", ""), str(error.detail), error.status_code)
    response = _response(request, body, error.status_code)
    response.headers.update(error.headers or {})
    return response


def _unexpected(request: Request, _error: Exception) -> JSONResponse:
    # The server logs it with its traceback; neither is for whoever asked.
    message = "likewise failed at this; what happened is in the terminal where it runs"
    return _response(request, error_body("Unexpected", message, 500), 500)
