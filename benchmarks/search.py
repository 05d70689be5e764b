"""How fast, how right and how big a search is, beside other libraries in the same run.

Vectors are synthetic: clusters whose sizes follow a power law, with a direction in common, as
image encoders give them. They are made block by block and indexed as a collection would be.

With `--folder` what was made stays, and `--parts` does one thing at a time: ten million vectors
take half an hour to make and a few minutes to measure, which wants a machine that is quiet.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from _needs import announce
from _peers import peers
from _records import Figure, publish
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.space import Space, centred_space
from likewise.core.vectors import Scores, Vectors, unit
from likewise.numeric.threads import Blocks, share_blocks
from likewise.search.scan.best import Best
from likewise.search.scan.codes import Codes
from likewise.search.scan.inverted import Inverted
from likewise.search.scan.kernel import engine
from likewise.search.scan.search import dense_scores, search
from likewise.search.scan.view import View
from likewise.search.store.lance import Lance

BATCH = 4096
CLUSTERS = 1000
COMPARED = ("k = 100", "k = 100, held-out images")
"""What the other libraries are asked, too: they have one prototype and no masks in common."""


def blocks(
    rows: int, dim: int, spread: float, seed: int = 0, draw: int | None = None
) -> Iterator[Vectors]:
    """Unit rows around cluster centres; `spread` is the noise's length, a centre's being 1.

    With another `draw` they are other images of the same clusters.
    """
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((CLUSTERS, dim))) + unit(random.standard_normal(dim))
    share = 1 / np.arange(1, CLUSTERS + 1)
    scale = np.float32(spread / np.sqrt(dim))
    random = random if draw is None else np.random.default_rng(draw)
    for start in range(0, rows, BATCH):
        count = min(BATCH, rows - start)
        cluster = random.choice(CLUSTERS, count, p=share / share.sum())
        noise = random.standard_normal((count, dim), dtype=np.float32)
        yield unit(centres[cluster] + scale * noise)


def fill(store: Lance, rows: int, spread: float, batch: int) -> None:
    """Index the vectors, batch after batch."""
    waiting: list[Vectors] = []
    number = 0
    for vectors in chain(blocks(rows, store.dim, spread), [None]):
        if vectors is not None:
            waiting.append(vectors)
        if waiting and (vectors is None or sum(map(len, waiting)) >= batch):
            together = np.concatenate(waiting)
            ids = [f"{number:06d}/{row:05d}.jpg" for row in range(len(together))]
            items = pa.table({"item_id": ids, "width": np.arange(len(ids), dtype=np.int32)})
            store.append(items, together)
            waiting, number = [], number + 1


def rules(codes: Codes, space: Space, prototypes: int, count: int) -> list[Rule]:
    """Means of five images of one cluster each, as a person's examples are."""
    view, random, made = codes.follow(), np.random.default_rng(1), []
    for _ in range(count):
        likeness = search(codes, rule_like(view.take(random.integers(0, len(view), 1)), space), 40)
        rows = view.rows_of(likeness[0])
        means = [
            space.apply(view.take(random.choice(rows, 5, replace=False))).mean(axis=0)
            for _ in range(prototypes)
        ]
        made.append(Rule("mean", space, unit(np.stack(means))))
    return made


def rule_like(vectors: Vectors, space: Space) -> Rule:
    """More like these."""
    return Rule("nearest", space, space.apply(vectors))


def timed(calls: Sequence[Callable[[], Any]]) -> tuple[float, float, list[Any]]:
    """Median and 95th percentile in milliseconds, and the answers; the first call warms up."""
    (middle, slow), _, answers = timed_twice(calls)
    return middle, slow, answers


def timed_twice(
    calls: Sequence[Callable[[], Any]],
) -> tuple[tuple[float, float], float, list[Any]]:
    """As `timed`, and the median of the processor time, which others at work do not change much."""
    calls[0]()
    spans, busy, answers = [], [], []
    for call in calls:
        start, before = time.perf_counter(), time.process_time()
        answers.append(call())
        spans.append(1e3 * (time.perf_counter() - start))
        busy.append(1e3 * (time.process_time() - before))
    clock = float(np.median(spans)), float(np.percentile(spans, 95))
    return clock, float(np.median(busy)), answers


