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

from likewise.concept import Concept
from likewise.labelling import change_basket
from likewise.server.app import make_app
from likewise.server.desk import Desk
from likewise.server.roles import LISTED, ROLES, may, role_for
from likewise.workspace import Workspace

READS = {("POST", "/api/search"), ("POST", "/api/map/ids")}
BODIES: dict[str, Any] = {
    "/api/search": {"examples": ["disc/00.png"]},
    "/api/map/ids": {"generation": 1, "positions": [0]},
    "/api/concepts": {"name": "square", "examples": ["square/00.png"]},
    "/api/concepts/{name}": {"add": {"hints": ["wheel"]}},
    "/api/concepts/{name}/labels": {"events": [{"id": "e1", "item": "disc/01.png"}]},
    "/api/concepts/{name}/ranking": {"events": [{"id": "e1", "item": "disc/01.png"}]},
    "/api/concepts/{name}/range": {"threshold": 0.1},
    "/api/concepts/{name}/audit": {"looks": 3},
}


@pytest.fixture
def taught(home: Path) -> Path:
    """A workspace with the concept "disc"."""
    path = home / "shapes.likewise"
    with Workspace(path) as place:
        change_basket(place, Concept("disc", ("disc/00.png",)), new=True)
    return path


@pytest.fixture
def shown(taught: Path) -> Iterator[Desk]:
    desk = Desk(taught, [taught.parent], who="ann", read_only=True)
    yield desk
    desk.close()


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


def test_every_listed_route_exists(shown: Desk) -> None:
    assert set(LISTED) <= set(table(make_app(shown)))


def test_what_is_not_listed_needs_an_owner_unless_it_reads() -> None:
    assert role_for("POST", "/api/what/comes/next/year") == "owner"
    assert role_for("GET", "/api/what/comes/next/year") == "viewer"
    assert [may(role, "POST", "/api/export") for role in ROLES] == [False, False, True]
    assert [may(role, *("POST", "/api/concepts/{name}/undo")) for role in ROLES] == [
        False,
        True,
        True,
    ]


def test_a_read_only_server_changes_nothing_by_any_route(shown: Desk, taught: Path) -> None:
    before = decided(taught)
    with TestClient(make_app(shown)) as client:
        refused = 0
        for method, path in table(client.app):
            if path == "/api/events" or method in ("HEAD", "OPTIONS"):
                continue
            sent = {} if method in ("GET", "DELETE") else {"json": BODIES.get(path, {})}
            answer = client.request(method, filled(path), **sent)
            if method == "GET" or (method, path) in READS:
                assert answer.status_code in (200, 400, 404, 409, 422), (path, answer.text)
                continue
            refused += 1
            assert answer.status_code == 403, (method, path, answer.text)
            error = answer.json()["error"]
            assert error["kind"] == "Forbidden"
            assert "--read-only" in error["message"]
        assert refused >= 15
        assert client.get("/api/concepts/disc/ranking").status_code == 200
        assert shown.jobs.all() == []
        assert decided(taught) == before  # not even the rule that ranked is kept


def test_the_same_requests_change_something_where_that_is_allowed(taught: Path) -> None:
    before = decided(taught)
    desk = Desk(taught, [taught.parent], who="ann")
    with TestClient(make_app(desk)) as client:
        assert client.get("/api/concepts/disc/ranking").status_code == 200
        after = decided(taught)
        assert after["rules"] != before["rules"]
        answer = client.post(
            "/api/concepts/disc/labels", json=BODIES["/api/concepts/{name}/labels"]
        )
        assert answer.status_code == 200
        assert decided(taught)["labels"] != before["labels"]
