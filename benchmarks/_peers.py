"""Other exact and approximate searches over the same vectors, for a side by side in one run.

Each is given rows that went through the space already, so that a score is one inner product.
A peer that is not installed, or would not fit, says why and is left out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors


class Rows(Protocol):
    """Unit rows, float32, perhaps computed as they are asked for."""

    shape: tuple[int, int]
    size: int
    nbytes: int

    def __len__(self) -> int:
        """How many."""
        ...

    def __getitem__(self, which: slice, /) -> Vectors:
        """Some of them; shape (n, dim)."""
        ...


Ask = Callable[[NDArray[np.float32], int], NDArray[np.int64]]
"""From one direction of shape (dim,) and k to row numbers, the best first."""


@dataclass(frozen=True)
class Peer:
    """One of them, ready to be asked.

    Attributes:
        name: of library and index.
        ask: one question.
        built: seconds that it took.
        bytes: of its index, in memory or on the disk.
    """

    name: str
    ask: Ask
    built: float
    bytes: int


def peers(rows: Rows, folder: Path, most_for_graphs: int, only: str = "") -> Iterator[Peer | str]:
    """Every peer that can be had, one at a time; or a sentence why not.

    Args:
        rows: float32 of shape (n, dim), unit rows; may be memory-mapped.
        folder: for indexes on the disk.
        most_for_graphs: rows from which on graphs are not built; they take hours.
        only: part of the name of the ones that are wanted.
    """
    for make in (_numpy, _faiss_flat, _faiss_sq8, _usearch, _lance_rq, _hnswlib):
        if only not in make.__name__:
            continue
        if make is not _hnswlib or len(rows) <= most_for_graphs:
            yield _tried(make, rows, folder)
            continue
        yield f"hnswlib: building a graph over {len(rows):,} rows takes hours; not built"


def _tried(make: Callable[[Rows, Path], Peer], rows: Rows, folder: Path) -> Peer | str:
    try:
        return make(rows, folder)
    except ImportError as error:
        return f"{make.__name__.strip('_')}: {error.name} is not installed"
    except MemoryError as error:
        return f"{make.__name__.strip('_')}: {error}"


def _fits(wanted: int) -> None:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable"):
            free = int(line.split()[1]) << 10
    if wanted > 0.8 * free:
        raise MemoryError(f"{wanted / 1e9:.1f} GB would not fit into {free / 1e9:.1f} GB")


def _numpy(rows: Rows, _: Path) -> Peer:
    _fits(rows.nbytes)
    whole = rows[: len(rows)]

    def ask(direction: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        scores = whole @ direction
        best = np.argpartition(scores, -k)[-k:]
        return best[np.argsort(-scores[best])]

    return Peer("numpy float32", ask, 0.0, whole.nbytes)


def _faiss_flat(rows: Rows, _: Path) -> Peer:
    return _faiss(rows, "Flat", rows.nbytes)


def _faiss_sq8(rows: Rows, _: Path) -> Peer:
    return _faiss(rows, "SQ8", rows.size)


def _faiss(rows: Rows, kind: str, size: int) -> Peer:
    import faiss

    _fits(size)
    started = time.perf_counter()
    index = faiss.index_factory(rows.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    index.train(rows[:100_000])
    for start in range(0, len(rows), 1 << 16):
        index.add(np.ascontiguousarray(rows[start : start + (1 << 16)]))

    def ask(direction: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        return np.asarray(index.search(direction[None], k)[1][0])

    return Peer(f"faiss {kind}", ask, time.perf_counter() - started, size)


def _usearch(rows: Rows, _: Path) -> Peer:
    from usearch.index import MetricKind, search

    _fits(rows.size)
    started = time.perf_counter()
    codes = np.empty(rows.shape, np.int8)
    for start in range(0, len(rows), 1 << 16):
        block = rows[start : start + (1 << 16)]
        codes[start : start + (1 << 16)] = np.rint(127 * block / np.abs(block).max(1)[:, None])

    def ask(direction: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        query = np.rint(127 * direction / np.abs(direction).max()).astype(np.int8)
        found = search(codes, query, k, MetricKind.Cos, exact=True)
        return np.asarray(found.keys, np.int64)

    return Peer("usearch exact int8", ask, time.perf_counter() - started, codes.nbytes)


def _hnswlib(rows: Rows, _: Path) -> Peer:
    import hnswlib

    _fits(rows.nbytes)
    started = time.perf_counter()
    index = hnswlib.Index(space="ip", dim=rows.shape[1])
    index.init_index(len(rows), ef_construction=200, M=16)
    for start in range(0, len(rows), 1 << 16):
        index.add_items(rows[start : start + (1 << 16)])
    built = time.perf_counter() - started

    def ask(direction: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        index.set_ef(max(400, k))
        return np.asarray(index.knn_query(direction[None], k)[0][0], np.int64)

    return Peer("hnswlib ef 400", ask, built, rows.nbytes)


def _lance_rq(rows: Rows, folder: Path) -> Peer:
    import lance
    import pyarrow as pa

    dim = rows.shape[1]
    place = folder / "peer.lance"
    started = time.perf_counter()

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, len(rows), 1 << 14):
            halves = rows[start : start + (1 << 14)].astype(np.float16)
            flat = pa.FixedSizeListArray.from_arrays(pa.array(halves.ravel()), dim)
            yield pa.record_batch([flat], names=["vector"])

    schema = pa.schema([("vector", pa.list_(pa.float16(), dim))])
    dataset = lance.write_dataset(batches(), str(place), schema, data_storage_version="2.1")
    partitions = max(1, min(4096, int(len(rows) ** 0.5)))
    dataset.create_index(
        "vector", "IVF_RQ", metric="cosine", num_partitions=partitions, num_bits=5
    )  # without num_bits it fails
    dataset = lance.dataset(str(place))
    dataset.prewarm_index("vector_idx")
    size = sum(file.stat().st_size for file in (place / "_indices").rglob("*") if file.is_file())

    def ask(direction: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        near: dict[str, Any] = {
            "column": "vector", "q": direction, "k": k, "nprobes": partitions, "refine_factor": 5,
        }  # fmt: skip
        table = dataset.to_table(columns=[], nearest=near, with_row_id=True)
        return np.asarray(table.column("_rowid").to_numpy(), np.int64)

    return Peer("Lance IVF_RQ, all probed", ask, time.perf_counter() - started, size)
