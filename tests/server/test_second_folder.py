"""A second folder is indexed from the page, after pictures of the first were looked at."""

from __future__ import annotations

from pathlib import Path

from shapes import draw_shapes
from starlette.testclient import TestClient
from waiting import wait_until

from likewise.server.app import make_app
from likewise.server.app_state import AppState


def test_its_pictures_are_shown_at_once(app_state: AppState, home: Path) -> None:
    client = TestClient(make_app(app_state))
    assert client.get("/api/images/disc/00.png/full").status_code == 200
    draw_shapes(home / "new", 2)
    number = client.post("/api/images", json={"folder": str(home / "new")}).json()["id"]
    wait_until(lambda: app_state.jobs.get(number).ended is not None)
    assert app_state.jobs.get(number).state == "done", app_state.jobs.get(number).error
    shown = client.get("/api/images/new:disc/00.png/full")
    assert shown.status_code == 200, shown.text