Case = tuple[Sequence[Rule], int, NDArray[np.bool_] | None]
"""Rules, how many of the best are wanted, and which rows may be answered."""


def exact_best(view: View, space: Space, cases: Mapping[str, Case]) -> dict[str, list[Scores]]:
    """The k best scores of each rule of each case, from every vector, in one pass over them."""
    best = {name: [Best(k) for _ in rules] for name, (rules, k, _) in cases.items()}
    for first, part in view.numbered_parts():
        for start in range(0, len(part), BATCH):
            rows = part.units(slice(start, start + BATCH))
            mapped = space.apply(rows)
            for name, (rules, _, mask) in cases.items():
                flags = None if mask is None else mask[first + start : first + start + len(rows)]
                for mine, rule in zip(best[name], rules, strict=True):
                    mine.offer(first + start, rule.score_in_space(mapped), flags)
    return {
        name: [np.sort(mine.result()[1])[::-1] for mine in found] for name, found in best.items()
    }


class Mapped:
    """The rows of a view in a space, computed as they are asked for; an array that is not there."""

    def __init__(self, view: View, space: Space) -> None:
        self._view, self._space = view, space
        self.shape = (len(view), space.dim_out)
        self.size = self.shape[0] * self.shape[1]
        self.nbytes = 4 * self.size

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, which: slice) -> Vectors:
        """Some rows; shape (n, dim)."""
        return self._space.apply(self._view.take(np.arange(*which.indices(len(self)))))


def forget_pages(root: Path) -> None:
    """Let the system drop what it holds of the files in memory, as after a restart."""
    os.sync()
    for path in root.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def recall(found: Sequence[Scores], true: Sequence[Scores]) -> float:
    """Mean share of what was found that is as good as the true k-th best, to float32's error."""
    pairs = zip(found, true, strict=True)
    return float(np.mean([np.sum(got >= best[-1] - 2e-6) / len(best) for got, best in pairs]))


def memory_floor(codes: Codes) -> float:
    """Milliseconds to read every code once on all cores and do nothing with it."""
    part = codes.follow().parts[0].codes
    usable = len(part) * part.shape[1] // 8 * 8
    words = part.reshape(-1)[:usable].view(np.int64)

    def work(parts: Blocks) -> int:
        return int(sum(int(words[start:end].max()) for start, end in parts))

    return min(timed([lambda: share_blocks(len(words), work, 1 << 18)])[0] for _ in range(5))


class PeakMemory:
    """The most memory this process held that is not pages of files, in MB, since it was made."""

    def __init__(self) -> None:
        self._peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.01):
            status = Path("/proc/self/status").read_text()
            now = int(status.split("RssAnon:")[1].split()[0]) / 1024
            self._peak = max(self._peak, now)

    def stop(self) -> float:
        """The peak so far; watches no longer."""
        self._done.set()
        self._thread.join()
        return self._peak


