"""One side of `against.py`: does one unit of a part for each line it reads, and says what it took.

Runs in the environment of the commit it measures, so it uses only what every version has: the
names of `likewise` itself, commands, and routes of the web app.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import psutil

ROWS, DIM = 20_000, 64
TOKEN = "against-against-against"


class Side:
    """What one side has made so far."""

    def __init__(self, folder: Path, photos: Path, encoder: str) -> None:
        self.folder, self.photos, self.encoder = folder, photos, encoder
        self.turn = 0
        self.server: subprocess.Popen[str] | None = None

    @cached_property
    def vectors(self) -> Path:
        """A workspace of made-up vectors in 40 clusters."""
        random = np.random.default_rng(0)
        centres = random.standard_normal((40, DIM))
        rows = centres[random.integers(0, 40, ROWS)] + random.standard_normal((ROWS, DIM))
        np.save(self.folder / "v.npy", rows.astype(np.float32))
        (self.folder / "v.txt").write_text("".join(f"{n:05d}.jpg\n" for n in range(ROWS)))
        made = self.folder / "vectors.likewise"
        self.command("import-vectors", "v.npy", "--ids", "v.txt", "--name", "made", "-w", str(made))
        return made

    @cached_property
    def collection(self) -> Any:
        """Of those vectors."""
        from likewise import Workspace

        return Workspace(self.vectors).collection

    @cached_property
    def evidence(self) -> tuple[Any, ...]:
        """Space, 100 yes, 100 no and 2,000 random rows."""
        collection = self.collection
        x = collection.vectors(collection.ids())
        nearest = np.argsort(-(x @ x[0]))
        return collection.space(), x[nearest[:100]], x[nearest[100:200]], x[::10]

    def command(self, *words: str) -> None:
        """Run a command of this side."""
        subprocess.run(
            [Path(sys.prefix, "bin", "likewise"), *words],
            cwd=self.folder, check=True, capture_output=True,
        )  # fmt: skip

    def start_up(self) -> None:
        """Three times `likewise --help`."""
        for _ in range(3):
            self.command("--help")

    def indexing(self) -> None:
        """Index every photo into a new workspace."""
        from likewise import index

        made = self.folder / f"photos-{self.turn}.likewise"
        report = index(str(self.photos), str(made), encoder=self.encoder)
        assert report.added == sum(1 for _ in self.photos.rglob("*.jpg"))
        shutil.rmtree(made)

    def again(self) -> None:
        """Index them once more, where nothing has changed."""
        from likewise import index

        index(str(self.photos), str(self.folder / "again.likewise"), encoder=self.encoder)

    def search(self) -> None:
        """A hundred searches for the best 100 by a rule."""
        from likewise import Rule

        for row in self.evidence[1]:
            self.collection.search(Rule("mean", self.evidence[0], row[None]), k=100)

    def quick(self) -> None:
        """Twenty refits without a choice of rule and without probabilities."""
        self._learn("anchored", 20, calibrate=False)

    def whole(self) -> None:
        """Three refits that choose among rules and give probabilities."""
        self._learn("best", 3)

    def _learn(self, rule: str, times: int, **options: Any) -> None:
        from likewise import Evidence, learn

        space, yes, no, background = self.evidence
        for _ in range(times):
            learn(Evidence(space, yes, no, background, collection_size=ROWS), rule, **options)

    def answer(self) -> None:
        """Ten answers over HTTP, each with the ranking that knows it."""
        if self.server is None:
            self._serve()
        for number in range(10):
            event = f"{self.turn}-{number}"
            item = f"{(self.turn * 10 + number) % ROWS:05d}.jpg"
            body = {
                "events": [{"id": event, "item": item, "verdict": "yes" if number % 3 else "no"}]
            }
            self._post("/api/concepts/made/ranking", body)

    def _serve(self) -> None:
        command = [str(Path(sys.prefix, "bin", "likewise")), "serve", "--port", "0"]
        command += ["-w", str(self.vectors), "--token", TOKEN]
        self.server = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.server.stdout is not None
        for line in self.server.stdout:
            if "http://" in line:
                self._address = "http://" + line.partition("http://")[2].partition("/")[0].strip()
                break
        self._post("/api/concepts", {"name": "made", "examples": ["00000.jpg", "00001.jpg"]})

    def _post(self, path: str, body: Any) -> None:
        request = urllib.request.Request(
            self._address + path,
            json.dumps(body).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=600) as answered:
            answered.read()


def processor_seconds() -> float:
    """Of this process, of its children that ended, and of those that live."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    for child in psutil.Process().children(recursive=True):
        with suppress(OSError):  # it has just ended
            total += time.clock_gettime((~child.pid << 3) | 2)  # clock_getcpuclockid of Linux
    return total


def measured(unit: Callable[[], None]) -> dict[str, float]:
    """Seconds of the clock and of processors."""
    started, busy = time.perf_counter(), processor_seconds()
    unit()
    return {
        "clock": time.perf_counter() - started,
        "processor": processor_seconds() - busy,
    }


def main() -> None:
    """Answer a line of JSON for each line read, the name of a part."""
    folder, photos, encoder = sys.argv[1:]
    side = Side(Path(folder), Path(photos), encoder)
    print("ready", flush=True)
    for line in sys.stdin:
        side.turn += 1
        print("RESULT" + json.dumps(measured(getattr(side, line.strip()))), flush=True)
    if side.server is not None:
        side.server.terminate()
        side.server.wait()


if __name__ == "__main__":
    main()
