"""What runs on a Ray cluster besides indexing, against one process: time, processor time, answers.

The workers are processes of this machine, so that they are hardly faster than one process that
uses all cores; what tells is the processor time and that the answers are the same. Processor time
is that of this process and all it has started: Ray's own, workers, and what decodes for them.
"""

from __future__ import annotations

from _needs import announce

announce("psutil", "ray")  # before they are imported

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import lance
import numpy as np
import psutil
import pyarrow as pa
from _records import Figure, publish
from ray_kills import guard_ray

from likewise.apply.scoring import score_images
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.core.vectors import Vectors, unit
from likewise.curate.on_cluster import find_stored_neighbours
from likewise.distribute.ray_cluster import RayCluster
from likewise.encoders.base import open_encoder
from likewise.indexing.index_segments import index_by
from likewise.numeric.neighbours import find_neighbours
from likewise.search.scan.inverted_file import index_in_process
from likewise.workspace import Workspace

Answer = TypeVar("Answer")


def busy() -> float:
    """Processor seconds of this process and of those below it that live."""
    me = psutil.Process()
    total = 0.0
    for one in [me, *me.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def timed(do: Callable[[], Answer]) -> tuple[Answer, float, float]:
    """What it answers, and its seconds by the clock and of processors."""
    started, before = time.monotonic(), busy()
    answer = do()
    return answer, time.monotonic() - started, busy() - before


def pair(name: str, here: Callable[[], Any], on_ray: Callable[[], Any], count: int, setting: str,
         same: Callable[[Any, Any], float]) -> list[Figure]:  # fmt: skip
    """The same work by one process and by the cluster."""
    wanted, seconds, cpu = timed(here)
    found, ray_seconds, ray_cpu = timed(on_ray)
    figures = []
    for how, clock, processor in (("plain", seconds, cpu), ("Ray", ray_seconds, ray_cpu)):
        figures += [
            Figure(f"{name}, {how}: rate", count / clock, "a second", "", setting),
            Figure(f"{name}, {how}: processor time", 1e3 * processor / count, "ms each", "",
                   setting),
        ]  # fmt: skip
    figures.append(Figure(f"{name}: share that is the same", same(wanted, found), "", "1", setting))
    publish(figures, None)
    return figures


def clustered(count: int, dim: int) -> Vectors:
    """Unit rows in clusters of about a thousand."""
    random = np.random.default_rng(0)
    centres = unit(random.standard_normal((max(1, count // 1000), dim)))
    out = np.empty((count, dim), np.float32)
    for start in range(0, count, 8192):
        some = centres[random.integers(0, len(centres), len(out[start : start + 8192]))]
        noise = random.standard_normal(some.shape) / np.sqrt(dim)
        out[start : start + len(some)] = unit(some + 0.8 * noise)
    return out


def scoring(data: Path, workers: int) -> list[Figure]:
    """Photos by a rule that nobody taught."""
    encoder = open_encoder("efficientnet_lite0")
    toward = unit(np.random.default_rng(0).standard_normal((1, encoder.dim)))
    rule = Rule("mean", Space(encoder.fingerprint, np.zeros(encoder.dim, np.float32)), toward,
                provenance={"encoder_name": encoder.name})  # fmt: skip
    count = sum(path.is_file() for path in data.rglob("*"))
    setting = f"{count:,} photos, {workers} workers of a processor each, {os.cpu_count()} cores"
    return pair(
        "score_images",
        lambda: list(score_images(data, rule)),
        lambda: list(score_images(data, rule, crew=RayCluster)),
        count,
        setting,
        lambda one, other: float(np.mean([a == b for a, b in zip(one, other, strict=True)])),
    )


def neighbours(root: Path, rows: int, dim: int, workers: int, codes: bool) -> list[Figure]:
    """The graph of 20 neighbours of made-up vectors, through cells."""
    encoder = _Nothing(dim)
    vectors = clustered(rows, dim)
    with Workspace.create(root / "graph.likewise", encoder) as place:
        store = place.collection.store
        for start in range(0, rows, 1 << 16):
            names = [f"{row:09d}" for row in range(start, min(start + (1 << 16), rows))]
            store.append(pa.table({"item_id": names}), vectors[start : start + len(names)])
        del vectors
        place.collection.refresh()
        if codes:
            place.collection.write_codes()
        collection = place.collection

        def here() -> Any:
            ids = collection.ids()
            return find_neighbours(ids, collection.space().apply(collection.vectors(ids)))

        return pair(
            "neighbours",
            here,
            lambda: find_stored_neighbours(place, RayCluster),
            rows,
            f"{rows:,} x {dim}, {workers} workers, {os.cpu_count()} cores",
            lambda one, other: float((one.rows == other.rows).mean()),
        )


class _Nothing:
    """An encoder by name only."""

    batch_size = 1
    input_size = 8
    reads_images = False

    def __init__(self, dim: int) -> None:
        self.name, self.fingerprint, self.dim = "precomputed:x", f"nothing-{dim}", dim

    def prepare(self, image: Any) -> Any:
        """Refuse."""
        raise NotImplementedError

    def encode(self, batch: Any) -> Any:
        """Refuse."""
        raise NotImplementedError


def segments(root: Path, rows: int, dim: int, workers: int) -> list[Figure]:
    """Lance's IVF_RQ of made-up vectors in eight fragments."""
    column = pa.FixedSizeListArray.from_arrays(
        pa.array(clustered(rows, dim).astype(np.float16).ravel()), dim
    )
    made = []
    for name in ("here", "ray"):
        table = pa.table({"vector": column})
        made.append(lance.write_dataset(table, str(root / name), max_rows_per_file=-(-rows // 8)))
    return pair(
        "IVF_RQ",
        partial(index_in_process, made[0]),
        partial(index_by, RayCluster, made[1]),
        rows,
        f"{rows:,} x {dim}, {workers} workers, {os.cpu_count()} cores",
        lambda one, other: _recall(made[0].uri, made[1].uri, column, dim),
    )


def _recall(one: str, other: str, column: Any, dim: int) -> float:
    """Share of the 100 best of the first index that the second finds, of 50 rows."""
    flat = column.flatten().to_numpy().reshape(-1, dim)
    every = 1 << 20
    found = []
    for uri in (one, other):
        dataset = lance.dataset(uri)
        found.append([
            set(dataset.scanner(columns=["_rowid", "_distance"], fast_search=True, nearest={
                "column": "vector", "q": flat[row].astype(np.float32), "k": 100,
                "minimum_nprobes": every, "maximum_nprobes": every,
            }).to_table()["_rowid"].to_pylist())
            for row in range(0, len(flat), len(flat) // 50)
        ])  # fmt: skip
    return float(np.mean([len(a & b) / 100 for a, b in zip(*found, strict=True)]))


def main() -> None:
    """Measure, print a table, write records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of photos")
    parser.add_argument("--rows", type=int, default=100_000, help="of made-up vectors")
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--parts", nargs="+", default=["scoring", "neighbours", "segments"])
    parser.add_argument("--without-codes", action="store_true",
                        help="workers read the graph's vectors from the store")  # fmt: skip
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    guard_ray()
    import ray

    root = Path(tempfile.mkdtemp(prefix="likewise-benchmark-"))
    ray.init(num_cpus=given.workers, include_dashboard=False, log_to_driver=False)
    figures: list[Figure] = []
    try:
        if "scoring" in given.parts and given.data is not None:
            figures += scoring(given.data, given.workers)
        if "neighbours" in given.parts:
            figures += neighbours(
                root, given.rows, given.dim, given.workers, not given.without_codes
            )
        if "segments" in given.parts:
            figures += segments(root, given.rows, given.dim, given.workers)
    finally:
        ray.shutdown()
        shutil.rmtree(root)
    publish(figures, given.json)


if __name__ == "__main__":
    main()
