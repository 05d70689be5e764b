"""Answers that are on the disk: kill -9 while answering at full speed, and how fast that is.

Run alone: python benchmarks/durable_labels.py --kills 500

The folder of `--scratch` should be on the disk that workspaces are on: a tmpfs has no disk to
wait for.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from _needs import announce
from _records import Figure, publish
from kills import kill_labelling

from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog

_MANY = 100_000


def _commits(database: Path, who: str, count: int) -> list[float]:
    """Seconds that each of so many single answers took to be on the disk."""
    log = LabelLog(Database(database))
    log.record([Label("barn", "first.jpg", "yes", who=who)])  # the day's copy is made before it
    taken = []
    for number in range(count):
        label = Label("barn", f"{number}.jpg", "yes" if number % 3 else "no", who=who)
        started = time.perf_counter()
        log.record([label])
        taken.append(time.perf_counter() - started)
    return taken


def _side_by_side(database: Path, writers: int, count: int) -> tuple[list[float], float]:
    """The same by several processes on one log at once; all their times, and the seconds of all."""
    pipes = []
    started = time.perf_counter()
    for writer in range(writers):
        reading, writing = os.pipe()
        if os.fork() == 0:
            try:
                taken = np.array(_commits(database, f"person-{writer}", count))
                with os.fdopen(writing, "wb") as out:
                    out.write(taken.tobytes())
            finally:
                os._exit(0)
        os.close(writing)
        pipes.append(reading)
    found: list[float] = []
    for reading in pipes:
        with os.fdopen(reading, "rb") as lines:
            found += np.frombuffer(lines.read()).tolist()
        os.wait()
    return found, time.perf_counter() - started


def _syncs(folder: Path, count: int) -> list[float]:
    """Seconds that the disk takes to keep one page written over another, and nothing else."""
    handle = os.open(folder / "page", os.O_CREAT | os.O_WRONLY)
    taken = []
    for _ in range(count):
        started = time.perf_counter()
        os.pwrite(handle, os.urandom(4096), 0)
        os.fdatasync(handle)
        taken.append(time.perf_counter() - started)
    os.close(handle)
    return taken


def throughput(folder: Path, count: int) -> list[Figure]:
    """Single durable answers a second, alone and by two at once; and the disk's own limit."""
    disk = _file_system(folder)
    own = 1e3 * float(np.median(_syncs(folder, count)))
    figures = [Figure("the disk's own sync of a page, median", own, "ms", "", disk)]
    for writers in (1, 2):
        taken, seconds = _side_by_side(folder / f"{writers}.sqlite", writers, count)
        setting = f"{writers} process(es), {len(taken)} answers, {disk}, {os.cpu_count()} cores"
        p99 = 1e3 * float(np.quantile(taken, 0.99))
        middle = 1e3 * float(np.median(taken))
        figures += [
            Figure("durable answers", len(taken) / seconds, "a second", ">= 300", setting),
            Figure("durable answer, median", middle, "ms", "", setting),
            Figure("durable answer, 99th percentile", p99, "ms", "<= 150", setting),
        ]
    return figures


def present(folder: Path) -> list[Figure]:
    """What it costs to know the present after each answer, with many answers in the log."""
    log = LabelLog(Database(folder / "many.sqlite"))
    log.record([Label("barn", f"{n}.jpg", "no") for n in range(_MANY)])
    started = time.perf_counter()
    log.current("barn")
    first = time.perf_counter() - started
    taken = []
    for number in range(200):
        log.record([Label("barn", f"new-{number}.jpg", "yes")])
        started = time.perf_counter()
        log.current("barn")
        taken.append(time.perf_counter() - started)
    setting = f"{_MANY:,} answers about one concept"
    return [
        Figure("the present, first time", 1e3 * first, "ms", "", setting),
        Figure("the present after an answer", 1e3 * float(np.median(taken)), "ms", "", setting),
    ]


def _file_system(folder: Path) -> str:
    command = ["stat", "-f", "-c", "%T", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Measure and publish."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--answers", type=int, default=5000, help="of each process, for the speed")
    parser.add_argument("--scratch", type=Path, help="a folder on the disk to measure")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="likewise-labels-", dir=options.scratch) as scratch:
        folder = Path(scratch)
        figures = throughput(folder, options.answers) + present(folder)
        Database(folder / "killed.sqlite").close()
        figures += kill_labelling(folder / "killed.sqlite", options.kills)
    publish(figures, options.json)


if __name__ == "__main__":
    main()
