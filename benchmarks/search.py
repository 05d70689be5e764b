"""How fast, how right and how big a search is, against numpy's brute force in the same run.

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
from _records import Figure, publish
from numpy.typing import NDArray

from likewise.rule import Rule
from likewise.scan.codes import Codes
from likewise.scan.kernel import engine
from likewise.scan.search import dense_scores, search
from likewise.space import Space, centred_space
from likewise.stores.lance import Lance
from likewise.threads.blocks import Blocks, share_blocks
from likewise.vectors import Scores, Vectors, unit

BATCH = 4096
CLUSTERS = 1000


def blocks(rows: int, dim: int, spread: float, seed: int = 0) -> Iterator[Vectors]:
    """Unit rows around cluster centres; `spread` is the noise's length, a centre's being 1."""
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((CLUSTERS, dim))) + unit(random.standard_normal(dim))
    share = 1 / np.arange(1, CLUSTERS + 1)
    scale = np.float32(spread / np.sqrt(dim))
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


def brute_force(
    vectors: Vectors, lengths: NDArray[np.float32], rule: Rule, k: int
) -> tuple[NDArray[np.int64], Scores]:
    """The k best by float32 products over all rows, held in memory."""
    weights, offsets = rule.linear_form()
    scores = (vectors @ weights.T + offsets).max(axis=1) / lengths
    best = np.argpartition(scores, -k)[-k:]
    best = best[np.argsort(-scores[best])]
    return best, scores[best]


def recall(found: list[Any], true: list[Any]) -> float:
    """Mean share of what was found that is as good as the true k-th best, to float32's error."""
    pairs = zip(found, true, strict=True)
    return float(np.mean([np.mean(got[1] >= best[1][-1] - 2e-6) for got, best in pairs]))


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


def measure(rows: int, dim: int, spread: float, queries: int, root: Path) -> list[Figure]:
    """Everything."""
    setting = f"{rows:,} x {dim}, {len(os.sched_getaffinity(0))} cores, {engine()}, spread {spread}"
    records: list[Figure] = []

    def record(name: str, value: float, unit_name: str, goal: str = "") -> None:
        records.append(Figure(name, value, unit_name, goal, setting))

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
    start = time.perf_counter()
    codes = Codes(Lance(root / "vectors.lance", dim, "synthetic"), root / "scan")
    view = codes.follow()
    record("store and codes: opened", 1e3 * (time.perf_counter() - start), "ms", "<= 3000")
    size = sum(file.stat().st_size for file in (root / "scan").iterdir())
    record("codes: bytes a row and dimension", size / rows / dim, "bytes")
    record("memory floor: every code read once", memory_floor(codes), "ms")

    some = np.random.default_rng(2).integers(0, rows, min(rows, 10_000))
    space = centred_space("synthetic", view.take(np.sort(some)))
    single = rules(codes, space, 1, queries)
    several = rules(codes, space, 4, queries)
    tenth = np.random.default_rng(3).random(rows) < 0.1
    cases = {
        "k = 100": (single, 100, None, "< 60"),
        "k = 1,000": (single, 1000, None, ""),
        "k = 100, 10 % mask": (single, 100, tenth, ""),
        "k = 100, 4 prototypes": (several, 100, None, ""),
    }
    found = {}
    for name, (chosen, k, mask, goal) in cases.items():
        calls = [partial(search, codes, rule, k, mask) for rule in chosen]
        middle, slow, found[name] = timed(calls)
        record(f"search, {name}: p50", middle, "ms", goal)
        record(f"search, {name}: p95", slow, "ms")
    start = time.perf_counter()
    dense_scores(codes, single[0])
    record("exact scores of everything", 1e3 * (time.perf_counter() - start), "ms")
    record("peak memory, all of the above", memory.stop(), "MB", "no float32 copy of all")

    whole = np.concatenate(
        [view.take(np.arange(a, min(a + BATCH, rows))) for a in range(0, rows, BATCH)]
    )
    lengths = space.lengths(whole)
    for name, (chosen, k, mask, _) in cases.items():
        if mask is None:
            brute = [partial(brute_force, whole, lengths, rule, k) for rule in chosen]
            middle, _, true = timed(brute)
            record(f"numpy float32, {name}: p50", middle, "ms")
        else:
            places = np.flatnonzero(mask)
            here, short = whole[places], lengths[places]
            true = [brute_force(here, short, rule, k) for rule in chosen]
        goal = ">= 0.999" if k == 100 else ""
        record(f"search, {name}: recall", recall(found[name], true), "share", goal)
    return records


def main() -> None:
    """Measure, print a table, write records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--spread", type=float, default=1.0, help="noise of a cluster; centre 1")
    parser.add_argument("--queries", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="likewise-benchmark-"))
    try:
        records = measure(given.rows, given.dim, given.spread, given.queries, root)
    finally:
        shutil.rmtree(root)
    publish(records, given.json)


if __name__ == "__main__":
    main()
