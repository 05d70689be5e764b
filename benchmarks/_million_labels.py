"""Time and memory of one method over many made-up vectors; run as a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import numpy as np

from likewise.propagate.base import PropagationGraph, propagate

CLASSES, LABELS = 20, 5000


def make(file: Path, count: int, dim: int) -> None:
    """Clumps of unit rows round random centres, ten a class, written in blocks."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((CLASSES * 10, dim)).astype(np.float32)
    rows = np.lib.format.open_memmap(file, "w+", np.float32, (count, dim))
    owners = random.integers(0, len(centres), count)
    for start in range(0, count, 20_000):
        own = owners[start : start + 20_000]
        block = centres[own] + 1.5 * random.standard_normal((len(own), dim)).astype(np.float32)
        rows[start : start + len(own)] = block / np.linalg.norm(block, axis=1, keepdims=True)
    rows.flush()
    np.save(file.with_suffix(".owners.npy"), owners // 10)


def measure(file: Path, method: str) -> dict[str, float]:
    """Seconds, peak bytes, coverage at .9 and accuracy there."""
    rows = np.load(file, mmap_mode="r")
    owners = np.load(file.with_suffix(".owners.npy"))
    given = np.full(len(rows), -1)
    some = np.random.default_rng(1).permutation(len(rows))[:LABELS]
    given[some] = owners[some]
    start = time.perf_counter()
    done = propagate(PropagationGraph(rows), given, method)
    seconds = time.perf_counter() - start
    new = done.accepted
    return {
        "seconds": seconds,
        "cpu_seconds": time.process_time(),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "coverage": done.coverage,
        "accuracy": float((done.labels[new] == owners[new]).mean()) if len(new) else 0.0,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("method")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.file, chosen.method)))
