"""How many pictures one person is answered, and what is said to who asks for more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState
from likewise.server.limits import Limits

PORT = 8265
OWN = "the-token-of-who-started-it"
SLOW = 0.001  # a second: none comes back while a test runs
THUMB, FULL = "/thumb/disc/00.png", "/api/images/disc/00.png/full"


@pytest.fixture
def app_state(home: Path) -> Iterator[AppState]:
    limits = Limits(SLOW, SLOW, at_once=5 / SLOW)
    app_state = AppState(home / "shapes.likewise", [home], who="ann", limits=limits)
    yield app_state
    app_state.close()


def client_of(guard: Any, token: str) -> TestClient:
    headers = {"authorization": f"Bearer {token}"}
    return TestClient(guard, base_url=f"http://127.0.0.1:{PORT}", headers=headers)


@pytest.mark.parametrize(("path", "kind"), [(THUMB, "thumbnails"), (FULL, "pictures")])
def test_who_asks_for_too_many_is_told_when_to_ask_again(
    path: str, kind: str, app_state: AppState
) -> None:
    guard = guarded(make_app(app_state), PORT, OWN)
    client = client_of(guard, OWN)
    statuses = [client.get(path).status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    refused = client.get(path)
    assert refused.json()["error"]["kind"] == "TooManyRequests"
    assert f"more than 0.001 {kind} a second" in refused.json()["error"]["message"]
    assert f"--most-{kind}" in refused.json()["error"]["message"]
    assert 990 <= int(refused.headers["retry-after"]) <= 1000
    assert refused.headers["cache-control"] == "no-store"
    other = FULL if path == THUMB else THUMB
    assert client.get(other).status_code == 200  # a bucket of its own
    assert client.get("/api/state").status_code == 200
    _, token = app_state.workspace.users.add("ben", "viewer")
    ben = client_of(guard, token)
    assert [ben.get(path).status_code for _ in range(6)] == [200] * 5 + [429]
    assert "ben asks for more" in ben.get(path).json()["error"]["message"]


def test_examples_from_outside_count_as_what_they_cost(app_state: AppState, home: Path) -> None:
    client = client_of(guarded(make_app(app_state), PORT, OWN), OWN)
    picture = (home / "shapes" / "disc" / "00.png").read_bytes() + b"\0"  # not what is indexed
    kind = {"content-type": "application/octet-stream"}
    item = client.post("/api/exemplars", content=picture, headers=kind).json()["id"]
    assert item.startswith("exemplar:")
    assert [client.get(FULL).status_code for _ in range(4)] == [200] * 4
    assert [client.get(f"/thumb/{item}").status_code for _ in range(2)] == [200, 429]
    assert client.get(THUMB).status_code == 200


def test_no_bound_and_the_usual_one(home: Path) -> None:
    for limits in (Limits(0, 0), None):
        app_state = AppState(home / "shapes.likewise", [home], who="ann", limits=limits)
        client = client_of(guarded(make_app(app_state), PORT, OWN), OWN)
        assert {client.get(THUMB).status_code for _ in range(300)} == {200}
        app_state.close()
