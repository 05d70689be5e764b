"""What leaves a line in the trail, over the table of all routes, and what never does."""

from __future__ import annotations

import json
import logging
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from ports import free_port
from route_table import filled, table
from serve_process import TOKEN, serve_process
from starlette.testclient import TestClient
from waiting import LIMIT

from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState
from likewise.server.audit_middleware import NAMED
from likewise.server.roles import role_for
from likewise.workspace.audit_log import AuditLog
from likewise.workspace.users import ROLES, Role

PORT = 8265
LEFT_OUT = {"/static/{path}", "/openapi.json"}  # the package's
LEFT_OUT |= {"/api/events", "/api/images", "/api/map/{kind}"}  # without an end, or long
OWN = "the-token-of-who-started-it"


def client_of(app_state: AppState, token: str) -> TestClient:
    headers = {"authorization": f"Bearer {token}"}
    app = guarded(make_app(app_state), PORT, OWN)
    return TestClient(app, base_url=f"http://127.0.0.1:{PORT}", headers=headers)


def lines(app_state: AppState) -> list[tuple[str, str, int]]:
    return [(one.who, one.request, one.status) for one in app_state.workspace.audit_log.entries()]


@pytest.mark.parametrize("role", ROLES)
def test_every_change_and_every_refusal_leaves_one_line(role: Role, app_state: AppState) -> None:
    _, token = app_state.workspace.users.add("ben", role)
    wanted = []
    client = client_of(app_state, token)
    for method, path in table(make_app(app_state)):
        if method in ("HEAD", "OPTIONS") or path in LEFT_OUT:
            continue
        sent: dict[str, Any] = {} if method in ("GET", "DELETE") else {"json": {}}
        status = client.request(method, filled(path), **sent).status_code
        needs = role_for(method, path)
        refused = ROLES.index(role) < ROLES.index(needs)
        assert (status == 403) == refused
        if refused or (method != "GET" and needs != "viewer"):
            wanted.append((method, path, status))
    found = [(one.method, one.route, one.status) for one in app_state.workspace.audit_log.entries()]
    assert found == wanted
    assert len(wanted) > 8
    assert {one.who for one in app_state.workspace.audit_log.entries()} == {"ben"}
    assert {one.role for one in app_state.workspace.audit_log.entries()} == {role}


def test_a_line_says_what_it_was_about_and_no_secret(app_state: AppState) -> None:
    _, token = app_state.workspace.users.add("ben", "owner")
    client = client_of(app_state, token)
    words = "wheel"
    wanted = {"name": "round", "examples": ["disc/01.png"], "hints": [words]}
    client.post("/api/search", json={"hints": [words]})
    assert client.post("/api/concepts", json=wanted).status_code == 201
    assert client.patch("/api/concepts/round", json={"add": {"hints": [words]}}).is_success
    events = [{"id": "e1", "item": "disc/02.png", "verdict": "no"}]
    sent = {"events": events, "client": words}
    assert client.post("/api/concepts/round/labels?filter=secret", json=sent).is_success
    export = {"concept": "round", "to": "/else/where", "where": words}
    assert client.post("/api/export", json=export).status_code == 400
    client.delete("/api/concepts/round", headers={"authorization": f"Bearer {OWN}"})
    assert lines(app_state) == [
        ("ben", "POST /api/concepts name=round", 201),
        ("ben", "PATCH /api/concepts/round", 200),
        ("ben", "POST /api/concepts/round/labels", 200),
        ("ben", "POST /api/export concept=round to=/else/where", 400),
        ("ann", "DELETE /api/concepts/round", 200),
    ]
    text = (app_state.workspace.path / "trail.jsonl").read_text()
    for secret in (token, OWN, words, "secret", "Bearer", "disc/02"):
        assert secret not in text
    assert all(route in [*table(make_app(app_state))] for route in NAMED)


def test_who_has_no_token_leaves_no_line(app_state: AppState) -> None:
    assert client_of(app_state, "a-token-of-nobody-at-all").delete("/api/concepts/disc").is_error
    assert lines(app_state) == []


def test_refusals_of_one_do_not_push_out_the_lines_of_all(app_state: AppState) -> None:
    users = app_state.workspace.users
    loud, calm = (client_of(app_state, users.add(name, "viewer")[1]) for name in ("loud", "calm"))
    app = loud.app
    calm.app = app  # one server
    for _ in range(300):
        assert loud.delete("/api/concepts/disc").status_code == 403
    assert calm.delete("/api/concepts/disc").status_code == 403
    who = [one.who for one in app_state.workspace.audit_log.entries()]
    assert 100 <= who.count("loud") < 200
    assert who.count("calm") == 1


def test_an_answer_counts_when_its_line_cannot_be_written(
    app_state: AppState, caplog: pytest.LogCaptureFixture
) -> None:
    (app_state.workspace.path / "trail.jsonl").mkdir()
    client = client_of(app_state, OWN)
    with caplog.at_level(logging.WARNING):
        for number in (1, 2):
            sent = {"events": [{"id": f"e{number}", "item": f"disc/0{number}.png"}]}
            assert client.post("/api/concepts/disc/labels", json=sent).status_code == 200
    told = [one.message for one in caplog.records if "the trail cannot be written" in one.message]
    assert len(told) == 1  # not once a key
    assert len(app_state.workspace.labels.history("disc")) == 2


def test_kill_loses_no_line_of_what_was_answered(many: Path) -> None:
    port, path = free_port(), many / "shapes.likewise"
    with serve_process(port, "-w", str(path), "--who", "ann") as process:
        for number in range(1, 30):
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/concepts/disc/labels",
                json.dumps({"events": [{"id": f"e{number}", "item": "disc/01.png"}]}).encode(),
                {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"},
            )
            with urllib.request.urlopen(request, timeout=LIMIT) as answer:
                assert answer.status == 200
        process.kill()
        process.wait()
    found = list(AuditLog(path).entries())
    assert [one.request for one in found] == ["POST /api/concepts/disc/labels"] * 29
    assert {(one.who, one.peer) for one in found} == {("ann", "127.0.0.1")}
