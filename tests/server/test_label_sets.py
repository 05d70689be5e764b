"""Label sets over HTTP."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def test_a_set_is_made_and_widened(client: TestClient) -> None:
    made = client.post("/api/label-sets", json={"name": "folders", "column": "folder"})
    assert made.status_code == 200, made.text
    assert made.json()["classes"] == sorted(NAMES)
    labels = client.get("/api/label-sets/folders/labels").json()
    assert labels["disc/00.png"] == ["disc"]
    wider = client.patch(SET, json={"add": ["star"]}).json()
    assert (wider["classes"], wider["counts"]["star"]) == ([*NAMES, "star"], 0)
    assert "star" in [one["name"] for one in client.get("/api/concepts").json()]
    again = client.post("/api/label-sets", json={"name": "shapes", "classes": ["a", "b"]})
    assert (again.status_code, "exists" in again.text) == (400, True)


def test_a_class_is_refused_and_an_action_taken_back_by_its_name(client: TestClient) -> None:
    body = {"classes": {"disc/00.png": "disc"}, "not_classes": {"square/00.png": "disc"}}
    client.post(f"{SET}/labels", json={**body, "action": "one"})
    answer(client, {"stripes/00.png": "stripes"})
    assert client.get(f"{SET}/labels").json() == {
        "disc/00.png": ["disc"],
        "stripes/00.png": ["stripes"],
    }
    said = client.get("/api/concepts/disc/labels").json()["labels"]
    assert dict(said)["square/00.png"] == "no"
    undone = client.post(f"{SET}/undo", json={"action": "one"}).json()["undone"]
    assert {(one["id"], one["verdict"]) for one in undone} == {
        ("disc/00.png", "yes"),
        ("square/00.png", "no"),
    }
    assert list(client.get(f"{SET}/labels").json()) == ["stripes/00.png"]
    assert client.post(f"{SET}/undo", json={"action": "two"}).status_code == 404


def test_every_held_out_answer_is_in_one_cell(client: TestClient) -> None:
    said = {f"{name}/{n:02d}.png": name for name in NAMES for n in range(3)}
    answer(client, {**said, "disc/05.png": "stripes"})
    found = client.get(f"{SET}/confusion").json()
    assert found["classes"] == list(NAMES)
    items = [item for cell in found["cells"] for item in cell["images"]]
    assert sorted(items) == sorted([*said, "disc/05.png"])
    cells = {(one["given"], one["taken_for"]): one["images"] for one in found["cells"]}
    assert "disc/05.png" in cells["stripes", "disc"]


def test_the_rest_is_labelled_and_written_as_one_dataset(client: TestClient, home: Path) -> None:
    answer(client, {f"{name}/{n:02d}.png": name for name in NAMES for n in range(3)})
    learned = client.post(f"{SET}/rounds", json={"min_confidence": 0.3}).json()
    seen = client.post(f"{SET}/export/preview", json={}).json()
    assert sum(one["person"] for one in seen["counts"]) == 9
    assert sum(one["machine"] for one in seen["counts"]) == learned["accepted"] > 0
    assert (seen["round"], seen["images"]) == (learned["round"], 9 + learned["accepted"])
    parts = {"train": 0.7, "test": 0.3}
    body = {"to": str(home / "dataset"), "format": "csv", "parts": parts}
    job = client.post(f"{SET}/export", json=body).json()["id"]
    state = wait_for(client, job)
    assert state["error"] is None
    with (home / "dataset" / "shapes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == seen["images"]
    assert {row["split"] for row in rows} == set(parts)
    away = f"{SET}/rounds/{learned['round']}"
    assert client.delete(away).json() == {"undone": True}
    assert client.delete(away).json() == {"undone": False}
    assert client.post(f"{SET}/export/preview", json={}).json()["images"] == 9
    outside = client.post(f"{SET}/export", json={**body, "to": "/nowhere/at/all"})
    assert outside.status_code == 400


def wait_for(client: TestClient, job: int) -> dict[str, Any]:
    """How a job ended."""
    while True:
        state: dict[str, Any] = client.get(f"/api/jobs/{job}").json()
        if state["state"] != "running":
            return state
        time.sleep(0.02)
