"""Long tasks take turns, and nobody can pile them up."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.testclient import TestClient
from waiting import LIMIT, wait_until

from likewise.errors import BusyError
from likewise.maps.collection_map import compute_map
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.events import Events
from likewise.server.jobs import Jobs


def test_one_of_a_kind_runs_and_the_others_wait() -> None:
    jobs, go = Jobs(Events()), threading.Event()
    running: list[int] = []

    def work(_: Any) -> dict[str, Any]:
        running.append(1)
        most = len(running)
        go.wait(LIMIT)
        running.pop()
        return {"most": most}

    first = jobs.start("map", work)
    wait_until(lambda: not first.waiting)
    others = [jobs.start("map", work) for _ in range(3)]
    other_kind = jobs.start("export", lambda _: {})
    wait_until(lambda: other_kind.state == "done")  # another kind goes on
    assert all(job.waiting and job.state == "running" for job in others)
    jobs.cancel(others[0].id)
    wait_until(lambda: others[0].state == "cancelled")  # without its turn
    go.set()
    wait_until(lambda: all(job.ended for job in jobs.all()))
    assert [job.result["most"] for job in (first, *others[1:])] == [1, 1, 1]


def test_what_is_being_made_is_not_begun_again() -> None:
    jobs, go = Jobs(Events()), threading.Event()
    first = jobs.start("map", lambda _: {"waited": go.wait(LIMIT)}, "tsne 1")
    assert jobs.start("map", lambda _: {}, "tsne 1") is first
    assert jobs.start("map", lambda _: {}, "tsne 2") is not first
    go.set()
    wait_until(lambda: all(job.ended for job in jobs.all()))
    assert jobs.start("map", lambda _: {}, "tsne 1") is not first
    jobs.close()


def test_few_wait() -> None:
    jobs, go, threads = Jobs(Events()), threading.Event(), threading.active_count()
    begun = [jobs.start("curate", lambda _: {"waited": go.wait(LIMIT)}) for _ in range(8)]
    with pytest.raises(BusyError, match="8 tasks of the kind 'curate' run or wait already"):
        jobs.start("curate", lambda _: {})
    assert threading.active_count() <= threads + 8
    go.set()
    wait_until(lambda: all(job.state == "done" for job in begun))
    jobs.start("curate", lambda _: {})
    jobs.close()


def test_a_reviewer_who_asks_for_a_map_again_and_again_gets_one(
    app_state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slow(*given: Any) -> Any:
        go.wait(LIMIT)
        return compute_map(*given)

    monkeypatch.setattr("likewise.server.routes.maps.compute_map", slow)
    client = TestClient(make_app(app_state))
    numbers = {client.post("/api/map/pca").json()["id"] for _ in range(150)}
    go.set()
    assert len(numbers) == 1
    wait_until(lambda: app_state.jobs.get(min(numbers)).state == "done")
