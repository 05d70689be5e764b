"""Power cuts: what was acknowledged must be there when the machine comes up again.

A workspace lives on an ext4 file system inside a file. A process answers and stores vectors as
fast as it goes, and tells what was acknowledged to a file outside. At a random moment it is
stopped, and the file with the file system in it is copied as it is: what ext4 still held in
memory is lost in the copy, as when the power goes. The copy is mounted, which replays ext4's
journal, the workspace is opened, and everything acknowledged is looked for. The next life goes on
in that copy.

Needs root, for mounting. Run alone: python benchmarks/power_cuts.py --cuts 500 --json OUT
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from _needs import announce
from _records import Figure, publish
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors
from likewise.errors import LikewiseError
from likewise.workspace import Workspace
from likewise.workspace.labels import Label

_MEGABYTES = 192
_BATCH = 16  # vectors in a batch


class Numbers:
    """Stands for an encoder: a vector for every number, always the same."""

    name, dim, fingerprint, input_size, batch_size = "numbers", 32, "numbers-1", 8, 4

    def prepare(self, image: Image.Image) -> NDArray[np.float32]:
        """Eight by eight pixels."""
        return np.asarray(image.resize((8, 8)), dtype=np.float32)

    def encode(self, batch: NDArray[np.float32]) -> Vectors:
        """Whatever: it is asked for the canaries only."""
        rows = batch.reshape(len(batch), -1)[:, :32] + 1
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    @staticmethod
    def vector(number: int) -> NDArray[np.float32]:
        """The vector of an item."""
        row = np.random.default_rng(number).normal(size=32).astype(np.float32)
        unit: NDArray[np.float32] = row / np.linalg.norm(row)
        return unit


def work(folder: Path, told: Path, begin: int) -> None:
    """Answer and store until stopped; what is acknowledged is told after it, a line each."""
    with Workspace.create(folder, Numbers()) as place, told.open("a", buffering=1) as lines:
        number = begin
        while True:
            label = Label("thing", f"{number}", "yes" if number % 2 else "no", event=f"e{number}")
            place.labels.record([label])
            lines.write(f"answer e{number}\n")
            if number % 40 == 0:
                ids = [f"{number}-{i}" for i in range(_BATCH)]
                rows = np.stack([Numbers.vector(number * _BATCH + i) for i in range(_BATCH)])
                place.collection.store.append(pa.table({"item_id": ids}), rows)
                lines.write(f"batch {number}\n")
            number += 1


def missing(folder: Path, acknowledged: list[str]) -> list[str]:
    """What is not as it was acknowledged; opens the workspace as anyone would."""
    wrong = []
    with Workspace(folder) as place:
        events = [label.event for label in place.labels.history("thing")]
        if len(events) != len(set(events)):
            wrong.append("an answer is there twice")
        if place.labels._database.problems():
            wrong.append("the database is damaged")
        there = set(events)
        known = place.collection.known(list(place.collection.ids()))
        for line in acknowledged:
            kind, _, what = line.partition(" ")
            if kind == "answer" and what not in there:
                wrong.append(line)
            if kind == "batch":
                number = int(what)
                ids = [f"{number}-{i}" for i in range(_BATCH)]
                if not known.issuperset(ids):
                    wrong.append(line)
                    continue
                rows = np.stack([Numbers.vector(number * _BATCH + i) for i in range(_BATCH)])
                if not np.allclose(place.collection.vectors(ids), rows, atol=2e-3):
                    wrong.append(f"{line}: other vectors")
    return wrong


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    """A file system in a file, mounted with its journal written every second."""
    subprocess.run(["mount", "-o", "loop,commit=1", str(image), str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def cut_power(cuts: int, scratch: Path, seconds: float = 1.5) -> list[Figure]:
    """Live and lose power that many times."""
    rng = random.Random(0)
    image, copy, told = scratch / "disk", scratch / "copy", scratch / "told"
    here, there = scratch / "here", scratch / "there"
    for folder in (here, there):
        folder.mkdir()
    with image.open("wb") as file:
        file.truncate(_MEGABYTES * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    told.touch()
    unopened, lost, answers, batches, begin = 0, 0, 0, 0, 1
    for cut in range(cuts):
        with mounted(image, here):
            command = [sys.executable, __file__, "--work", str(here / "w"), str(told), str(begin)]
            process = subprocess.Popen(command)
            before = told.stat().st_size
            while told.stat().st_size == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(rng.uniform(0, seconds))
            process.send_signal(signal.SIGSTOP)
            lines = told.read_text().splitlines()
            subprocess.run(["cp", "--sparse=always", str(image), str(copy)], check=True)
            process.kill()
            process.wait()
        with mounted(copy, there):
            try:
                wrong = missing(there / "w", lines)
            except LikewiseError as error:
                wrong = [f"not opened: {error}"]
                unopened += 1
            lost += len(wrong)
            for line in wrong[:5]:
                print(f"cut {cut}: {line}", file=sys.stderr)
        copy.replace(image)
        told.write_text("\n".join(lines) + "\n")
        answers = sum(line.startswith("answer") for line in lines)
        batches = len(lines) - answers
        begin += 1_000_000  # numbers of a life that nobody was told of are not used again
        if (cut + 1) % 100 == 0:  # a new disk before this one is full
            subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
            told.write_text("")
        print(f"\r{cut + 1} of {cuts} cuts, {lost} wrong", end="", file=sys.stderr)
    print(file=sys.stderr)
    setting = f"ext4, {answers:,} answers and {batches:,} batches in the last disk"
    return [
        Figure("power cuts", cuts, "cuts", ">= 500", setting),
        Figure("workspaces that did not open", unopened, "workspaces", "0", setting),
        Figure("acknowledged and not there", lost, "answers and batches", "0", setting),
    ]


def main() -> None:
    """Run and publish."""
    announce()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", nargs=3, metavar=("FOLDER", "TOLD", "BEGIN"),
                        help="Used by the script itself.")  # fmt: skip
    options = parser.parse_args()
    if options.work:
        folder, told, begin = options.work
        work(Path(folder), Path(told), int(begin))
        return
    if os.geteuid() != 0:
        raise SystemExit("mounting a file system needs root")
    with tempfile.TemporaryDirectory() as scratch:
        publish(cut_power(options.cuts, Path(scratch)), options.json)


if __name__ == "__main__":
    main()
