"""Text that UTF-8 cannot write is refused on every route that takes JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from route_table import filled, table
from starlette.testclient import TestClient

from likewise.server.app import make_app
from likewise.server.app_state import AppState

HALF = "\ud800"


def sent_to(path: str, text: str) -> object:
    """A body for a route, with the text wherever it takes some."""
    return {
        "name": text,
        "concept": text,
        "hints": [text],
        "examples": [text],
        "drop": [text],
        "add": {"hints": [text]},
        "folder": text,
        "where": text,
        "to": text,
        "options": {text: 1},
        "events": [{"id": text, "item": text, "verdict": "yes"}],
        "threshold": 0.5,
        "generation": 0,
        "positions": [],
        "looks": 5,
        "k": 5,
    }


@pytest.mark.parametrize("coding", ["escaped", "utf-8", "utf-16", "utf-32"])
def test_half_a_character_is_refused_on_every_route(app_state: AppState, coding: str) -> None:
    app = make_app(app_state)
    client = TestClient(app, raise_server_exceptions=False)
    tried = 0
    for method, path in table(app):
        if method not in ("POST", "PATCH", "PUT"):
            continue
        if path == "/api/exemplars":
            continue  # bytes of an image, which are no text
        text = json.dumps(sent_to(path, f"a{HALF}"), ensure_ascii=coding == "escaped")
        body = text.encode("utf-8" if coding == "escaped" else coding, "surrogatepass")
        answer = client.request(
            method, filled(path), content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400, (method, path, answer.text)
        assert "U+D800" in answer.json()["error"]["message"]
        tried += 1
    assert tried > 10
    assert app_state.jobs.all() == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(), max_size=8) | st.just("\ud83d\ude00\udc00"))
def test_no_text_is_a_server_error(app_state: AppState, text: str) -> None:
    client = TestClient(make_app(app_state), raise_server_exceptions=False)
    for path in ("/api/search", "/api/concepts/disc/labels"):
        body = json.dumps(sent_to(path, text))
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code < 500, answer.text


def test_a_pair_of_halves_is_one_character(app_state: AppState) -> None:
    client = TestClient(make_app(app_state))
    body = b'{"examples": ["disc/00.png"], "hints": [], "where": "folder != \'\\ud83d\\ude00\'"}'
    sent = client.post("/api/search", content=body, headers={"content-type": "application/json"})
    assert sent.status_code == 200, sent.text
