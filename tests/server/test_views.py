"""Saved views over HTTP: everyone's own, and who may change them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from likewise.search.facets.view import View
from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState

PORT = 8265
OWN = "the-token-of-who-started-it"
DISCS = {"name": "discs", "chosen": {"folder": {"values": ["disc"]}}, "order": "unsure"}


@pytest.fixture
def guard(app_state: AppState) -> Any:
    return guarded(make_app(app_state), PORT, OWN)


def client_of(guard: Any, token: str) -> TestClient:
    base = f"http://127.0.0.1:{PORT}"
    return TestClient(guard, base_url=base, headers={"authorization": f"Bearer {token}"})


def test_a_view_is_saved_listed_opened_renamed_and_removed(guard: Any) -> None:
    ann = client_of(guard, OWN)
    saved = ann.post("/api/views", json={**DISCS, "concept": "disc", "words": ["a ring"]})
    assert (saved.json()["images"], saved.json()["who"]) == (8, "ann")
    assert ann.post("/api/views", json=DISCS).status_code == 400
    assert ann.post("/api/views", json={**DISCS, "replace": True}).json()["concept"] == ""
    (listed,) = ann.get("/api/views").json()
    assert (listed["name"], listed["own"], listed["chosen"]) == ("discs", True, DISCS["chosen"])
    found = ann.get("/api/views/discs").json()
    assert (found["now"]["images"], found["now"]["chosen"]) == (8, "folder IN ('disc')")
    assert found["remarks"] == []
    assert ann.post("/api/views/discs/rename", json={"to": "round"}).json()["name"] == "round"
    assert ann.get("/api/views/discs").status_code == 404
    assert ann.delete("/api/views/round").json()["name"] == "round"
    assert ann.get("/api/views").json() == []
    refused = ann.post("/api/views", json={"name": "x", "chosen": {"folder": {"values": ["no"]}}})
    assert "no image has what is chosen" in refused.json()["error"]["message"]


def test_who_may_change_whose_view(app_state: AppState, guard: Any) -> None:
    app_state.workspace.views.save(View("old", where="width >= 1"), who="zoe")
    assert client_of(guard, OWN).get("/api/views").json()[0]["own"]  # there are no users
    tokens = {
        name: app_state.workspace.users.add(name, role)[1]  # type: ignore[arg-type]
        for name, role in (("ben", "reviewer"), ("cleo", "reviewer"), ("vera", "viewer"))
    }
    ben, cleo, vera = (client_of(guard, tokens[name]) for name in tokens)
    assert ben.post("/api/views", json=DISCS).json()["who"] == "ben"
    assert vera.post("/api/views", json=DISCS).status_code == 403
    assert {one["name"]: one["own"] for one in cleo.get("/api/views").json()} == {
        "discs": False, "old": False,
    }  # fmt: skip
    assert vera.get("/api/views/discs").json()["who"] == "ben"
    for asks in (cleo, vera):
        assert asks.delete("/api/views/discs").status_code == 403
        assert asks.post("/api/views/discs/rename", json={"to": "x"}).status_code == 403
    assert cleo.post("/api/views", json=DISCS).json()["who"] == "cleo"
    assert cleo.delete("/api/views/discs", params={"who": "ben"}).status_code == 403
    assert cleo.delete("/api/views/discs").status_code == 200
    assert client_of(guard, OWN).delete("/api/views/discs").status_code == 200  # an owner
    assert [view.who for view in app_state.workspace.views.all()] == ["zoe"]
