"""Facets over HTTP: what is chosen there is what other routes find with its condition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from priced_shapes import index_priced
from starlette.testclient import TestClient
from waiting import wait_until

from likewise.indexing.index import index
from likewise.search.store.lance import Lance
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.payloads import decode_frame


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    state = AppState(index_priced(home), [home], who="ann")
    yield TestClient(make_app(state))
    state.close()


def asked(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/api/facets", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_choice_limits_lists_maps_and_exports(client: TestClient) -> None:
    answer = asked(client)
    assert (answer["images"], answer["of"], answer["condition"]) == (24, 24, "")
    names = [one["name"] for one in answer["facets"]]
    assert [name for name in names if name.startswith("metadata.")] == [
        "metadata.articleType", "metadata.price",
    ]  # fmt: skip
    chosen = {
        "metadata.articleType": {"values": ["Watches", "Shirts"]},
        "metadata.price": {"values": ["10"]},
    }
    answer = asked(client, chosen=chosen)
    expected = [f"shapes/{kind}/06.png" for kind in ("disc", "square")]
    assert answer["images"] == 2
    filtered = {"filter": answer["condition"]}
    for address in ("/api/images", "/api/concepts/disc/ranking"):
        head, _ = decode_frame(client.get(address, params=filtered).content)
        assert sorted(head["ids"]) == expected
    begun = client.post("/api/map/pca").json()
    wait_until(lambda: client.get(f"/api/jobs/{begun['id']}").json()["state"] == "done")
    query = {**filtered, "by": "metadata.articleType"}
    head, arrays = decode_frame(client.get("/api/map/pca/colour", params=query).content)
    assert head["legend"] == ["Flip Flops", "Shirts", "Watches"]
    assert np.bincount(arrays["classes"]).tolist() == [8, 8, 8]
    positions = np.flatnonzero(arrays["shown"]).tolist()
    body = {"generation": head["generation"], "positions": positions}
    assert sorted(client.post("/api/map/ids", json=body).json()["ids"]) == expected
    only = asked(client, where="price > 9.5", chosen={"metadata.price": {"values": ["11"]}})
    assert (only["images"], only["condition"]) == (3, "metadata.\"price\" IN ('11')")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"chosen": {"colour": {"values": ["red"]}}}, "nothing to choose by 'colour'"),
        ({"chosen": {"bytes": {"values": ["4"]}}}, "'bytes' is a range"),
        ({"where": "prise > 4"}, "prise"),
        ({"chosen": {"metadata.articleType": {"low": "soon"}}}, "'soon' is not a time"),
        ({"chosen": {"metadata.articleType": {"values": ["x" * 990] * 2}}}, "choose fewer"),
    ],
)
def test_what_cannot_be_chosen_is_refused(
    client: TestClient, body: dict[str, Any], said: str
) -> None:
    response = client.post("/api/facets", json=body)
    assert response.status_code in (400, 404)
    assert said in response.json()["error"]["message"]


def test_a_filter_by_facets_is_not_evaluated_as_sql(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {"metadata.articleType": {"values": ["Watches"]}}
    filtered = {"filter": asked(client, chosen=chosen)["condition"]}

    def evaluate(*_: object) -> None:
        raise AssertionError("what is chosen was evaluated once more")

    with monkeypatch.context() as patched:
        patched.setattr(Lance, "positions_where", evaluate)
        head, _ = decode_frame(client.get("/api/images", params=filtered).content)
    app_state: AppState = client.app.state.app_state  # type: ignore[attr-defined]
    collection = app_state.workspace.collection
    meeting = collection.store.positions_where(filtered["filter"])
    assert sorted(head["ids"]) == sorted(collection.at(meeting))
    assert len(meeting) == 8


def test_a_file_that_is_missing_is_not_counted(client: TestClient, home: Path) -> None:
    (home / "shapes" / "disc" / "03.png").unlink()
    index(home / "list.csv", home / "list.likewise")
    app_state: AppState = client.app.state.app_state  # type: ignore[attr-defined]
    app_state.workspace.collection.refresh()
    answer = asked(client)
    assert answer["images"] == 23
    (kind,) = (one for one in answer["facets"] if one["name"] == "metadata.articleType")
    kinds = {one["value"]: one["count"] for one in kind["values"]}
    assert kinds["Watches"] == 7
