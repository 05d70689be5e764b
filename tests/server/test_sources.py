"""What was indexed, and what of it cannot be used, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from likewise.indexing.index import index
from likewise.server.app import make_app
from likewise.server.app_state import AppState


@pytest.fixture
def client(home: Path) -> TestClient:
    (home / "shapes" / "bad.png").write_bytes(b"no picture")
    (home / "shapes" / "disc" / "03.png").unlink()
    index(home / "shapes", home / "shapes.likewise")
    return TestClient(make_app(AppState(home / "shapes.likewise", [home], who="ann")))


def test_folders_may_be_looked_at_again_where_the_page_may_read(
    client: TestClient, home: Path
) -> None:
    with client:
        (source,) = client.get("/api/sources").json()
        assert (source["root"], source["again"]) == (str(home / "shapes"), True)
        client.app.state.app_state.roots = (home / "elsewhere",)  # type: ignore[attr-defined]
        (source,) = client.get("/api/sources").json()
        assert not source["again"]
        assert "not under one that this page may read" in source["because"]


def test_what_cannot_be_used_has_its_reason(client: TestClient) -> None:
    with client:
        found = client.get("/api/unusable").json()
        assert found["counts"] == {"failed": 1, "missing": 1}
        failed, missing = found["images"]
        assert (failed["id"], missing["id"]) == ("bad.png", "disc/03.png")
        assert failed["reason"]
