"""Every error is answered in one shape."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI, HTTPException

from likewise import errors
from likewise.errors import LikewiseError, MissingExtraError
from likewise.server.errors import answer_errors, status_of

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, LikewiseError) and kind is not LikewiseError
]


def made(kind: type[LikewiseError]) -> LikewiseError:
    return MissingExtraError("a map", "umap") if kind is MissingExtraError else kind("a sentence")


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    answer_errors(app)

    @app.get("/items/{number}")
    async def item(number: int) -> int:
        return number

    @app.get("/busy")
    async def busy() -> None:
        raise HTTPException(503, "later", headers={"Retry-After": "3"})

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("/secret/path")

    @app.get("/kinds/{name}")
    async def of_kind(name: str) -> None:
        raise made(getattr(errors, name))

    return app


async def ask(app: FastAPI, path: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path)


def asked(app: FastAPI, path: str, method: str = "GET") -> httpx.Response:
    with ThreadPoolExecutor(1) as thread:  # a browser's loop may run in this one
        return thread.submit(asyncio.run, ask(app, path, method)).result()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_has_a_status_of_its_own(kind: type[LikewiseError]) -> None:
    others = {status_of(made(other)) for other in KINDS if other is not kind}
    assert status_of(made(kind)) not in others


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_is_said_with_its_sentence(app: FastAPI, kind: type[LikewiseError]) -> None:
    response = asked(app, f"/kinds/{kind.__name__}")
    assert response.status_code == status_of(made(kind))
    assert response.json() == {
        "error": {
            "kind": kind.__name__.removesuffix("Error"),
            "message": str(made(kind)),
            "status": response.status_code,
        }
    }


@pytest.mark.parametrize(
    ("path", "method", "status", "kind"),
    [
        ("/nothing", "GET", 404, "NotFound"),
        ("/items/1", "PATCH", 405, "MethodNotAllowed"),
        ("/items/one", "GET", 422, "BadInput"),
        ("/busy", "GET", 503, "ServiceUnavailable"),
        ("/fault", "GET", 500, "Unexpected"),
    ],
)
def test_so_are_those_of_the_framework(
    app: FastAPI, path: str, method: str, status: int, kind: str
) -> None:
    response = asked(app, path, method)
    error = response.json()["error"]
    assert (response.status_code, error["status"], error["kind"]) == (status, status, kind)
    assert error["message"]
    assert "secret" not in response.text


def test_headers_of_an_error_are_kept(app: FastAPI) -> None:
    assert asked(app, "/busy").headers["retry-after"] == "3"


def test_a_field_that_is_wrong_is_named(app: FastAPI) -> None:
    assert "path.number" in asked(app, "/items/one").json()["error"]["message"]
