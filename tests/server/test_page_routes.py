"""The routes behind the pages: browsing, folders, estimates, maps, exports, curation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from waiting import wait_until

from likewise.registry import names
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.payloads import decode_frame


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    app_state = AppState(home / "shapes.likewise", [home], who="ann")
    with TestClient(make_app(app_state)) as client:
        made = client.post("/api/concepts", json={"name": "disc", "examples": ["disc/00.png"]})
        assert made.status_code == 201
        yield client


def teach(client: TestClient) -> None:
    said = [(f"disc/0{n}.png", "yes") for n in range(1, 7)]
    said += [(f"square/0{n}.png", "no") for n in range(6)]
    events = [{"id": item, "item": item, "verdict": verdict} for item, verdict in said]
    assert client.post("/api/concepts/disc/labels", json={"events": events}).status_code == 200


def done(client: TestClient, answer: Any) -> dict[str, Any]:
    """Wait for a job."""
    assert answer.status_code == 200, answer.text
    address = f"/api/jobs/{answer.json()['id']}"
    wait_until(lambda: client.get(address).json()["state"] != "running")
    job: dict[str, Any] = client.get(address).json()
    return job


def test_images_can_be_looked_at_before_anything_is_taught(client: TestClient) -> None:
    head, arrays = decode_frame(client.get("/api/images", params={"k": 7}).content)
    assert len(head["ids"]) == 7
    assert len(set(arrays["places"].tolist())) == 7
    only, _ = decode_frame(client.get("/api/images", params={"filter": "folder = 'disc'"}).content)
    assert sorted(only["ids"]) == [f"disc/0{n}.png" for n in range(8)]


def test_places_of_a_ranking_are_points_of_the_map(client: TestClient) -> None:
    done(client, client.post("/api/map/pca", json={}))
    frame = client.get("/api/concepts/disc/ranking", params={"k": 5}).content
    head, arrays = decode_frame(frame)
    body = {"generation": head["generation"], "positions": arrays["places"].tolist()}
    assert client.post("/api/map/ids", json=body).json()["ids"] == head["ids"]
    stale = {**body, "generation": head["generation"] - 1}
    assert client.post("/api/map/ids", json=stale).status_code == 409
    beyond = {**body, "positions": [24]}
    assert client.post("/api/map/ids", json=beyond).status_code == 400


def test_folders_are_those_under_the_roots(client: TestClient, home: Path) -> None:
    seen = client.get("/api/folders", params={"folder": str(home)}).json()
    assert (seen["folders"], seen["images"], seen["parent"]) == (["shapes"], 24, None)
    inside = client.get("/api/folders", params={"folder": str(home / "shapes")}).json()
    assert inside["folders"] == ["disc", "square", "stripes"]
    assert inside["parent"] == str(home)
    (home / "out").symlink_to("/etc")
    for folder in ("/etc", f"{home}/../..", f"{home}/out", "\0", "~nobody-of-that-name"):
        answer = client.get("/api/folders", params={"folder": folder})
        assert answer.status_code in (400, 404), folder
        assert "error" in answer.json()


def test_a_report_estimates_and_advises(client: TestClient) -> None:
    teach(client)
    report = client.get("/api/concepts/disc/report").json()
    assert report["positives"]["low"] <= 8 <= report["positives"]["high"]
    assert report["known"] == 7
    assert report["advice"]
    assert report["random"] == {"yes": 0, "of": 0, "low": 0.0, "high": 1.0}
    audit = client.post("/api/concepts/disc/audit", json={"looks": 5}).json()
    events = [
        {"id": f"a{item}", "item": item, "source": "audit",
         "verdict": "yes" if item.startswith("disc") else "no"}
        for item in audit["ids"]
    ]  # fmt: skip
    client.post("/api/concepts/disc/labels", json={"events": events})
    assert client.get("/api/concepts/disc/report").json()["looks"] == len(audit["ids"])


def test_answers_to_the_random_order_are_an_honest_share(client: TestClient) -> None:
    events = [
        {"id": f"r{n}", "item": f"{kind}/0{n}.png", "verdict": verdict, "source": "random"}
        for kind, verdict in [("disc", "yes"), ("square", "no")]
        for n in range(1, 4)
    ]
    events = [{**event, "id": f"{event['id']}{event['item']}"} for event in events]
    client.post("/api/concepts/disc/labels", json={"events": events})
    random = client.get("/api/concepts/disc/report").json()["random"]
    assert (random["yes"], random["of"]) == (3, 6)
    assert random["low"] < 0.5 < random["high"]


def test_a_map_is_a_frame_of_points_and_colours(client: TestClient) -> None:
    assert client.get("/api/map/pca").status_code == 404
    assert client.get("/api/map/other").status_code == 422
    job = done(client, client.post("/api/map/pca", json={}))
    assert job["state"] == "done"
    head, arrays = decode_frame(client.get("/api/map/pca").content)
    assert arrays["points"].dtype == np.uint16
    assert len(arrays["points"]) == 48
    teach(client)
    for by, scale in [("score", "ramp"), ("cluster", "categories"), ("folder", "categories")]:
        query = {"by": by, "concept": "disc"}
        colour, given = decode_frame(client.get("/api/map/pca/colour", params=query).content)
        assert (colour["scale"], len(given["classes"])) == (scale, 24)
        assert colour["generation"] == head["generation"]
        assert sorted(given["verdicts"].tolist()) == [-1] * 6 + [1] * 7
    wrong = client.get("/api/map/pca/colour", params={"by": "wdith"})
    assert "no column 'wdith'" in wrong.json()["error"]["message"]


def test_an_export_is_what_its_preview_said(client: TestClient, home: Path) -> None:
    teach(client)
    seen = client.post("/api/export/preview", json={"concept": "disc", "include_no": True}).json()
    assert seen["counts"]["disc (person)"] == 7
    assert seen["counts"]["not-disc (person)"] == 6
    assert len(seen["rows"]) == seen["images"]
    body = {"concept": "disc", "include_no": True, "to": str(home / "out"), "format": "jsonl"}
    job = done(client, client.post("/api/export", json=body))
    assert job["result"]["counts"] == seen["counts"]
    assert client.get(f"/api/export/{job['id']}").json() == job
    about = json.loads((home / "out" / "likewise.json").read_text())
    assert about["items"] == seen["images"]
    assert done(client, client.post("/api/export", json=body))["state"] == "done"  # the same again
    other = done(client, client.post("/api/export", json={**body, "format": "csv"}))
    assert (other["state"], "earlier export" in other["error"]) == ("failed", True)
    outside = client.post("/api/export", json={**body, "to": "/tmp/../etc/out"})
    assert outside.status_code == 400


@pytest.mark.parametrize("form", names("export"))
def test_every_format_is_offered_and_written(client: TestClient, home: Path, form: str) -> None:
    teach(client)
    options = {"near": False, "parts": {"train": 0.5, "test": 0.5}}
    done(client, client.post("/api/curate/split", json={"options": options, "tag": "parts"}))
    facts = client.get("/api/export").json()
    assert form in facts["formats"]
    assert len(facts["about"][form]) > 20
    assert facts["splits"] == ["parts"]
    body = {"concept": "disc", "to": str(home / "out"), "format": form, "split": "parts"}
    seen = client.post("/api/export/preview", json={"concept": "disc", "split": "parts"}).json()
    assert seen["left_out"] == {"gone": 0, "changed": 0, "unplaced": 0}
    job = done(client, client.post("/api/export", json=body))
    assert job["state"] == "done", job
    assert job["result"]["counts"] == seen["counts"]
    assert {count.partition("/")[0] for count in seen["counts"]} == {"train", "test"}


def test_curators_run_as_jobs_and_are_kept_by_name(client: TestClient, home: Path) -> None:
    job = done(client, client.post("/api/curate/diverse", json={"options": {"k": 4}, "tag": "few"}))
    assert (job["result"]["kept"], job["result"]["dropped"]) == (4, 20)
    assert len(job["result"]["keeps"]) == 4
    assert client.get("/api/curate").json()["few"]["curator"] == "diverse"
    job = done(client, client.post("/api/curate/outliers", json={"options": {"k": 3}}))
    assert job["state"] == "done", job
    for part, body, told in [
        ("no_such", {}, "no_such"),
        ("diverse", {"options": {"kk": 3}}, "kk"),
        ("diverse", {"labels": str(home / "secret.csv")}, "labels cannot be taken"),
    ]:
        refused = client.post(f"/api/curate/{part}", json=body)
        assert refused.status_code == 400
        assert told in refused.json()["error"]["message"]


def test_curators_say_their_options(client: TestClient) -> None:
    curators = {one["name"]: one for one in client.get("/api/curators").json()}
    assert set(curators) == set(names("curate"))
    options = {one["name"]: one for one in curators["near_duplicates"]["options"]}
    assert options["mirrored"]["kind"] == "flag"
    assert (options["threshold"]["kind"], options["threshold"]["default"]) == ("number", None)
    assert {one["kind"] for one in curators["balance"]["options"]} >= {"names", "numbers", "whole"}
    assert all(option["about"] for one in curators.values() for option in one["options"])


def test_a_keeper_is_an_image_that_there_is(client: TestClient) -> None:
    made = client.post("/api/keepers", json={"stay": ["disc/01.png", "disc/02.png"]})
    assert made.json()["stay"] == ["disc/01.png", "disc/02.png"]
    for body, status in [
        ({"stay": ["no.png"]}, 404),
        ({"stay": ["disc/01.png"], "release": ["disc/01.png"]}, 400),
    ]:
        assert client.post("/api/keepers", json=body).status_code == status
    assert client.post("/api/keepers", json={"release": ["disc/01.png"]}).json()["stay"] == [
        "disc/02.png"
    ]
    assert len(client.get("/api/keepers").json()["history"]) == 3


def test_a_kept_selection_is_looked_at_and_exported(client: TestClient, home: Path) -> None:
    done(client, client.post("/api/curate/diverse", json={"options": {"k": 6}, "tag": "few"}))
    kept = client.get("/api/curate/few").json()
    assert (kept["kept"], len(kept["ids"])) == (6, 6)
    assert client.get("/api/curate/many").status_code == 404
    assert client.get("/api/export").json()["selections"] == ["few"]
    seen = client.post("/api/export/preview", json={"selection": "few"}).json()
    assert seen["images"] == 6
    assert {row["id"] for row in seen["rows"]} == set(kept["ids"])
    discs = [item for item in kept["ids"] if item.startswith("disc/")]
    where = {"selection": "few", "where": "folder = 'disc'"}
    assert client.post("/api/export/preview", json=where).json()["counts"] == (
        {"disc (given)": len(discs)} if discs else {}
    )
    body = {"selection": "few", "to": str(home / "out"), "format": "jsonl"}
    assert done(client, client.post("/api/export", json=body))["result"]["images"] == 6
    for wrong in ({}, {"selection": "few", "concept": "disc"}):
        assert client.post("/api/export/preview", json=wrong).status_code == 422


def test_an_export_goes_by_the_threshold_that_a_person_set(client: TestClient, home: Path) -> None:
    teach(client)
    low = {"concept": "disc", "threshold": -1.0}
    rows = client.post("/api/export/preview", json=low).json()["rows"]
    by_score = sorted(row["score"] for row in rows if row["decided_by"] == "rule")
    threshold = (by_score[-4] + by_score[-3]) / 2
    body = {"concept": "disc", "threshold": threshold}
    seen = client.post("/api/export/preview", json=body).json()
    accepted = [row["score"] for row in seen["rows"] if row["decided_by"] == "rule"]
    assert sorted(accepted) == by_score[-3:]
    written = done(client, client.post("/api/export", json={**body, "to": str(home / "out")}))
    assert written["result"]["counts"] == seen["counts"]
    about = json.loads((home / "out" / "likewise.json").read_text())
    assert about["threshold"] == pytest.approx(threshold)
