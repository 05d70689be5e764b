"""The stored neighbour graph measured: making it, memory, what it finds, and updates.

Run: python benchmarks/neighbour_graph.py --workspace WORKSPACE --json OUT [--rows N ...] [--dim D].
Rows are synthetic, clustered vectors; a workspace is only read.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from _needs import announce
from _records import Figure, publish
from search import PeakMemory, blocks

from likewise.core.space import Space, centred_space
from likewise.core.vectors import Vectors
from likewise.numeric.neighbours import EXACT_UP_TO
from likewise.search.graph.build import NEIGHBOURS, CentredRows, write_graph
from likewise.search.graph.file import GraphFile, open_graph_file
from likewise.search.scan.files import Files
from likewise.search.scan.view import View
from likewise.workspace import Workspace

_ASKED = 500  # images whose neighbours are compared with the true ones
_RUN = 4096
_SAME = 1e-3  # of cosines: vectors are kept as float16


@contextmanager
def measured() -> Iterator[SimpleNamespace]:
    """Seconds of wall and of processors, and the process's peak of memory, without files."""
    out, memory = SimpleNamespace(), PeakMemory()
    start, busy = time.perf_counter(), time.process_time()
    yield out
    out.seconds, out.busy = time.perf_counter() - start, time.process_time() - busy
    out.memory = memory.stop()


def opened(file: Path) -> GraphFile:
    """A graph that was made just now."""
    graph = open_graph_file(file)
    assert graph is not None
    return graph


def recall(graph: GraphFile, rows: CentredRows) -> float:
    """The share of neighbours that are as near as the true tenth, of some images."""
    count = min(_ASKED, len(rows))
    some = np.sort(np.random.default_rng(1).choice(len(rows), count, replace=False))
    asked = rows[some]
    depth = min(NEIGHBOURS, len(rows) - 1)
    best = np.full((count, depth), -2, dtype=np.float32)
    for start in range(0, len(rows), _RUN):
        members = np.arange(start, min(start + _RUN, len(rows)))
        cosines = asked @ rows[members].T
        here = np.flatnonzero((some >= start) & (some < members[-1] + 1))
        cosines[here, some[here] - start] = -2
        best = np.partition(np.concatenate([best, cosines], axis=1), -depth, axis=1)[:, -depth:]
    tenth = best.min(axis=1, keepdims=True)
    return float((graph.cosines[some][:, :depth] >= tenth - _SAME).mean())


def graph_of(view: View, space: Space, folder: Path, what: str) -> list[Figure]:
    """Make the graph of all rows; where all are compared, also as if there were more."""
    figures = []
    cores = len(os.sched_getaffinity(0))
    setting = f"{what}, {view.parts[0].vectors.shape[1]} dimensions, {cores} cores"
    ways = {"": EXACT_UP_TO}
    if len(view) <= EXACT_UP_TO:
        ways[", through cells"] = 0
    for how, exact_up_to in ways.items():
        file = folder / f"{exact_up_to}.safetensors"
        with measured() as cost:
            write_graph(file, view, "all", space, exact_up_to=exact_up_to)
        found = recall(opened(file), CentredRows(view, space))
        size = file.stat().st_size / 1e6
        figures += [
            Figure(f"graph{how}", cost.seconds, "s", "", setting),
            Figure(f"graph{how}: of processors", cost.busy, "s", "", setting),
            Figure(f"graph{how}: peak memory of the process", cost.memory, "MiB", "", setting),
            Figure(f"graph{how}: recall of the 10 nearest", found, "", "", setting),
            Figure(f"graph{how}: file", size, "MB", "", setting),
        ]
    return figures


def of_workspace(path: Path, folder: Path) -> list[Figure]:
    """The graph of the photos of a workspace."""
    with Workspace(path) as workspace:
        collection = workspace.collection
        view = collection._codes.follow()
        return graph_of(view, collection.space(), folder, f"{len(view):,} photos")


def of_rows(count: int, dim: int, folder: Path) -> list[Figure]:
    """Synthetic rows: the graph of all but some, and what those cost when they come."""
    files = Files(folder / "codes", dim, "synthetic")
    drawn = (block.astype(np.float16) for block in blocks(count, dim, spread=1.0))
    files.append([("rows", count)], drawn)
    space = _space(files)
    whole = View(1, (files.rows,), None)
    figures = graph_of(whole, space, folder, f"{count:,} rows")
    file = folder / f"{EXACT_UP_TO}.safetensors"
    for more in dict.fromkeys((max(1, count // 10_000), max(1, count // 100))):
        extra = next(iter(blocks(more, dim, spread=1.0, draw=more)))[:more].astype(np.float16)
        files.append([(f"more {more}", len(extra))], [extra])
        with measured() as cost:
            write_graph(file, View(1, (files.rows,), None), f"more {more}", space)
        setting = f"{more:,} to {count:,} x {dim}"
        figures += [
            Figure("adding", cost.seconds, "s", "", setting),
            Figure("adding: of processors", cost.busy, "s", "", setting),
        ]
    return figures


def _space(files: Files) -> Space:
    sample: Vectors = files.rows.units(slice(0, 10_000))
    return centred_space("synthetic", sample)


def main() -> None:
    """Measure and publish."""
    announce()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workspace", type=Path, help="of photos that are indexed")
    parser.add_argument("--rows", type=int, nargs="*", default=[], help="synthetic rows")
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.workspace is None and not options.rows:
        parser.error("give --workspace WORKSPACE, --rows N, or both")
    figures = []
    with tempfile.TemporaryDirectory(prefix="likewise-bench-") as home:
        if options.workspace is not None:
            figures += of_workspace(options.workspace, _made(Path(home, "photos")))
        for count in options.rows:
            figures += of_rows(count, options.dim, _made(Path(home, str(count))))
    publish(figures, options.json)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
