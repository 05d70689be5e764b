"""Links, magic ones too, lead nobody out of the folders that a server may use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from shapes import draw_shapes
from starlette.testclient import TestClient
from waiting import wait_until

from likewise.errors import BadInputError
from likewise.indexing.index import index
from likewise.server.app import make_app
from likewise.server.app_state import AppState


@pytest.fixture
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture outside of every root."""
    path = tmp_path_factory.mktemp("private") / "secret.png"
    Image.new("RGB", (64, 64), (200, 10, 10)).save(path)
    return path


def ended(app_state: AppState, number: int) -> dict[str, Any]:
    wait_until(lambda: app_state.jobs.get(number).ended is not None)
    return app_state.jobs.get(number).to_json()


def test_a_link_out_of_the_roots_is_not_indexed(
    app_state: AppState, home: Path, secret: Path
) -> None:
    new = draw_shapes(home / "new", 2)
    (new / "link.png").symlink_to(secret)
    (new / "folder").symlink_to(secret.parent)
    (new / "inside.png").symlink_to(home / "shapes" / "disc" / "00.png")
    client = TestClient(make_app(app_state))
    number = client.post("/api/images", json={"folder": str(new)}).json()["id"]
    job = ended(app_state, number)
    assert job["state"] == "done", job
    failed = {one["id"]: one["reason"] for one in job["result"]["failed"]}
    assert set(failed) == {"new:link.png", "new:folder/secret.png"}
    assert set(failed.values()) == {"it leads out of the folders that may be read"}
    assert client.get("/api/images/new:link.png/full").status_code == 404
    assert client.get("/api/images/new:inside.png/full").status_code == 200


def test_a_file_that_becomes_a_link_is_not_shown(
    app_state: AppState, home: Path, secret: Path
) -> None:
    client = TestClient(make_app(app_state))
    assert client.get("/api/images/disc/01.png/full").status_code == 200
    path = home / "shapes" / "disc" / "01.png"
    path.unlink()
    path.symlink_to(secret)
    shown = client.get("/api/images/disc/01.png/full")
    assert shown.status_code == 404
    assert "leads out of the folders" in shown.json()["error"]["message"]


def test_a_link_that_was_indexed_by_command_is_shown(home: Path, secret: Path) -> None:
    (home / "shapes" / "own.png").symlink_to(secret)
    index(home / "shapes", home / "shapes.likewise")
    app_state = AppState(home / "shapes.likewise", [home], who="ann")
    assert TestClient(make_app(app_state)).get("/api/images/own.png/full").status_code == 200
    app_state.close()


@pytest.mark.parametrize(
    "way", ["/proc/self/root", "/proc/thread-self/root", "/proc/self/cwd/..", "{root}/../"]
)
def test_no_way_leads_out_of_the_roots(app_state: AppState, secret: Path, way: str) -> None:
    root = app_state.roots[0]
    folder = way.format(root=root) + os.path.relpath(secret.parent, "/")
    outside = (folder, str(secret.parent), f"{way.format(root=root)}{secret.parent}")
    client = TestClient(make_app(app_state))
    for place in outside:
        body = {"concept": "disc", "to": f"{place}/ds", "format": "csv"}
        assert client.post("/api/export", json=body).status_code == 400
        assert client.post("/api/images", json={"folder": place}).status_code == 400
        assert client.get("/api/folders", params={"folder": place}).status_code == 400
    assert sorted(path.name for path in secret.parent.iterdir()) == ["secret.png"]


def test_a_magic_link_inside_a_root_is_followed_to_where_it_leads(app_state: AppState) -> None:
    root = app_state.roots[0].resolve()
    (root / "whole").symlink_to("/proc/self/root")
    assert app_state.allowed(f"{root}/whole{root}/ds") == root / "ds"
    with pytest.raises(BadInputError, match="is not under a folder"):
        app_state.allowed(f"{root}/whole/ds")


def test_a_target_that_becomes_a_link_is_not_written(
    app_state: AppState, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = app_state.roots[0]
    (root / "out").mkdir()
    start = app_state.jobs.start

    def swapped(*given: Any) -> Any:
        (root / "out").rmdir()
        (root / "out").symlink_to(secret.parent)
        return start(*given)

    monkeypatch.setattr(app_state.jobs, "start", swapped)
    body = {"concept": "disc", "to": str(root / "out" / "ds"), "format": "csv"}
    sent = TestClient(make_app(app_state)).post("/api/export", json=body)
    job = ended(app_state, sent.json()["id"])
    assert job["state"] == "failed"
    assert "is not under a folder" in job["error"]
    assert not (secret.parent / "ds").exists()


def test_a_name_that_is_too_long_is_refused(app_state: AppState, home: Path) -> None:
    client = TestClient(make_app(app_state))
    for name in ("x" * 3000, str(home / ("x" * 300))):
        assert client.post("/api/images", json={"folder": name}).status_code == 400
        body = {"concept": "disc", "to": name}
        assert client.post("/api/export", json=body).status_code == 400
