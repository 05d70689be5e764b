"""Several people at one server: whose decisions are whose, and who is let in."""

from __future__ import annotations

import asyncio
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from waiting import LIMIT, wait_until
from web_stage import serving

from likewise.server.app import guarded, make_app
from likewise.server.app_state import AppState
from likewise.server.events import Events
from likewise.server.roles import Caller
from likewise.server.routes.state import stream

PORT = 8265
OWN = "the-token-of-who-started-it"
BASE = f"http://127.0.0.1:{PORT}"
LABELS = "/api/concepts/disc/labels"


@pytest.fixture
def guard(app_state: AppState) -> Any:
    return guarded(make_app(app_state), PORT, OWN)


def client_of(guard: Any, token: str) -> TestClient:
    return TestClient(guard, base_url=BASE, headers={"authorization": f"Bearer {token}"})


def label(event: str, item: str, **more: Any) -> dict[str, Any]:
    return {"events": [{"id": event, "item": item, "verdict": "yes", **more}], **more}


def test_decisions_carry_the_name_of_whose_token_it_is(app_state: AppState, guard: Any) -> None:
    tokens = {name: app_state.workspace.users.add(name, "reviewer")[1] for name in ("ben", "cleo")}
    for number, (name, token) in enumerate(tokens.items()):
        asks = client_of(guard, token)
        assert asks.get("/api/state").json()["who"] == name
        sent = label(f"e{number}", f"disc/0{number + 1}.png", who="ann", user="ann", name="ann")
        assert asks.post(f"{LABELS}?who=ann", json=sent, headers={"x-user": "ann"}).is_success
        assert asks.post("/api/concepts/disc/audit", json={"looks": 3}).is_success
        basket = {"name": f"of {name}", "examples": ["square/00.png"], "who": "ann"}
        assert asks.post("/api/concepts", json=basket).is_success
    assert client_of(guard, OWN).post(LABELS, json=label("e9", "disc/07.png")).is_success
    place = app_state.workspace
    said = {one.event: one.who for one in place.labels.history("disc")}
    assert said == {"e0": "ben", "e1": "cleo", "e9": "ann"}
    rows = place.decisions.rows("SELECT name, who FROM concepts WHERE name LIKE 'of %'")
    assert dict(rows) == {"of ben": "ben", "of cleo": "cleo"}
    planned = place.decisions.rows("SELECT who FROM audits ORDER BY audit")
    assert planned == [("ben",), ("cleo",)]


def test_each_takes_back_their_own(app_state: AppState, guard: Any) -> None:
    users = app_state.workspace.users
    ben, cleo, dora = (
        client_of(guard, users.add(name, role)[1])  # type: ignore[arg-type]
        for name, role in (("ben", "reviewer"), ("cleo", "reviewer"), ("dora", "owner"))
    )
    assert ben.post(LABELS, json=label("b", "disc/01.png", action="of-ben")).is_success
    assert cleo.post(LABELS, json=label("c", "disc/02.png", action="of-cleo")).is_success
    back = {"events": [{"id": "u1", "kind": "undo", "action": "of-cleo"}]}
    refused = ben.post(LABELS, json=back)
    assert refused.status_code == 403
    assert "an answer of cleo's" in refused.json()["error"]["message"]
    assert "disc/02.png" in dict(ben.get(LABELS).json()["labels"])
    undone = ben.post("/api/concepts/disc/undo", json={}).json()
    assert (undone["action"], undone["items"]) == ("of-ben", ["disc/01.png"])
    assert (
        ben.post("/api/concepts/disc/undo", json={}).json()["items"] == []
    )  # none of its own is left
    assert dora.post(LABELS, json=back).is_success
    assert "disc/02.png" not in dict(dora.get(LABELS).json()["labels"])
    (taken,) = [
        one.undone for one in app_state.workspace.labels.history("disc") if one.event == "c"
    ]
    assert taken is not None
    assert taken.who == "dora"


def test_an_answer_of_one_is_not_sent_again_as_anothers(app_state: AppState, guard: Any) -> None:
    users = app_state.workspace.users
    ben, cleo = (client_of(guard, users.add(name, "reviewer")[1]) for name in ("ben", "cleo"))
    assert ben.post(LABELS, json=label("same", "disc/01.png")).is_success
    assert cleo.post(LABELS, json=label("same", "disc/01.png")).status_code == 400
    assert [one.who for one in app_state.workspace.labels.history("disc")] == ["ben"]


