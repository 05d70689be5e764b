"""Every route with a condition takes keys of the metadata, each compared by its type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from priced_shapes import CONDITION, MATCHING, index_priced
from starlette.testclient import TestClient
from waiting import wait_until

from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.payloads import decode_frame


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    state = AppState(index_priced(home), [home], who="ann")
    yield TestClient(make_app(state))
    state.close()


def ids(content: bytes) -> list[str]:
    return sorted(decode_frame(content)[0]["ids"])


def job(client: TestClient, begun: dict[str, Any]) -> dict[str, Any]:
    address = f"/api/jobs/{begun['id']}"
    wait_until(lambda: client.get(address).json()["state"] != "running")
    ended: dict[str, Any] = client.get(address).json()
    assert ended["state"] == "done", ended
    return ended


def test_images_a_search_and_a_ranking(client: TestClient) -> None:
    chosen = {"filter": CONDITION}
    assert ids(client.get("/api/images", params=chosen).content) == list(MATCHING)
    body = {"examples": ["shapes/disc/00.png"], "where": CONDITION}
    assert ids(client.post("/api/search", json=body).content) == list(MATCHING)
    address = "/api/concepts/disc/ranking"
    for order in ("alike", "unsure", "varied", "random"):
        ranked = client.get(address, params={**chosen, "order": order})
        assert ids(ranked.content) == list(MATCHING), order
    answer = {"events": [{"id": "1", "item": "shapes/disc/06.png", "verdict": "yes"}]}
    left = client.post(address, params=chosen, json=answer)
    assert ids(left.content) == ["shapes/disc/07.png"]


def test_a_curator(client: TestClient) -> None:
    body = {"where": CONDITION}
    found = job(client, client.post("/api/curate/exact_duplicates", json=body).json())["result"]
    assert sorted(keep["id"] for keep in found["keeps"]) == list(MATCHING)


def test_a_preview_and_an_export(client: TestClient, home: Path) -> None:
    yes = [f"shapes/disc/{n:02d}.png" for n in range(1, 8)]
    events = [{"id": item, "item": item, "verdict": "yes"} for item in yes]
    client.post("/api/concepts/disc/labels", json={"events": events}).raise_for_status()
    body = {"concept": "disc", "where": CONDITION}
    seen = client.post("/api/export/preview", json=body).json()
    assert sorted(row["id"] for row in seen["rows"]) == list(MATCHING)
    begun = client.post("/api/export", json={**body, "to": str(home / "out"), "format": "csv"})
    job(client, begun.json())
    text = "".join(path.read_text() for path in (home / "out").rglob("*.csv"))
    assert [name for name in MATCHING if name in text] == list(MATCHING)
    assert "disc/05.png" not in text


def test_a_key_that_there_is_not_is_named(client: TestClient) -> None:
    body = {"examples": ["shapes/disc/00.png"], "where": "articelType = 'Watches'"}
    refused = client.post("/api/search", json=body)
    assert refused.status_code == 400
    message = refused.json()["error"]["message"]
    assert "articelType" in message
    assert "articleType" in message