class Measured:
    """Figures of one setting, printed as they come."""

    def __init__(self, setting: str) -> None:
        self.setting = setting
        self.figures: list[Figure] = []

    def record(self, name: str, value: float, unit_name: str, goal: str = "") -> None:
        """One more."""
        self.figures.append(Figure(name, value, unit_name, goal, self.setting))
        print(f"  {name}: {value:,.4g} {unit_name}", flush=True)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Seconds of the clock and of processors that a block takes."""
        start, busy = time.perf_counter(), time.process_time()
        yield
        self.record(name, time.perf_counter() - start, "s")
        self.record(f"{name}: processor time", time.process_time() - busy, "s")


class Bench:
    """A folder of vectors, their codes and their index, and what is measured on them."""

    def __init__(self, root: Path, rows: int, dim: int, spread: float, queries: int) -> None:
        self.root, self.rows, self.dim = root, rows, dim
        self.spread, self.queries = spread, queries
        cores = len(os.sched_getaffinity(0))
        self.told = Measured(f"{rows:,} x {dim}, {cores} cores, {engine()}, spread {spread}")
        self._cases: dict[str, Case] = {}

    @cached_property
    def codes(self) -> Codes:
        """Of the store that is in the folder."""
        store = Lance(self.root / "vectors.lance", self.dim, "synthetic")
        return Codes(store, self.root / "scan")

    @cached_property
    def space(self) -> Space:
        """Centred by a sample, as a collection's."""
        some = np.random.default_rng(2).integers(0, self.rows, min(self.rows, 10_000))
        return centred_space("synthetic", self.codes.follow().take(np.sort(some)))

    @property
    def inverted(self) -> Inverted:
        """The index, or the scan where that is faster."""
        return Inverted(self.codes, self.root / "inverted")

    def build(self, batch: int) -> None:
        """Store and codes."""
        store = Lance(self.root / "vectors.lance", self.dim, "synthetic")
        memory = PeakMemory()
        with self.told.span(f"store: appended in batches of {batch:,}, vectors made"):
            fill(store, self.rows, self.spread, batch)
        with self.told.span("codes: built"):
            Codes(store, self.root / "scan").follow()
        self.told.record("peak memory: store and codes built", memory.stop(), "MB", "<= 6000")
        self._disk("vectors.lance", "scan")

    def index(self) -> None:
        """The index, where a scan would take too long."""
        memory = PeakMemory()
        with self.told.span("index: built"):
            made = self.inverted.write(lambda: self.space)
        self.told.record("peak memory: index built", memory.stop(), "MB", "<= 6000")
        if made:
            self._disk("inverted")

    def _disk(self, *names: str) -> None:
        for name in names:
            size = sum(x.stat().st_size for x in (self.root / name).rglob("*") if x.is_file())
            called = f"disk: {name.partition('.')[0]}, a row and dimension"
            self.told.record(called, size / self.rows / self.dim, "bytes")

    def cold(self) -> None:
        """Opening and the first search, with nothing in the page cache."""
        space = self.space
        forget_pages(self.root)
        start = time.perf_counter()
        store = Lance(self.root / "vectors.lance", self.dim, "synthetic")
        codes = Codes(store, self.root / "scan")
        view = codes.follow()
        seconds = time.perf_counter() - start
        self.told.record("opened, nothing in the page cache", 1e3 * seconds, "ms", "<= 3000")
        start = time.perf_counter()
        search(codes, rule_like(view.take(np.zeros(1, np.int64)), space), 100)
        seconds = time.perf_counter() - start
        self.told.record("first search, nothing in the page cache", 1e3 * seconds, "ms")

    @property
    def cases(self) -> dict[str, Case]:
        """What is asked; made once, by a few searches."""
        if not self._cases:
            single, several = (rules(self.codes, self.space, n, self.queries) for n in (1, 4))
            held_out = next(blocks(self.queries, self.dim, self.spread, draw=99))
            images = [rule_like(held_out[i : i + 1], self.space) for i in range(self.queries)]
            random = np.random.default_rng(3)
            reviewed = np.ones(self.rows, np.bool_)
            reviewed[random.choice(self.rows, min(20_000, self.rows // 2), replace=False)] = False
            self._cases = {
                "k = 100": (single, 100, None),
                "k = 100, held-out images": (images, 100, None),
                "k = 1,000": (single, 1000, None),
                "k = 100, 10 % mask": (single, 100, random.random(self.rows) < 0.1),
                "k = 100, 20,000 reviewed": (single, 100, reviewed),
                "k = 100, 4 prototypes": (several, 100, None),
            }
        return self._cases

    def search(self) -> None:
        """Time the scan, and the index where there is one; keeps the scores that were found."""
        memory = PeakMemory()
        goal = "<= 30" if self.rows <= 1_000_000 else "<= 100"
        self.told.record("memory floor: every code read once", memory_floor(self.codes), "ms")
        self._timed("scan", partial(search, self.codes), goal)
        start = time.perf_counter()
        dense_scores(self.codes, self.cases["k = 100"][0][0])
        self.told.record("exact scores of everything", 1e3 * (time.perf_counter() - start), "ms")
        self.told.record("peak memory: scan", memory.stop(), "MB", "<= 6000")
        memory = PeakMemory()
        inverted, start = self.inverted, time.perf_counter()
        if inverted.wait().startswith("an index"):
            self.told.record("index: read into memory", time.perf_counter() - start, "s")
            self._timed("index", inverted.search, goal)
            asked = len(self.cases) * (self.queries + 1)
            self.told.record("answered by the index", inverted.answered / asked, "share")
            self.told.record("peak memory: index", memory.stop(), "MB", "<= 6000")
        memory.stop()

    def _timed(self, how: str, ask: Callable[..., Any], goal: str) -> None:
        for number, (name, (chosen, k, mask)) in enumerate(self.cases.items()):
            calls = [partial(ask, rule, k, mask) for rule in chosen]
            (middle, slow), busy, answers = timed_twice(calls)
            self.told.record(f"{how}, {name}: p50", middle, "ms", goal if "," not in name else "")
            self.told.record(f"{how}, {name}: p95", slow, "ms")
            self.told.record(f"{how}, {name}: processor time", busy, "ms")
            np.save(self.root / f"found-{how}-{number}.npy", [scores for _, scores in answers])

    def recall(self) -> None:
        """Of what `search` found."""
        true = exact_best(self.codes.follow(), self.space, self.cases)
        for number, (name, best) in enumerate(true.items()):
            np.save(self.root / f"true-{number}.npy", best)
            for how in ("scan", "index"):
                found = self.root / f"found-{how}-{number}.npy"
                if found.is_file():
                    share = recall(list(np.load(found)), best)
                    self.told.record(f"{how}, {name}: recall", share, "share", ">= 0.99")

    def peers(self, graphs: int, only: str) -> None:
        """The others, asked the same; after `recall`."""
        view = self.codes.follow()
        compared = {
            name: (self.cases[name][0], self.cases[name][1], np.load(self.root / f"true-{n}.npy"))
            for n, name in enumerate(COMPARED)
        }
        for peer in peers(Mapped(view, self.space), self.root, graphs, only):
            if isinstance(peer, str):
                print(f"  left out: {peer}", flush=True)
                continue
            size = peer.bytes / self.rows / self.dim
            self.told.record(f"{peer.name}: built", peer.built, "s")
            self.told.record(f"{peer.name}: bytes a row and dimension", size, "bytes")
            for name, (chosen, k, best) in compared.items():
                directions = [rule.directions[0] for rule in chosen]
                middle, slow, answers = timed([partial(peer.ask, one, k) for one in directions])
                scores = [
                    rule.score(view.take(numbers))
                    for rule, numbers in zip(chosen, answers, strict=True)
                ]
                self.told.record(f"{peer.name}, {name}: p50", middle, "ms")
                self.told.record(f"{peer.name}, {name}: p95", slow, "ms")
                self.told.record(f"{peer.name}, {name}: recall", recall(scores, best), "share")


PARTS = ("build", "index", "cold", "search", "recall", "peers")


def main() -> None:
    """Measure, print a table, write records."""
    announce(
        optional=(
            "faiss",
            "usearch",
            "hnswlib",
        )
    )
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--spread", type=float, default=1.0, help="noise of a cluster; centre 1")
    parser.add_argument("--queries", type=int, default=15)
    parser.add_argument("--batch", type=int, default=BATCH, help="rows appended at once")
    parser.add_argument("--graphs", type=int, default=200_000,
                        help="build hnswlib's graph up to so many rows")  # fmt: skip
    parser.add_argument("--peer", default="", help="of the others, only those with this name")
    parser.add_argument("--folder", type=Path, help="keep everything here, for another --parts")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    root = given.folder or Path(tempfile.mkdtemp(prefix="likewise-benchmark-"))
    root.mkdir(exist_ok=True)
    bench = Bench(root, given.rows, given.dim, given.spread, given.queries)
    arguments = {"build": [given.batch], "peers": [given.graphs, given.peer]}
    try:
        for part in given.parts:
            getattr(bench, part)(*arguments.get(part, []))
    finally:
        if given.folder is None:
            shutil.rmtree(root)
    publish(bench.told.figures, given.json)


if __name__ == "__main__":
    main()
