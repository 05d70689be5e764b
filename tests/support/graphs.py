"""Collections with a stored neighbour graph, and the slow, obvious way to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.search.collection import Collection
from likewise.search.graph import GRAPH_FILE, NeighbourGraph
from likewise.search.graph.build import DRIFT
from likewise.search.graph.file import open_graph_file
from likewise.search.store.lance import Lance


class _Nothing:
    """States and sources of a collection that has neither."""

    def all(self, state: str | None = None) -> dict[str, object]:
        return {}


def collection_of(folder: Path, dim: int) -> Collection:
    store = Lance(folder / "vectors", dim, "demo")
    return Collection(store, folder / "scan" / "demo", _Nothing(), _Nothing())  # type: ignore[arg-type]


def add(collection: Collection, rows: Vectors, prefix: str = "") -> None:
    names = [f"{prefix}{number:03d}" for number in range(len(rows))]
    collection.store.append(pa.table({"item_id": names}), rows)
    collection.refresh()


def write(collection: Collection) -> NeighbourGraph:
    collection.write_codes()
    collection.write_graph()
    graph = collection.graph()
    assert graph is not None
    return graph


def cosines_of_all(mapped: Vectors) -> NDArray[np.float32]:
    """The ten best cosines of each row with another, the best first, -1 where there are fewer."""
    cosines = mapped @ mapped.T
    np.fill_diagonal(cosines, -np.inf)
    best = -np.sort(-np.pad(cosines, ((0, 0), (0, 10)), constant_values=-np.inf), axis=1)[:, :10]
    return np.where(np.isfinite(best), best, -1)


def space_of(collection: Collection) -> Space:
    """The space that the graph is of: near to the collection's, and its very own when new."""
    opened = open_graph_file(collection._codes_folder / GRAPH_FILE)
    assert opened is not None
    assert np.linalg.norm(opened.mean - collection.space().mean) <= DRIFT
    return Space("demo", opened.mean)


def assert_exact(collection: Collection, graph: NeighbourGraph) -> None:
    rows = collection.vectors(collection.ids())
    mapped = space_of(collection).apply(rows)
    near, cosines = graph.neighbours, graph.cosines
    assert near.shape == cosines.shape == (len(rows), 10)
    assert near.dtype == np.int32
    np.testing.assert_allclose(cosines, cosines_of_all(mapped), atol=2e-3)
    there = near >= 0
    assert (near < len(rows)).all()
    assert (near != np.arange(len(rows))[:, None]).all()
    each = np.einsum("ij,ikj->ik", mapped, mapped[near])
    np.testing.assert_allclose(cosines[there], each[there], atol=2e-3)
    assert (cosines[~there] == -1).all()
    assert all(len(set(line[line >= 0])) == (line >= 0).sum() for line in near)
