"""Label sets over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from likewise.label_sets.making import create_label_set
from likewise.server.app import make_app
from likewise.server.app_state import AppState

NAMES = ("disc", "square", "stripes")
SET = "/api/label-sets/shapes"


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    """The app without its guard, over a workspace with a set of three classes."""
    app_state = AppState(home / "shapes.likewise", [home], who="ann")
    create_label_set(app_state.workspace, "shapes", NAMES)
    with TestClient(make_app(app_state)) as client:
        yield client


def answer(client: TestClient, classes: dict[str, str]) -> dict[str, int]:
    response = client.post(f"{SET}/labels", json={"classes": classes})
    assert response.status_code == 200, response.text
    new: dict[str, int] = response.json()["new"]
    return new


def test_a_set_is_answered_looked_at_and_taken_back(client: TestClient) -> None:
    (listed,) = client.get("/api/label-sets").json()
    assert (listed["name"], listed["kind"], listed["answered"]) == ("shapes", "exclusive", 0)
    new = client.get(f"{SET}/next", params={"queue": "new", "k": 3}).json()
    assert {one["id"].split("/")[0] for one in new} == set(NAMES)
    early = client.get(f"{SET}/status")
    assert (early.status_code, "have an image" in early.text) == (400, True)
    two = {f"{name}/{n:02d}.png": name for name in NAMES for n in range(2)}
    assert answer(client, two) == {**dict.fromkeys(NAMES, 2), "none of these": 0}
    status = client.get(f"{SET}/status").json()
    assert [one["people"] for one in status["classes"]] == [2, 2, 2]
    page = client.get(f"{SET}/next", params={"queue": "class", "of": "disc", "k": 4}).json()
    assert [one["class"] for one in page] == ["disc"] * 4
    answer(client, {page[0]["id"]: "disc"})
    again = client.get(f"{SET}/status").json()
    assert again["classes"][0]["people"] == 3  # the model follows the answers
    undone = client.post(f"{SET}/undo").json()["undone"]
    assert undone == [{"id": page[0]["id"], "class": "disc", "verdict": "yes"}]
    assert client.get(SET).json()["counts"]["disc"] == 2


def test_contradictions_are_listed_and_mistakes_named(client: TestClient) -> None:
    answer(client, {"disc/00.png": "disc"})
    made = client.patch("/api/concepts/square", json={"add": {"examples": ["disc/00.png"]}})
    assert made.status_code == 200, made.text
    (found,) = client.get(SET).json()["contradictions"]
    assert found == {"id": "disc/00.png", "classes": {"disc": ["ann"], "square": []}}
    for body, code in (({"disc/00.png": "disk"}, 400), ({"nix.png": "disc"}, 404)):
        assert client.post(f"{SET}/labels", json={"classes": body}).status_code == code
    assert client.get("/api/label-sets/nothing").status_code == 404
    assert client.get(f"{SET}/next", params={"queue": "class"}).status_code == 400
