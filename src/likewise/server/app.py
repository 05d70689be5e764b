"""The web app: routes, static files, error answers, and the guard in front of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import Depends, FastAPI

from likewise import __version__
from likewise.server.app_state import AppState
from likewise.server.audit_middleware import AuditMiddleware
from likewise.server.bodies import require_text
from likewise.server.errors import answer_errors
from likewise.server.guard import Guard, hosts_of
from likewise.server.page_files import PageFiles, page
from likewise.server.roles import permit

ROUTES = (
    "state",
    "images",
    "sources",
    "search",
    "facets",
    "views",
    "colours",
    "concepts",
    "label_sets",
    "label_set_output",
    "review",
    "report",
    "maps",
    "export",
    "curate",
    "encoders",
)
"""The files of `likewise.server.routes`, in the order of the reference."""


def make_app(app_state: AppState) -> FastAPI:
    """The app without its guard: for the reference, and for tests of single routes."""

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        yield
        app_state.close()

    app = FastAPI(
        title="likewise",
        version=__version__,
        description="Teach an image collection a concept by example.",
        docs_url=None,  # Swagger's page loads its scripts from elsewhere
        redoc_url=None,
        lifespan=living,
        dependencies=[Depends(permit), Depends(require_text)],
    )
    app.state.app_state = app_state
    for name in ROUTES:
        app.include_router(import_module(f"likewise.server.routes.{name}").router)
    answer_errors(app)

    app.get("/", include_in_schema=False)(page)
    app.mount("/static", PageFiles(), name="static")
    return app


def guarded(app: FastAPI, port: int, token: str | None = None, hosts: Sequence[str] = ()) -> Guard:
    """The app behind its guard and with its trail, as it is served.

    Args:
        app: from `make_app`.
        port: what it will listen on.
        token: what requests must carry, or a user's; None lets every local program in.
        hosts: further names the server goes by.
    """
    app_state: AppState = app.state.app_state
    return Guard(
        AuditMiddleware(app, app_state), hosts_of(port, hosts), token, user_of=app_state.user_of
    )
