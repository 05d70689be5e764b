"""A server that is asked to end while answers come in loses none that it acknowledged."""

from __future__ import annotations

import json
import signal
import threading
import urllib.request
from pathlib import Path

from ports import free_port
from serve_process import TOKEN, serve_process
from waiting import LIMIT, wait_until

from likewise.workspace import Workspace

LEAST = 30  # answers before it is asked to end


def post(port: int, path: str, body: object) -> bool:
    """Whether a request was answered with a success."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_sigterm_loses_no_acknowledged_answer(many: Path) -> None:
    port = free_port()
    kept: list[str] = []
    with serve_process(port, "-w", str(many / "shapes.likewise")) as process:
        path = "/api/concepts/disc/labels"

        def answer(person: int) -> None:
            for number in range(10_000):
                event = {"id": f"{person}-{number}", "item": f"disc/{1 + number % 39:02d}.png"}
                if not post(port, path, {"events": [{**event, "verdict": "yes"}]}):
                    return
                kept.append(event["id"])

        people = [threading.Thread(target=answer, args=(person,)) for person in range(3)]
        for person in people:
            person.start()
        wait_until(lambda: len(kept) >= LEAST or not any(one.is_alive() for one in people))
        process.send_signal(signal.SIGTERM)
        for person in people:
            person.join()
        process.wait(LIMIT)
    assert len(kept) >= LEAST
    with Workspace(many / "shapes.likewise") as place:
        events = [label.event for label in place.labels.history("disc")]
    assert set(kept) <= set(events)
    assert len(events) == len(set(events))
    assert len(events) - len(kept) <= 3  # those in flight, one a person
