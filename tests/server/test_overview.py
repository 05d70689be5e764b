"""All concepts at a glance, and copies of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from likewise.server.app import make_app
from likewise.server.app_state import AppState


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    app_state = AppState(home / "shapes.likewise", [home], who="ann")
    with TestClient(make_app(app_state)) as client:
        for name in ("disc", "square"):
            body = {"name": name, "examples": [f"{name}/00.png"]}
            assert client.post("/api/concepts", json=body).status_code == 201
        yield client


def answer(client: TestClient, concept: str, verdicts: dict[str, str]) -> None:
    events = [
        {"id": f"{concept} {item}", "item": item, "verdict": verdict}
        for item, verdict in verdicts.items()
    ]
    response = client.post(f"/api/concepts/{concept}/labels", json={"events": events})
    assert response.status_code == 200, response.text


def overview(client: TestClient) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in client.get("/api/overview").json()}


def test_counts_and_images_of_both_sides(client: TestClient) -> None:
    answer(
        client, "disc", {"disc/01.png": "yes", "square/02.png": "no", "stripes/03.png": "unsure"}
    )
    found = overview(client)
    assert list(found) == ["disc", "square"]  # the one that was answered last is first
    disc = found["disc"]
    assert disc["counts"] == {
        "yes": 1, "no": 1, "unsure": 1, "accepted": 0, "examples": 1, "counter_examples": 0,
    }  # fmt: skip
    assert (disc["yes"], disc["no"]) == (["disc/00.png", "disc/01.png"], ["square/02.png"])
    assert (found["square"]["yes"], found["square"]["answered_at"]) == (["square/00.png"], "")


def test_a_copy_has_basket_and_answers_and_goes_its_own_way(client: TestClient) -> None:
    answer(client, "disc", {"disc/01.png": "yes", "square/02.png": "no"})
    made = client.post("/api/concepts/disc/duplicate", json={"to": "ring"})
    assert (made.status_code, made.json()["answers"]) == (201, 2)
    answer(client, "ring", {"disc/01.png": "no"})
    answer(client, "disc", {"disc/03.png": "yes"})
    labels = {
        name: dict(client.get(f"/api/concepts/{name}/labels").json()["labels"])
        for name in ("disc", "ring")
    }
    assert labels["ring"] == {"disc/00.png": "yes", "disc/01.png": "no", "square/02.png": "no"}
    assert labels["disc"]["disc/01.png"] == "yes"
    again = client.post("/api/concepts/disc/duplicate", json={"to": "ring"})
    assert (again.status_code, "exists already" in again.text) == (400, True)
    assert client.post("/api/concepts/none/duplicate", json={"to": "x"}).status_code == 404
    assert client.post("/api/concepts/disc/duplicate", json={"to": "/"}).status_code == 400


def test_what_is_hidden_is_at_the_end_and_comes_back(client: TestClient) -> None:
    answer(client, "disc", {"disc/01.png": "yes"})
    client.request("DELETE", "/api/concepts/disc")
    found = overview(client)
    assert [(name, one["hidden"]) for name, one in found.items()] == [
        ("square", False), ("disc", True),
    ]  # fmt: skip
    assert found["disc"]["counts"]["yes"] == 1
    client.post("/api/concepts/disc/restore")
    assert not overview(client)["disc"]["hidden"]
