from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.payloads import decode_frame


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    """The app without its guard, over a workspace of 24 pictures in which discs are taught."""
    app_state = AppState(home / "shapes.likewise", [home], who="ann")
    with TestClient(make_app(app_state)) as client:
        made = client.post("/api/concepts", json={"name": "disc", "examples": ["disc/00.png"]})
        assert made.status_code == 201
        yield client


def ranking(client: TestClient, **query: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    response = client.get("/api/concepts/disc/ranking", params=query)
    assert response.status_code == 200, response.text
    return decode_frame(response.content)


def say(client: TestClient, *events: dict[str, Any]) -> dict[str, Any]:
    response = client.post("/api/concepts/disc/labels", json={"events": list(events)})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def label(number: int, item: str, verdict: str, action: str = "") -> dict[str, Any]:
    return {"id": f"e{number}", "item": item, "verdict": verdict, "action": action}


def test_state_is_what_a_page_begins_with(client: TestClient) -> None:
    state = client.get("/api/state").json()
    assert state["workspace"]["items"] == 24
    assert state["concepts"] == [{"name": "disc", "answers": 0}]
    assert "mixed" in state["pickers"]


def test_a_ranking_is_unanswered_images_the_best_first(client: TestClient) -> None:
    head, arrays = ranking(client, k=7)
    assert all(item.startswith("disc/") for item in head["ids"])
    assert "disc/00.png" not in head["ids"]
    assert (arrays["scores"][:-1] >= arrays["scores"][1:]).all()
    assert arrays["colours"].shape == (7, 3)
    say(client, label(1, head["ids"][0], "yes"))
    after, _ = ranking(client, k=30)
    assert head["ids"][0] not in after["ids"]
    assert after["upto"] == 1
    for order in ("unsure", "varied", "random"):
        some, _ = ranking(client, order=order, k=30)
        assert sorted(some["ids"]) == sorted(after["ids"])
    only, _ = ranking(client, filter="folder = 'stripes'")
    assert len(only["ids"]) == 8


def test_answers_are_kept_once_and_undone_by_action(client: TestClient) -> None:
    page = [label(n, f"square/0{n}.png", "no", "page-1") for n in range(3)]
    say(client, *page, label(9, "disc/01.png", "yes"))
    assert say(client, *page)["upto"] == 4  # sent again
    undone = client.post("/api/concepts/disc/undo", json={}).json()
    assert undone["items"] == ["disc/01.png"]
    undone = client.post("/api/concepts/disc/undo", json={}).json()
    assert sorted(undone["items"]) == [f"square/0{n}.png" for n in range(3)]
    assert client.post("/api/concepts/disc/undo", json={}).json()["action"] is None
    known = dict(client.get("/api/concepts/disc/labels").json()["labels"])
    assert known == {"disc/00.png": "yes"}


def test_answers_come_back_with_the_ranking_that_knows_them(client: TestClient) -> None:
    before, _ = ranking(client, k=6)
    first, second = before["ids"][:2]
    events = [label(1, first, "yes", "page"), label(2, second, "no", "page")]
    sent = {"events": events, "client": "me"}
    for _ in range(2):  # the second time changes nothing
        response = client.post("/api/concepts/disc/ranking", json=sent, params={"k": 6})
        assert response.status_code == 200, response.text
        head, arrays = decode_frame(response.content)
        assert (head["kept"], head["upto"]) == (2, 2)
        assert not {first, second} & set(head["ids"])
        assert len(arrays["scores"]) == len(head["ids"]) == 6
    plain, _ = ranking(client, k=6)
    assert plain["ids"] == head["ids"]


def test_answers_are_kept_where_there_is_no_ranking(client: TestClient) -> None:
    first = ranking(client, k=1)[0]["ids"][0]
    sent = {"events": [label(1, first, "yes")]}
    query = {"filter": "no such column = 1"}
    response = client.post("/api/concepts/disc/ranking", json=sent, params=query)
    assert response.status_code == 200
    head, arrays = decode_frame(response.content)
    assert head["error"]["status"] == 400
    assert (head["kept"], arrays) == (1, {})
    assert dict(client.get("/api/concepts/disc/labels").json()["labels"])[first] == "yes"


def test_an_undo_in_the_queue_keeps_its_place(client: TestClient) -> None:
    say(
        client,
        label(1, "disc/01.png", "no", "a1"),
        {"id": "u1", "kind": "undo", "action": "a1"},
        label(2, "disc/01.png", "yes", "a2"),
    )
    assert dict(client.get("/api/concepts/disc/labels").json()["labels"])["disc/01.png"] == "yes"


def test_the_rule_says_what_it_is(client: TestClient) -> None:
    rule = client.get("/api/concepts/disc/rule").json()
    assert rule["learner"] == "best"
    assert sum(rule["histogram"]["counts"]) == 23
    (part,) = rule["parts"]
    assert (part["part"], part["role"]) == ("disc/00.png", "example")
    assert part["agreement"] > 0.5


def test_a_basket_changes_in_revisions(client: TestClient) -> None:
    changed = client.patch(
        "/api/concepts/disc",
        json={"add": {"counter_examples": ["square/00.png"]}, "weights": {"disc/00.png": 0.5}},
    ).json()
    assert changed["counter_examples"] == ["square/00.png"]
    assert changed["weights"] == {"disc/00.png": 0.5}
    changed = client.patch("/api/concepts/disc", json={"drop": ["square/00.png"]}).json()
    assert changed["counter_examples"] == []
    assert client.delete("/api/concepts/disc").json() == {"removed": "disc"}
    assert client.get("/api/concepts").json() == []


def test_a_concept_is_renamed_hidden_and_restored(client: TestClient) -> None:
    say(client, label(1, "disc/01.png", "yes", "a1"))
    renamed = client.post("/api/concepts/disc/rename", json={"to": "round"})
    assert (renamed.json()["name"], renamed.json()["renamed"]) == ("round", "disc")
    assert [one["name"] for one in client.get("/api/concepts").json()] == ["round"]
    say(client, label(1, "disc/01.png", "yes", "a1"), label(2, "square/00.png", "no", "a2"))
    known = dict(client.get("/api/concepts/round/labels").json()["labels"])  # of the old address
    assert known == {"disc/00.png": "yes", "disc/01.png": "yes", "square/00.png": "no"}
    assert client.post("/api/concepts/round/restore", json={}).status_code == 400
    client.delete("/api/concepts/round")
    made = client.post("/api/concepts", json={"name": "round", "examples": ["disc/05.png"]})
    assert made.json()["removed_before"] == "round removed 1"
    assert dict(client.get("/api/concepts/round/labels").json()["labels"]) == {"disc/05.png": "yes"}
    (hidden,) = client.get("/api/concepts", params={"removed": True}).json()
    assert hidden == {"name": "round removed 1", "answers": 2}
    assert client.get("/api/state").json()["removed"] == ["round removed 1"]
    back = client.post("/api/concepts/round removed 1/restore", json={}).json()
    assert (back["examples"], back["answers"]) == (["disc/00.png"], 2)


def test_a_file_of_this_machine_is_no_example(client: TestClient, home: Path) -> None:
    """A path is as good as an id on the command line; over HTTP it would read any file."""
    path = str(home / "shapes" / "disc" / "00.png")
    for body in ({"examples": [path]}, {"examples": ["disc/00.png"], "counter_examples": [path]}):
        response = client.post("/api/concepts", json={"name": "thief", **body})
        assert response.status_code == 404
        assert client.post("/api/search", json=body).status_code == 404


def test_a_pasted_image_becomes_an_example(client: TestClient, home: Path, tmp_path: Path) -> None:
    raw = {"content-type": "application/octet-stream"}
    known = (home / "shapes" / "disc" / "03.png").read_bytes()
    answer = client.post("/api/exemplars", content=known, headers=raw).json()
    assert answer == {"id": "disc/03.png"}  # it is in the collection already
    other = (home / "shapes" / "disc" / "04.png").read_bytes() + b"\0"
    kept = client.post("/api/exemplars", content=other, headers=raw).json()["id"]
    assert kept.startswith("exemplar:")
    assert client.get(f"/thumb/{kept}").headers["content-type"] == "image/jpeg"
    found = client.post("/api/search", json={"examples": [kept], "k": 5})
    assert all(item.startswith("disc/") for item in decode_frame(found.content)[0]["ids"])
    bad = client.post("/api/exemplars", content=b"no image", headers=raw)
    assert bad.status_code == 400
    assert "likewise-" not in bad.json()["error"]["message"]  # no path of the server's


def test_pictures_and_their_facts(client: TestClient) -> None:
    version = client.get("/api/state").json()["workspace"]["generation"]
    small = client.get(f"/thumb/disc/00.png?v={version}")
    assert "immutable" in small.headers["cache-control"]
    full = client.get("/api/images/disc/00.png/full")
    assert full.headers["content-type"] == "image/jpeg"
    say(client, label(1, "disc/02.png", "yes"))
    facts = client.get("/api/images/disc/02.png").json()
    assert (facts["width"], facts["state"], facts["labels"]) == (160, "present", {"disc": "yes"})
    for path in ("/thumb/no.png", "/api/images/no.png", "/api/images/no.png/full"):
        assert client.get(path).status_code == 404


def test_a_range_is_looked_at_accepted_and_undone(client: TestClient) -> None:
    yes = [label(n, f"disc/0{n}.png", "yes") for n in range(1, 6)]
    say(client, *yes, *[label(10 + n, f"square/0{n}.png", "no") for n in range(6)])
    seen = client.get("/api/concepts/disc/range", params={"threshold": -1}).json()
    assert seen["count"] == 12
    assert len(seen["lowest"]) == 12
    lowest = ranking(client, k=30)[1]["scores"][1]
    accepted = client.post("/api/concepts/disc/range", json={"threshold": float(lowest)}).json()
    assert accepted["accepted"] == 2
    assert len(ranking(client, k=30)[0]["ids"]) == 10
    assert client.post("/api/concepts/disc/undo", json={}).json()["round"] == accepted["round"]
    assert len(ranking(client, k=30)[0]["ids"]) == 12


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("get", "/api/concepts/dics/ranking", None, 404, "did you mean 'disc'"),
        ("get", "/api/concepts/disc/ranking?k=0", None, 422, "k"),
        ("get", "/api/concepts/disc/ranking?filter=wdith>3", None, 400, "wdith"),
        ("get", "/api/concepts/disc/range?threshold=nan", None, 400, "nan"),
        ("post", "/api/concepts", {"name": "../x", "examples": ["disc/00.png"]}, 400, "cannot"),
        ("post", "/api/concepts", {"name": "empty"}, 400, "neither an example nor a hint"),
        ("post", "/api/concepts", {"name": "disc", "examples": ["disc/00.png"]}, 400, "exists"),
        ("post", "/api/search", {}, 400, "nothing to look for"),
        ("post", "/api/search", {"hints": ["qwertz"]}, 400, "qwertz"),
        ("post", "/api/images", {"folder": "/etc"}, 400, "not under a folder"),
        ("delete", "/api/jobs/99", None, 404, "no job 99"),
    ],
)
def test_mistakes_are_one_sentence(
    client: TestClient, method: str, path: str, body: Any, status: int, told: str
) -> None:
    response = client.request(method, path, json=body)
    assert response.status_code == status
    assert told in response.json()["error"]["message"]


