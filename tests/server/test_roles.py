"""Who may do what, over the table of all routes that there are."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from route_table import filled, table
from starlette.testclient import TestClient

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState
from likewise.server.roles import DECIDED, role_for
from likewise.workspace import Workspace
from likewise.workspace.users import ROLES, Role, Users

PORT = 8265
FILES = {("GET", "/static/{path}"), ("GET", "/openapi.json")}  # of the package; nobody's secret

BODIES: dict[str, Any] = {
    "/api/search": {"examples": ["disc/00.png"]},
    "/api/map/ids": {"generation": 1, "positions": [0]},
    "/api/concepts": {"name": "square", "examples": ["square/00.png"]},
    "/api/concepts/{name}": {"add": {"hints": ["wheel"]}},
    "/api/concepts/{name}/labels": {"events": [{"id": "e1", "item": "disc/01.png"}]},
    "/api/concepts/{name}/ranking": {"events": [{"id": "e1", "item": "disc/01.png"}]},
    "/api/concepts/{name}/range": {"threshold": 0.1},
    "/api/concepts/{name}/audit": {"looks": 3},
    "/api/concepts/{name}/rename": {"to": "disc"},
    "/api/views": {"name": "disc", "concept": "disc"},
    "/api/views/{name}/rename": {"to": "discs"},
    "/api/label-sets": {"name": "two", "classes": ["disc", "square"]},
    "/api/label-sets/{name}": {"add": ["square"]},
    "/api/label-sets/{name}/labels": {"classes": {"disc/01.png": "disc"}},
    "/api/label-sets/{name}/export": {"to": "~/dataset"},
}


@pytest.fixture
def taught(home: Path) -> Path:
    """A workspace with the concept "disc"."""
    path = home / "shapes.likewise"
    with Workspace(path) as place:
        change_basket(place, Concept("disc", ("disc/00.png",)), new=True)
    return path


@pytest.fixture
def shown(taught: Path) -> Iterator[AppState]:
    app_state = AppState(taught, [taught.parent], who="ann", read_only=True)
    yield app_state
    app_state.close()


@pytest.fixture
def app_state(taught: Path) -> Iterator[AppState]:
    app_state = AppState(taught, [taught.parent], who="ann")
    yield app_state
    app_state.close()


def decided(path: Path) -> dict[str, str]:
    """Digests of every table of the database, and of every rule and example that is kept."""
    connection = sqlite3.connect(path / "workspace.sqlite")
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema")]
    found = {}
    for name in names:
        if not name.startswith(("sqlite_", "labels_", "concepts_", "machine_labels_")):
            rows = connection.execute(f"SELECT * FROM {name}").fetchall()
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    connection.close()
    kept = (one for folder in ("rules", "exemplars") for one in (path / folder).rglob("*"))
    return found | {str(one): hashlib.sha256(one.read_bytes()).hexdigest() for one in kept}


def sent(client: TestClient, method: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and error of a request by a route's method and path."""
    body = {} if method in ("GET", "DELETE") else {"json": BODIES.get(path, {})}
    answer = client.request(method, filled(path), **body)
    return answer.status_code, {} if answer.is_success else answer.json()["error"]


def asked(app_state: AppState) -> list[tuple[str, str]]:
    """Method and path of every route that ends."""
    routes = [pair for pair in table(make_app(app_state)) if pair[0] not in ("HEAD", "OPTIONS")]
    return [pair for pair in routes if pair != ("GET", "/api/events")]


def as_user(app_state: AppState, token: str) -> TestClient:
    """A client that has a user's token, behind the guard."""
    app = guarded(make_app(app_state), PORT, "the-token-of-who-started-it")
    headers = {"authorization": f"Bearer {token}"}
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers=headers)


def test_every_route_has_a_role_and_every_role_a_route(app_state: AppState) -> None:
    there = {pair for pair in table(make_app(app_state)) if pair[0] not in ("HEAD", "OPTIONS")}
    assert there - FILES == set(DECIDED)


def test_what_is_not_decided_needs_an_owner() -> None:
    assert role_for("POST", "/api/what/comes/next/year") == "owner"
    assert role_for("GET", "/api/what/comes/next/year") == "owner"
    assert role_for("HEAD", "/api/concepts") == "viewer"


def test_a_read_only_server_changes_nothing_by_any_route(shown: AppState, taught: Path) -> None:
    before = decided(taught)
    with TestClient(make_app(shown)) as client:
        refused = 0
        for method, path in asked(shown):
            status, error = sent(client, method, path)
            if (method, path) in FILES or role_for(method, path) == "viewer":
                assert status in (200, 400, 404, 409, 422), (path, error)
                continue
            refused += 1
            assert status == 403, (method, path, error)
            assert error["kind"] == "Forbidden"
            assert "--read-only" in error["message"]
        assert refused >= 15
        assert client.get("/api/concepts/disc/ranking").status_code == 200
        assert shown.jobs.all() == []
        assert decided(taught) == before  # not even the rule that ranked is kept


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says_on_every_route(role: Role, app_state: AppState) -> None:
    _, token = app_state.workspace.users.add("ben", role)
    before = decided(app_state.workspace.path)
    with as_user(app_state, token) as client:
        for method, path in asked(app_state):
            if path == "/api/images" and method == "POST":
                continue  # takes long where it is allowed
            status, error = sent(client, method, path)
            wanted = "viewer" if (method, path) in FILES else role_for(method, path)
            if ROLES.index(role) >= ROLES.index(wanted):
                assert status in (200, 201, 400, 404, 409, 422), (method, path, error)
                continue
            assert status == 403, (method, path, error)
            assert error["message"].startswith(f"ben has the role {role}, and this needs {wanted}")
        if role == "viewer":
            assert client.get("/api/concepts/disc/ranking").status_code == 200
            assert (
                decided(app_state.workspace.path) == before
            )  # not even the rule that ranked is kept


def test_the_same_requests_change_something_where_that_is_allowed(taught: Path) -> None:
    before = decided(taught)
    app_state = AppState(taught, [taught.parent], who="ann")
    with TestClient(make_app(app_state)) as client:
        assert client.get("/api/concepts/disc/ranking").status_code == 200
        after = decided(taught)
        assert after["rules"] != before["rules"]
        answer = client.post(
            "/api/concepts/disc/labels", json=BODIES["/api/concepts/{name}/labels"]
        )
        assert answer.status_code == 200
        assert decided(taught)["labels"] != before["labels"]


def test_a_read_only_server_makes_viewers_of_owners(shown: AppState) -> None:
    _, token = Users(shown.workspace.path).add("ben", "owner")
    with as_user(shown, token) as client:
        state = client.get("/api/state").json()
        assert (state["who"], state["role"], state["team"]) == ("ben", "viewer", True)
        assert client.delete("/api/concepts/disc").status_code == 403
