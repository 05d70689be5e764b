"""kill -9 at random moments: what resumes, and what was acknowledged and is there.

Run alone: python benchmarks/kills.py --data FOLDER --kills 50
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _needs import announce
from _records import Figure, publish

from likewise.core.files import WORKSPACE_FILE
from likewise.indexing.index import index
from likewise.sources.base import Item
from likewise.sources.folder import Folder
from likewise.workspace import Workspace
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog


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


def _answer(database: Path, concept: str, told: int) -> None:
    """Answer, and take every tenth answer back, as fast as it goes; tell what was acknowledged."""
    log = LabelLog(Database(database))
    number = 0
    while True:
        label = Label(concept, f"{number}.jpg", "yes" if number % 2 else "no")
        log.record([label])
        os.write(told, f"{label.event}\n".encode())
        if number % 10 == 9:
            undone = log.undo(concept)
            assert undone is not None
            os.write(told, f"-{undone.action}\n".encode())
        number += 1


def _live_and_die(database: Path, concept: str, seconds: float) -> list[str]:
    """Lines that a labelling process told until it was killed; the last may have been cut."""
    reading, told = os.pipe()
    process = os.fork()
    if process == 0:  # nothing of the parent's may run here: not its cleaning up either
        with contextlib.suppress(BaseException):
            _answer(database, concept, told)
        os._exit(1)
    os.close(told)
    with os.fdopen(reading, encoding="ascii") as lines:
        first = lines.readline()  # wait until it works, then let it run a while
        time.sleep(seconds)
        os.kill(process, signal.SIGKILL)
        rest = lines.read()
    os.waitpid(process, 0)
    return [line for line in (first + rest).split("\n")[:-1] if line]


def kill_labelling(database: Path, kills: int, seconds: float = 0.3) -> list[Figure]:
    """Kill a process that answers as fast as it can; then look for what it acknowledged.

    Args:
        database: a workspace's; nothing in this process may have it open.
        kills: how many processes, one after the other.
        seconds: each lives for a random time up to this after its first answer.
    """
    rng, told, unopened = random.Random(1), dict[str, list[str]](), 0
    for life in range(kills):
        concept = f"life-{life}"
        told[concept] = _live_and_die(database, concept, rng.uniform(0.0, seconds))
        unopened += not told[concept]
    opened = Database(database)
    log = LabelLog(opened)
    history = [label for concept in told for label in log.history(concept)]
    problems = opened.problems()
    opened.close()
    said = [line for lines in told.values() for line in lines]
    recorded = [label.event for label in history]
    lost = {line for line in said if line[0] != "-"} - set(recorded)
    forgotten = {line[1:] for line in said if line[0] == "-"} - {
        x.event for x in history if x.undone
    }
    answers, undos = sum(line[0] != "-" for line in said), sum(line[0] == "-" for line in said)
    setting = f"{answers} answers and {undos} undos acknowledged"
    return [
        Figure("kill -9 while labelling", kills, "kills", ">= 25", setting),
        Figure("acknowledged answers lost", len(lost), "answers", "0", setting),
        Figure("acknowledged undos lost", len(forgotten), "undos", "0", setting),
        Figure(
            "answers recorded twice", len(recorded) - len(set(recorded)), "answers", "0", setting
        ),
        Figure("times the log did not open", unopened, "times", "0", setting),
        Figure("problems in the database", len(problems), "problems", "0", setting),
    ]


def main() -> None:
    """Measure and publish."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of images")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    parser.add_argument("--kills", type=int, default=50, help="half of them in each part")
    options = parser.parse_args()
    files = [Path(item.uri) for item in Folder(options.data).items() if isinstance(item, Item)]
    with tempfile.TemporaryDirectory(prefix="likewise-kills-") as scratch:
        figures = kill_indexing(files[:240], Path(scratch), options.kills // 2)
        database = Path(scratch) / "unbroken.likewise" / WORKSPACE_FILE
        figures += kill_labelling(database, options.kills - options.kills // 2)
    publish(figures, options.json)


if __name__ == "__main__":
    main()
