"""What one more answer in the web app costs, with few and with many answers before it.

Run: python benchmarks/answer_cost.py --labels 10 1000 100000 --json OUT

Needs httpx. A workspace of made-up vectors has a concept for each number of labels. Measured are
the processor time of the thread that keeps a single answer, or takes it back; and the time until
the app has answered a request that keeps one, and one that brings the new ranking too, both while
the rule is learned again in the background. The figure to hold: the processor time is the same,
within 20 %, however many labels there are.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from _needs import announce
from _records import Figure, publish
from search import blocks

from likewise.core.concept import Concept
from likewise.encoders.precomputed import Precomputed
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.workspace import Workspace
from likewise.workspace.labels import Label

KEPT = "processor time to keep an answer"
BACK = "processor time to take one back"
SENT = "request that keeps an answer"
RANKED = "request that keeps one and ranks anew"

_DIM = 64
_SPARE = 20_000  # images that are not labelled
_PAUSE = 0.25  # seconds between two answers, as a quick person gives them


def make(path: Path, sizes: list[int]) -> None:
    """Write a workspace with a concept for each number of labels."""
    with Workspace.create(path, Precomputed(f"synthetic@{_DIM}", path)) as workspace:
        ids: list[str] = []
        for number, vectors in enumerate(blocks(max(sizes) + _SPARE, _DIM, spread=1.0)):
            names = [f"{number:06d}/{row:04d}.jpg" for row in range(len(vectors))]
            digests = [f"{len(ids) + row:0>64x}" for row in range(len(vectors))]
            rows = pa.table({"item_id": names, "digest": digests})
            workspace.collection.store.append(rows, vectors)
            ids += names
        workspace.collection.refresh()
        workspace.collection.write_codes()
        for size in sizes:
            concept = f"{size} labels"
            workspace.concepts.save(Concept(concept, examples=tuple(ids[:1])), new=True)
            drawn = np.random.default_rng(size).permutation(len(ids))[:size].tolist()
            workspace.labels.record(
                [
                    Label(concept, ids[row], "yes" if row < 2_000 else "no", f"{row:0>64x}")
                    for row in drawn
                ]
            )


def measure(app_state: AppState, size: int, timed_answers: int) -> dict[str, list[float]]:
    """Milliseconds of each of many answers, by what was measured."""
    concept = f"{size} labels"
    path = f"/api/concepts/{concept}"
    session = app_state.session(concept)
    answered = set(session.known)
    fresh = iter([item for item in app_state.workspace.collection.ids() if item not in answered])
    taken: dict[str, list[float]] = {name: [] for name in (KEPT, BACK, SENT, RANKED)}
    session.answer({next(fresh): "no"})  # the day's copy of the database is made
    for _ in range(timed_answers):
        started = time.thread_time()
        session.answer({next(fresh): "no"})
        kept = time.thread_time()
        session.undo()
        taken[KEPT].append(1e3 * (kept - started))
        taken[BACK].append(1e3 * (time.thread_time() - kept))
        time.sleep(_PAUSE)
    from starlette.testclient import TestClient

    with TestClient(make_app(app_state)) as client:

        def timed(name: str, to: str, events: dict[str, Any]) -> None:
            started = time.perf_counter()
            answer = client.post(f"{path}/{to}", json=events)
            taken[name].append(1e3 * (time.perf_counter() - started))
            assert answer.status_code == 200, answer.text
            time.sleep(_PAUSE)

        def answer() -> dict[str, Any]:
            item = next(fresh)
            return {"events": [{"id": f"{size}-{item}", "item": item, "verdict": "no"}]}

        for _ in range(timed_answers):
            timed(SENT, "labels", answer())
        for _ in range(timed_answers):
            timed(RANKED, "ranking?k=500", answer())
    return taken


def figures_of(times: dict[int, dict[str, list[float]]], timed_answers: int) -> list[Figure]:
    """Medians by number of labels, and the ratio of the most to the fewest labels."""

    def middle(some: list[float]) -> float:
        return float(np.median(some))

    figures = []
    setting = f"{max(times) + _SPARE:,} x {_DIM}, {timed_answers} answers, {os.cpu_count()} cores"
    for name in next(iter(times.values())):
        for size, taken in times.items():
            label = f"{name}, {size:,} labels, median"
            figures.append(Figure(label, middle(taken[name]), "ms", "", setting))
        ratio = middle(times[max(times)][name]) / middle(times[min(times)][name])
        label = f"{name}, {max(times):,} labels to {min(times):,}"
        goal = "<= 1.2" if name in (KEPT, BACK) else ""
        figures.append(Figure(label, ratio, "times", goal, setting))
    return figures


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, nargs="+", default=[10, 1_000, 100_000])
    parser.add_argument("--answers", type=int, default=30, help="how many are timed of each kind")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    options = parser.parse_args()
    announce("httpx")
    sizes = sorted(options.labels)
    with tempfile.TemporaryDirectory(prefix="likewise-answers-") as scratch:
        path = Path(scratch) / "synthetic.likewise"
        make(path, sizes)
        times = {}
        for size in sizes:
            app_state = AppState(path, who="reviewer")
            try:
                times[size] = measure(app_state, size, options.answers)
            finally:
                app_state.close()
    publish(figures_of(times, options.answers), options.json)


if __name__ == "__main__":
    main()
