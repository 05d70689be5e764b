"""How fast a million images are indexed when encoding costs nothing, and whether memory stays flat.

Tiny BMP pictures in tar shards, each of its own content, through the whole of `likewise index`:
walk, read, decode in its fenced-off process, thumbnail, store, search codes. The encoder answers
a vector made of the picture's first pixels, at once. What is left is what likewise itself costs.
"""

from __future__ import annotations

from _needs import announce

announce("psutil")  # before they are imported

import argparse
import io
import os
import shutil
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from _records import Figure, publish
from numpy.typing import NDArray
from PIL import Image

from likewise.core.vectors import Vectors, unit
from likewise.indexing.index import index
from likewise.workspace import Workspace

SHARD = 10_000
SIDE = 8


class Null:
    """Answers a vector made of the pixels themselves."""

    name, fingerprint, input_size, batch_size = "null", "null-1", SIDE, 256

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def prepare(self, image: Image.Image) -> NDArray[Any]:
        """The pixels as they are."""
        return np.asarray(image.convert("RGB"), np.float32).ravel()

    def encode(self, batch: NDArray[Any]) -> Vectors:
        """Repeated to the wanted width."""
        repeats = -(-self.dim // batch.shape[1])
        return unit(np.tile(batch + 1, (1, repeats))[:, : self.dim])


def make_shards(folder: Path, rows: int) -> None:
    """Shards of samples, each a picture of 8 x 8 pixels that no other is like."""
    blank = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE)).save(blank, "BMP")
    head = blank.getvalue()[: -3 * SIDE * SIDE]
    for start in range(0, rows, SHARD):
        pixels = memoryview(np.random.default_rng(start).bytes(3 * SIDE * SIDE * SHARD))
        with tarfile.open(folder / f"{start // SHARD:05d}.tar", "w") as shard:
            for number in range(min(SHARD, rows - start)):
                data = head + pixels[3 * SIDE * SIDE * number :][: 3 * SIDE * SIDE]
                member = tarfile.TarInfo(f"{start + number:09d}.bmp")
                member.size = len(data)
                shard.addfile(member, io.BytesIO(data))


class Watch:
    """Rate and memory at every tenth of the way."""

    def __init__(self, rows: int) -> None:
        self.rows, self.process = rows, psutil.Process()
        self.started = self.last = time.monotonic()
        self.done = 0
        self.points: list[tuple[float, float, float]] = []

    def __call__(self, done: int, total: int) -> None:
        """Take a step of the way; note where a tenth is done."""
        if done - self.done >= self.rows // 10 or done == self.rows > self.done:
            now = time.monotonic()
            anonymous = Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]
            rate = (done - self.done) / (now - self.last)
            self.points.append((done / self.rows, rate, int(anonymous) / 1024))
            self.done, self.last = done, now
            print(f"  {done:>9,}: {rate:7.0f} images/s, {self.points[-1][2]:6.0f} MB", flush=True)


def measure(rows: int, dim: int, root: Path) -> list[Figure]:
    """Everything."""
    setting = f"{rows:,} images of {SIDE} x {SIDE}, null encoder of {dim}, {os.cpu_count()} cores"
    make_shards(root, rows)
    watch = Watch(rows)
    busy = sum(os.times()[:4])
    how: dict[str, Any] = {"source": "webdataset", "graph": False}  # see neighbour_graph.py
    report = index(root, root / "many.likewise", Null(dim), progress=watch, **how)
    busy = sum(os.times()[:4]) - busy
    assert report.added == rows
    first, last = watch.points[0], watch.points[-1]
    memory = [point[2] for point in watch.points]
    started = time.monotonic()
    with Workspace(root / "many.likewise") as place:
        assert len(place.collection) == rows
        opened = time.monotonic() - started
    again = time.monotonic()
    assert index(root, root / "many.likewise", Null(dim), **how).unchanged == rows
    again = time.monotonic() - again
    return [
        Figure("indexed", rows / report.seconds, "images/s", "", setting),
        Figure("processor time an image", 1e3 * busy / rows, "ms", "", setting),
        Figure("rate of the last tenth over that of the first", last[1] / first[1], "ratio", "",
               setting),
        Figure("memory after a tenth", first[2], "MB", "", setting),
        Figure("memory at the end", last[2], "MB", "", setting),
        Figure("memory at its most", max(memory), "MB", "< 2000", setting),
        Figure("opened again", opened, "s", "<= 3", setting),
        Figure("looked through again, nothing new", again, "s", "", setting),
    ]  # fmt: skip


def main() -> None:
    """Measure, print a table, write records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="likewise-benchmark-"))
    try:
        figures = measure(given.rows, given.dim, root)
    finally:
        shutil.rmtree(root)
    publish(figures, given.json)


if __name__ == "__main__":
    main()
