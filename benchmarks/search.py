"""How fast, how right and how big a search is, beside other libraries in the same run.

Vectors are synthetic: clusters whose sizes follow a power law, with a direction in common, as
image encoders give them. They are made block by block and indexed as a collection would be.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from _peers import peers
from _records import Figure, publish
from numpy.typing import NDArray

from likewise.rule import Rule
from likewise.scan.best import Best
from likewise.scan.codes import Codes
from likewise.scan.kernel import engine
from likewise.scan.search import dense_scores, search
from likewise.scan.view import View
from likewise.space import Space, centred_space
from likewise.stores.lance import Lance
from likewise.threads.blocks import Blocks, share_blocks
from likewise.vectors import Scores, Vectors, unit

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


def fill(store: Lance, rows: int, spread: float) -> None:
    """Index the vectors, batch after batch."""
    for number, vectors in enumerate(blocks(rows, store.dim, spread)):
        ids = [f"{number:06d}/{row:04d}.jpg" for row in range(len(vectors))]
        items = pa.table({"item_id": ids, "width": np.arange(len(ids), dtype=np.int32)})
        store.append(items, vectors)


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
    calls[0]()
    spans, answers = [], []
    for call in calls:
        start = time.perf_counter()
        answers.append(call())
        spans.append(1e3 * (time.perf_counter() - start))
    return float(np.median(spans)), float(np.percentile(spans, 95)), answers


def exact_best(
    view: View, rules: Sequence[Rule], k: int, mask: NDArray[np.bool_] | None
) -> list[Scores]:
    """The k best scores of each rule, computed from every vector; block by block."""
    best = [Best(k) for _ in rules]
    for first, part in view.numbered_parts():
        for start in range(0, len(part), BATCH):
            rows = part.units(slice(start, start + BATCH))
            flags = None if mask is None else mask[first + start : first + start + len(rows)]
            mapped = rules[0].space.apply(rows)
            for mine, rule in zip(best, rules, strict=True):
                mine.offer(first + start, rule.score_in_space(mapped), flags)
    return [np.sort(mine.result()[1])[::-1] for mine in best]


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


def measure(
    rows: int, dim: int, spread: float, queries: int, root: Path, graphs: int
) -> list[Figure]:
    """Everything."""
    setting = f"{rows:,} x {dim}, {len(os.sched_getaffinity(0))} cores, {engine()}, spread {spread}"
    records: list[Figure] = []

    def record(name: str, value: float, unit_name: str, goal: str = "") -> None:
        records.append(Figure(name, value, unit_name, goal, setting))
        print(f"  {name}: {value:,.4g} {unit_name}", flush=True)

    store = Lance(root / "vectors.lance", dim, "synthetic")
    memory = PeakMemory()
    start = time.perf_counter()
    fill(store, rows, spread)
    record(
        "store: append in batches of 4,096, vectors made",
        rows / (time.perf_counter() - start),
        "rows/s",
    )
    start = time.perf_counter()
    codes = Codes(store, root / "scan")
    codes.follow()
    record("codes: built", time.perf_counter() - start, "s")
    for name in ("vectors.lance", "scan"):
        size = sum(file.stat().st_size for file in (root / name).rglob("*") if file.is_file())
        record(f"disk: {name.partition('.')[0]}, a row and dimension", size / rows / dim, "bytes")
    forget_pages(root)
    start = time.perf_counter()
    codes = Codes(Lance(root / "vectors.lance", dim, "synthetic"), root / "scan")
    view = codes.follow()
    record(
        "opened, nothing in the page cache", 1e3 * (time.perf_counter() - start), "ms", "<= 3000"
    )

    some = np.random.default_rng(2).integers(0, rows, min(rows, 10_000))
    space = centred_space("synthetic", view.take(np.sort(some)))
    start = time.perf_counter()
    search(codes, rule_like(view.take(some[:1]), space), 100)
    record("first search, nothing in the page cache", 1e3 * (time.perf_counter() - start), "ms")
    record("memory floor: every code read once", memory_floor(codes), "ms")
    single, several = rules(codes, space, 1, queries), rules(codes, space, 4, queries)
    held_out = next(blocks(queries, dim, spread, draw=99))
    images = [rule_like(held_out[i : i + 1], space) for i in range(queries)]
    random = np.random.default_rng(3)
    reviewed = np.ones(rows, np.bool_)
    reviewed[random.choice(rows, min(20_000, rows // 2), replace=False)] = False
    goal = "<= 30" if rows <= 1_000_000 else "<= 100"
    cases = {
        "k = 100": (single, 100, None, goal),
        "k = 100, held-out images": (images, 100, None, goal),
        "k = 1,000": (single, 1000, None, ""),
        "k = 100, 10 % mask": (single, 100, random.random(rows) < 0.1, ""),
        "k = 100, 20,000 reviewed": (single, 100, reviewed, ""),
        "k = 100, 4 prototypes": (several, 100, None, ""),
    }
    found = {}
    for name, (chosen, k, mask, aim) in cases.items():
        calls = [partial(search, codes, rule, k, mask) for rule in chosen]
        middle, slow, answers = timed(calls)
        found[name] = [scores for _, scores in answers]
        record(f"search, {name}: p50", middle, "ms", aim)
        record(f"search, {name}: p95", slow, "ms")
    start = time.perf_counter()
    dense_scores(codes, single[0])
    record("exact scores of everything", 1e3 * (time.perf_counter() - start), "ms")
    record("peak memory, all of the above", memory.stop(), "MB", "<= 6000")

    true = {}
    for name, (chosen, k, mask, _) in cases.items():
        true[name] = exact_best(view, chosen, k, mask)
        record(f"search, {name}: recall", recall(found[name], true[name]), "share", ">= 0.99")
    compared = {name: (cases[name][0], cases[name][1], true[name]) for name in COMPARED}
    for peer in peers(Mapped(view, space), root, graphs):
        if isinstance(peer, str):
            print(f"  left out: {peer}", flush=True)
            continue
        record(f"{peer.name}: built", peer.built, "s")
        record(f"{peer.name}: bytes a row and dimension", peer.bytes / rows / dim, "bytes")
        for name, (chosen, k, best) in compared.items():
            directions = [rule.directions[0] for rule in chosen]
            middle, slow, answers = timed([partial(peer.ask, one, k) for one in directions])
            scores = [
                rule.score(view.take(numbers))
                for rule, numbers in zip(chosen, answers, strict=True)
            ]
            record(f"{peer.name}, {name}: p50", middle, "ms")
            record(f"{peer.name}, {name}: p95", slow, "ms")
            record(f"{peer.name}, {name}: recall", recall(scores, best), "share")
    return records


def main() -> None:
    """Measure, print a table, write records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--spread", type=float, default=1.0, help="noise of a cluster; centre 1")
    parser.add_argument("--queries", type=int, default=15)
    parser.add_argument("--graphs", type=int, default=200_000,
                        help="build hnswlib's graph up to so many rows")  # fmt: skip
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="likewise-benchmark-"))
    try:
        records = measure(given.rows, given.dim, given.spread, given.queries, root, given.graphs)
    finally:
        shutil.rmtree(root)
    publish(records, given.json)


if __name__ == "__main__":
    main()
