"""kill -9 at random moments: what resumes, and what was acknowledged and is there.

Run alone: python benchmarks/kills.py --data FOLDER --kills 50
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _records import Figure, publish

from likewise.indexing import index
from likewise.sources.base import Item
from likewise.sources.folder import Folder
from likewise.workspace import Workspace

_LABELLER = """
import sys
from likewise.workspace import Workspace
from likewise.workspace.labels import Label
with Workspace(sys.argv[1]) as place:
    ids = place.collection.ids()
    number = 0
    while True:
        label = Label("killed", ids[number % len(ids)], "yes" if number % 2 else "no")
        place.labels.record([label])
        print(label.event, flush=True)
        number += 1
"""


def _contents(workspace: Path) -> dict[str, np.ndarray]:
    with Workspace(workspace) as place:
        ids = place.collection.ids()
        return dict(zip(ids, place.collection.vectors(ids), strict=True))


def kill_indexing(files: list[Path], scratch: Path, kills: int) -> list[Figure]:
    """Kill an indexing process again and again; then let it end, and compare."""
    photos = scratch / "photos"
    photos.mkdir()
    for number, path in enumerate(files):
        (photos / f"{number:04d}{path.suffix}").symlink_to(path.resolve())
    started = time.perf_counter()
    index(photos, scratch / "unbroken.likewise")
    whole = time.perf_counter() - started
    want = _contents(scratch / "unbroken.likewise")
    rng, done, lost, round_number = random.Random(0), 0, 0, 0
    while done < kills:
        place = scratch / f"broken-{round_number}.likewise"
        round_number += 1
        finished = False
        while not finished:
            command = [sys.executable, "-m", "likewise", "index", str(photos), "-w", str(place)]
            process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                wait = rng.uniform(0.2, 1.5 + whole) if done < kills else None
                finished = process.wait(wait) == 0
                if not finished:
                    raise SystemExit(f"{' '.join(command)} failed after {done} kills")
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                done += 1
        got = _contents(place)
        same = got.keys() == want.keys() and all(
            np.allclose(got[item], want[item], atol=1e-3) for item in want
        )
        lost += not same
    setting = f"{len(files)} photos, {round_number} workspaces"
    return [
        Figure("kill -9 while indexing", done, "kills", ">= 25", setting),
        Figure("workspaces that differ from an unbroken run", lost, "workspaces", "0", setting),
    ]


def kill_labelling(scratch: Path, kills: int) -> list[Figure]:
    """Kill a process that records labels as fast as it can; then look for what it acknowledged."""
    workspace = scratch / "unbroken.likewise"
    rng, acknowledged = random.Random(1), list[str]()
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-c", _LABELLER, str(workspace)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        first = process.stdout.readline().strip()  # wait until it works, then let it run a while
        time.sleep(rng.uniform(0.0, 0.3))
        process.send_signal(signal.SIGKILL)
        acknowledged.append(first)
        with contextlib.suppress(ValueError):
            lines = process.stdout.read().split("\n")
            acknowledged += [line for line in lines[:-1] if line]  # the last may be cut in half
        process.wait()
    with Workspace(workspace) as place:
        recorded = [label.event for label in place.labels.history("killed")]
        problems = place.database_problems()
    lost = len(set(acknowledged) - set(recorded))
    setting = f"{len(acknowledged)} labels acknowledged, {len(problems)} database problems"
    return [
        Figure("kill -9 while labelling", kills, "kills", ">= 25", setting),
        Figure("acknowledged labels lost", lost, "labels", "0", setting),
        Figure("labels recorded twice", len(recorded) - len(set(recorded)), "labels", "0", setting),
    ]


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of images")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    parser.add_argument("--kills", type=int, default=50, help="half of them in each part")
    options = parser.parse_args()
    files = [Path(item.uri) for item in Folder(options.data).items() if isinstance(item, Item)]
    with tempfile.TemporaryDirectory(prefix="likewise-kills-") as scratch:
        figures = kill_indexing(files[:240], Path(scratch), options.kills // 2)
        figures += kill_labelling(Path(scratch), options.kills - options.kills // 2)
    publish(figures, options.json)


if __name__ == "__main__":
    main()
