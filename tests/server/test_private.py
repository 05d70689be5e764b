"""What caches may keep, and what only owners are told: over every route that there is."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from route_table import filled, table
from starlette.testclient import TestClient
from waiting import wait_until

from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState
from likewise.server.events import as_event
from likewise.server.roles import Caller, for_caller

PORT = 8265
OWN = "the-token-of-who-started-it"


def client_of(app_state: AppState, token: str) -> TestClient:
    return TestClient(
        guarded(make_app(app_state), PORT, OWN),
        base_url=f"http://127.0.0.1:{PORT}",
        headers={"authorization": f"Bearer {token}"},
        raise_server_exceptions=False,
    )


def readable(app_state: AppState) -> list[str]:
    """The address of every route that reads, but the one that never ends."""
    routes = table(make_app(app_state))
    return [filled(path) for method, path in routes if method == "GET" and "events" not in path]


def test_no_shared_cache_keeps_what_people_have(app_state: AppState) -> None:
    client = client_of(app_state, OWN)
    version = app_state.workspace.collection.version
    for path in [*readable(app_state), f"/thumb/disc/00.png?v={version}"]:
        kept = client.get(path).headers["cache-control"]
        if path == "/" or path.startswith("/static"):
            assert kept in ("no-cache", "private, no-cache")
        else:
            assert {"private", "no-store"} & set(kept.replace(",", " ").split()), (path, kept)
            assert "public" not in kept


def _ended(app_state: AppState, number: int) -> bool:
    return app_state.jobs.get(number).state not in ("queued", "running")


@pytest.fixture
def exported(app_state: AppState) -> None:
    """A finished export, and a job that failed, both of which know paths."""
    client = client_of(app_state, OWN)
    for to in (app_state.roots[0] / "ds", app_state.roots[0] / "shapes"):
        sent = client.post("/api/export", json={"concept": "disc", "to": str(to), "format": "csv"})
        number = sent.json()["id"]
        wait_until(partial(_ended, app_state, number))
    assert [job.state for job in app_state.jobs.all()] == ["done", "failed"]


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
@pytest.mark.usefixtures("exported")
def test_only_owners_are_told_where_things_are(app_state: AppState, role: Any) -> None:
    _, token = app_state.workspace.users.add("ben", role)
    client = client_of(app_state, token)
    root = str(app_state.roots[0])
    for path in readable(app_state):
        assert root not in client.get(path).text, path
    state = client.get("/api/state").json()
    assert (state["home"], state["roots"]) == ("", [])
    assert state["workspace"]["name"] == "shapes"
    jobs = client.get("/api/jobs").json()
    assert jobs[0]["result"]["target"].endswith("/ds")
    owner = client_of(app_state, OWN)
    assert owner.get("/api/state").json()["roots"] == [root]
    assert owner.get("/api/jobs").json()[0]["result"]["target"] == f"{root}/ds"


@pytest.mark.usefixtures("exported")
def test_news_of_jobs_names_no_folder(app_state: AppState) -> None:
    facts = app_state.jobs.all()[1].to_json()
    assert str(app_state.roots[0]) in as_event(("job", facts))
    told = as_event(("job", for_caller(facts, app_state, Caller("vera", "viewer"))))
    assert str(app_state.roots[0]) not in told
    assert json.loads(told.partition("data: ")[2])["state"] == "failed"
