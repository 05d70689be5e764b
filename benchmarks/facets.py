"""Facets measured over made-up rows: reading them once, and counting under choices.

Run: python benchmarks/facets.py [--rows N].
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from _needs import announce

from likewise.search.facets.choice import Choice
from likewise.search.facets.columns import FacetColumns, read_facets
from likewise.search.facets.counts import FacetQuery, condition, count_facets, matching
from likewise.search.store.lance import Lance

_BLOCK = 50_000
_ROUNDS = 9
_COLOURS = ("red", "green", "blue", "black", "white", "grey", "brown", "pink")

_T = TypeVar("_T")


def made(path: Path, rows: int) -> Lance:
    """A dataset of rows with columns and five keys of metadata."""
    random = np.random.default_rng(0)
    store = Lance(path, dim=2)
    for start in range(0, rows, _BLOCK):
        count = min(_BLOCK, rows - start)
        numbers = random.integers(0, 1 << 30, (count, 6))
        cells = [
            json.dumps(
                {
                    "colour": _COLOURS[a % 8],
                    "article": f"article {b % 140}",
                    "price": round(c % 20_000 / 7, 2),
                    "rating": int(d % 5),
                    "labels": [_COLOURS[a % 3], _COLOURS[b % 8]],
                }
            )
            for a, b, c, d, *_ in numbers.tolist()
        ]
        table = pa.table(
            {
                "item_id": [f"{n}.jpg" for n in range(start, start + count)],
                "folder": [f"folder {n % 900}" for n in numbers[:, 4].tolist()],
                "width": (numbers[:, 5] % 4000).astype(np.int32),
                "bytes": numbers[:, 0],
                "taken_at": [
                    f"20{n % 25:02d}-0{1 + n % 9}-1{n % 10}T10:00:{n % 60:02d}"
                    for n in numbers[:, 1].tolist()
                ],
                "metadata": cells,
            }
        )
        store.append(table, np.tile(np.array([[1, 0]], np.float32), (count, 1)))
    return store


def seconds(run: Callable[[], _T]) -> tuple[float, _T]:
    """The middle of some runs, and what the last one answers."""
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        answer = run()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2], answer


def main() -> None:
    """Print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    announce()
    with tempfile.TemporaryDirectory() as folder:
        store = made(Path(folder) / "vectors", arguments.rows)
        start = time.perf_counter()
        facets = read_facets(store)
        first = time.perf_counter() - start
        names = len(facets.columns)
        print(f"{arguments.rows:,} rows, {names} facets: read once in {first:.2f} s")
        allowed = np.ones(len(store), np.bool_)
        price = Choice(low=100.0, high=900.0)
        for what, chosen in [
            ("nothing chosen", {}),
            ("one colour", {"metadata.colour": Choice(("red",))}),
            (
                "two colours, a range, a label",
                {
                    "metadata.colour": Choice(("red", "blue")),
                    "metadata.price": price,
                    "metadata.labels": Choice(("green",)),
                },
            ),
        ]:
            report(store, facets, chosen, allowed, what)


def report(
    store: Lance,
    facets: FacetColumns,
    chosen: dict[str, Choice],
    allowed: np.ndarray[tuple[int], np.dtype[np.bool_]],
    what: str,
) -> None:
    """Time one choice, and the same as a condition."""
    query = FacetQuery({x: c for x, c in chosen.items() if x in facets.columns}, {})
    took, (left, _) = seconds(lambda: count_facets(facets, query, allowed))
    print(f"{what}: {1000 * took:.0f} ms, {left:,} rows left")
    written = condition(facets, query.chosen)
    if written:
        took, _ = seconds(lambda: matching(facets, query.chosen, len(store)))
        print(f"  its rows, for the filter of other routes: {1000 * took:.0f} ms")
        start = time.perf_counter()
        rows = len(store.positions_where(written))
        took = time.perf_counter() - start
        print(f"  the same evaluated as SQL: {1000 * took:.0f} ms, {rows:,} rows")
        print(f"  the same evaluated as SQL: {1000 * took:.0f} ms, {rows:,} rows")


if __name__ == "__main__":
    main()