def test_a_wrong_label_keeps_nothing(client: TestClient) -> None:
    events = [label(1, "disc/01.png", "yes", "a"), label(2, "gone.png", "yes", "a")]
    response = client.post("/api/concepts/disc/labels", json={"events": events})
    assert response.status_code == 404
    assert client.get("/api/concepts/disc/labels").json()["upto"] == 0


def test_a_folder_is_indexed_from_the_page(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    app_state = AppState(None, [home])
    with TestClient(make_app(app_state)) as client:
        assert client.get("/api/state").json()["workspace"] is None
        assert "choose a folder" in client.get("/api/concepts").json()["error"]["message"]
        folder = {"folder": str(home / "shapes"), "workspace": "fresh"}
        job = client.post("/api/images", json=folder).json()
        app_state.jobs._threads[job["id"]].join()
        done = client.get(f"/api/jobs/{job['id']}").json()
        assert (done["state"], done["result"]["added"]) == ("done", 24)
        assert client.get("/api/state").json()["workspace"]["items"] == 24


def test_words_are_completed_with_their_senses(client: TestClient) -> None:
    found = client.get("/api/words", params={"text": "handbag"}).json()
    assert not found["is_read"]
    assert {name["name"] for name in found["names"]} == {"purse", "wallet", "bag"}
    few = client.get("/api/words", params={"text": "bo", "k": 3}).json()
    assert len(few["names"]) == 3 < few["total"]
    assert client.get("/api/words", params={"text": "x" * 201}).status_code == 422


def test_a_search_says_the_sense_of_its_words(client: TestClient) -> None:
    response = client.post("/api/search", json={"hints": ["bow tie"], "k": 5})
    head, _ = decode_frame(response.content)
    assert head["remarks"][0] == "'bow tie' is read as bow tie: necktie"
    assert "none of the 5 best images looks like bow tie" in head["remarks"][1]


def test_words_and_examples_are_multiplied(client: TestClient) -> None:
    query = {"examples": ["disc/00.png"], "hints": ["ball"], "k": 5, "combine": "product"}
    head, arrays = decode_frame(client.post("/api/search", json=query).content)
    assert len(head["ids"]) == 5
    assert head["threshold"] is None
    assert 1 >= arrays["scores"][0] >= arrays["scores"][-1] >= 0
    wrongs: list[tuple[dict[str, Any], int]] = [
        ({"hints": []}, 400),
        ({"examples": []}, 400),
        ({"combine": "mean"}, 422),
        ({"examples": ["/etc/hostname"]}, 404),  # no path of the machine's is looked at
    ]
    for wrong, status in wrongs:
        assert client.post("/api/search", json={**query, **wrong}).status_code == status


def test_a_concept_remembers_that_both_must_fit(client: TestClient) -> None:
    def combined() -> dict[str, Any]:
        found: dict[str, Any] = client.get("/api/concepts/disc/rule").json()["combine"]
        return found

    assert combined() == {"asked": "sum", "used": True}
    client.patch("/api/concepts/disc", json={"add": {"hints": ["ball"]}, "combine": "product"})
    assert client.get("/api/concepts/disc").json()["combine"] == "product"
    assert combined() == {"asked": "product", "used": True}
    client.patch("/api/concepts/disc", json={"weights": {"ball": 0}})
    assert combined() == {"asked": "product", "used": False}  # there are no words to multiply
    client.patch("/api/concepts/disc", json={"combine": "sum"})
    assert "combine" not in client.get("/api/concepts/disc").json()
    made = {"name": "both", "examples": ["disc/00.png"], "hints": ["ball"], "combine": "product"}
    assert client.post("/api/concepts", json=made).json()["combine"] == "product"