def test_a_user_is_let_in_by_address_and_out_again_at_once(app_state: AppState, guard: Any) -> None:
    _, token = app_state.workspace.users.add("ben", "viewer")
    browser = TestClient(guard, base_url=BASE)
    assert browser.get("/api/state").status_code == 401
    traded = browser.get(f"/?token={token}", follow_redirects=False)
    assert traded.status_code == 303
    assert traded.headers["location"] == "/"
    cookie = traded.headers["set-cookie"]
    assert cookie == f"likewise-{PORT}={token}; HttpOnly; SameSite=Strict; Path=/"
    assert browser.get("/api/state").json()["who"] == "ben"
    app_state.workspace.users.remove("ben")
    assert browser.get("/api/state").status_code == 401
    assert client_of(guard, token).get("/api/state").status_code == 401
    assert client_of(guard, OWN).get("/api/state").json()["who"] == "ann"


def test_a_damaged_list_of_users_lets_in_only_who_started_it(
    app_state: AppState, guard: Any
) -> None:
    _, token = app_state.workspace.users.add("ben", "owner")
    (app_state.workspace.path / "users.json").write_text("{")
    refused = client_of(guard, token).get("/api/state")
    assert refused.status_code == 401
    assert "users.json" not in refused.text
    assert client_of(guard, OWN).get("/api/concepts").status_code == 200
    told = client_of(guard, OWN).get("/api/state")
    assert told.status_code == 500
    assert "users.json is damaged" in told.json()["error"]["message"]


def test_the_events_of_who_is_taken_out_end(app_state: AppState) -> None:
    user, _ = app_state.workspace.users.add("ben", "viewer")
    got: list[str] = []

    async def listen() -> None:
        listener = app_state.events.listen("ben")
        async for text in stream(app_state, Caller("ben", "viewer", user), listener):
            got.append(text)

    listening = threading.Thread(target=lambda: asyncio.run(listen()))
    listening.start()
    wait_until(lambda: app_state.events.listeners > 0)
    app_state.events.publish("labels", {"concept": "first"})
    wait_until(lambda: bool(got))
    app_state.workspace.users.remove("ben")
    app_state.events.publish("labels", {"concept": "second"})
    listening.join(LIMIT)
    assert not listening.is_alive()
    assert len(got) == 1
    assert "first" in got[0]
    assert app_state.events.listeners == 0


def test_open_pages_need_no_threads_and_keep_nobody_waiting(app_state: AppState) -> None:
    with serving(make_app(app_state)) as address:
        port = int(address.rpartition(":")[2])
        with urllib.request.urlopen(f"{address}/api/state", timeout=LIMIT) as answer:
            assert answer.status == 200
        before = threading.active_count()
        pages = [HTTPConnection("127.0.0.1", port, timeout=LIMIT) for _ in range(60)]
        for page in pages:
            page.request("GET", "/api/events")
            assert page.getresponse().status == 200
        assert app_state.events.listeners == len(pages)
        assert threading.active_count() < before + len(pages)  # those of answers are reused
        with urllib.request.urlopen(f"{address}/api/state", timeout=LIMIT) as answer:
            assert answer.status == 200
        app_state.events.close()
        for page in pages:
            page.close()


def test_one_person_cannot_keep_the_news_from_others(app_state: AppState, guard: Any) -> None:
    async def pages() -> None:
        events = Events(most=5, per_listener=3)
        held = [events.listen("vera") for _ in range(3)]
        with pytest.raises(HTTPException, match="3 pages of vera are open already") as refused:
            events.listen("vera")
        assert refused.value.status_code == 429
        held += [events.listen("ben"), events.listen("cleo")]
        with pytest.raises(HTTPException, match="too many pages are open already"):
            events.listen("dora")
        del held[0]  # a stream that never began
        events.listen("dora")

    with ThreadPoolExecutor(1) as pool:  # Playwright leaves a loop running in the main thread
        pool.submit(asyncio.run, pages()).result()
