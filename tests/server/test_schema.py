"""The routes against their own description: whatever fits it is answered, and never by a 5xx."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.core import NotSet
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from likewise.server.app import make_app
from likewise.server.app_state import AppState

EXAMPLES = int(os.environ.get("LIKEWISE_SCHEMA_EXAMPLES", "4"))
"""Requests a route; more for a long search, which then is another one every time."""

ROUTES = os.environ.get("LIKEWISE_SCHEMA_ROUTES", "")
"""Only routes like this one: a pattern for "POST /api/search" and the like."""

PLAIN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 100,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_no_request_is_a_server_error(home: Path) -> None:
    app_state = AppState(home / "shapes.likewise", [home / "nowhere"], who="ann")
    app = make_app(app_state)
    with TestClient(app, raise_server_exceptions=False) as client:
        made = client.post("/api/concepts", json={"name": "disc", "examples": ["disc/00.png"]})
        assert made.status_code == 201
        schema = schemathesis.openapi.from_dict(app.openapi())
        asked: Counter[str] = Counter()
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            name = f"{operation.method.upper()} {operation.path}"
            if operation.path == "/api/events" or not re.search(ROUTES, name):
                continue  # the first never ends
            PLAIN(given(operation.as_strategy())(counted(client, asked, name)))()
            sys.stdout.write(f"{asked[name]:>6} requests, no 5xx: {name}\n")
        assert ROUTES or len(asked) > 35


def counted(client: TestClient, asked: Counter[str], name: str) -> Callable[[Case[Any]], None]:
    """Sends a request, and counts it."""

    def one(case: Case[Any]) -> None:
        asked[name] += 1
        check(client, case)

    return one


def check(client: TestClient, case: Case[Any]) -> None:
    """Send a request; half of them about what is there."""
    path = case.path_parameters or {}
    for name, real in {"name": "disc", "item": "disc/00.png", "concept": "disc"}.items():
        for place in (path, case.query or {}):
            if name in place and len(str(place[name])) % 2:
                place[name] = real
    if case.method == "POST" and path.get("kind") == "umap":
        path["kind"] = "pca"  # its compiler takes a minute, which the end of the server waits for
    filled = case.path
    for name, value in path.items():
        filled = filled.replace(f"{{{name}}}", quote(str(value), safe=""))
    body = case.body
    sent: dict[str, Any] = {}
    if isinstance(body, bytes):
        sent["content"] = body
    elif not isinstance(body, NotSet):
        sent["json"] = body
    answer = client.request(case.method, filled, params=case.query or None, **sent)
    assert answer.status_code < 500, (case.method, filled, case.query, body, answer.text)
    if answer.status_code >= 400 and case.method != "HEAD":
        assert set(answer.json()["error"]) == {"kind", "message", "status"}, answer.text
