"""Whether the stored neighbour graph is of the vectors that it says it is of."""

from __future__ import annotations

import numpy as np

from likewise.search.collection import Collection
from likewise.search.graph import NeighbourGraph

_BLOCK_ROWS = 1 << 16
_PROBES = 20
_APART = 0.05  # of a cosine: the mean may have moved a little since the graph was made


def graph_fault(collection: Collection) -> str:
    """What is wrong with a fresh graph, in words; "" where nothing is, or there is no graph.

    All positions and cosines are looked at; the cosines of a few images are computed again.
    """
    graph = collection.graph()
    if graph is None:
        return ""
    for start in range(0, len(graph), _BLOCK_ROWS):
        fault = _fault(graph, start, min(start + _BLOCK_ROWS, len(graph)))
        if fault:
            return fault
    return _wrong_cosines(collection, graph)


def _fault(graph: NeighbourGraph, start: int, end: int) -> str:
    near, cosines = graph.neighbours[start:end], graph.cosines[start:end]
    itself = np.arange(start, end)[:, None]
    bad = (near < -1) | (near >= len(graph)) | (near == itself)
    if bad.any():
        row = start + int(bad.any(axis=1).argmax())
        return f"image {row} of {len(graph)} has a neighbour that is no other image"
    unsorted = (cosines[:, 1:] > cosines[:, :-1]).any(axis=1)
    in_range = ((cosines >= -1) & (cosines <= 1)).all(axis=1)
    wrong = unsorted | ~in_range
    if wrong.any():
        row = start + int(wrong.argmax())
        return f"the cosines of image {row} of {len(graph)} are out of order or range"
    return ""


def _wrong_cosines(collection: Collection, graph: NeighbourGraph) -> str:
    space = collection.space()
    for row in np.unique(np.linspace(0, len(graph) - 1, _PROBES).astype(np.int64)).tolist():
        near = graph.neighbours[row]
        near = near[near >= 0]
        ids = collection.at(np.array([row, *near.tolist()], dtype=np.int64))
        rows = space.apply(collection.vectors(ids))
        cosines = rows[1:] @ rows[0]
        if (np.abs(cosines - graph.cosines[row, : len(near)]) > _APART).any():
            return f"the cosines of '{ids[0]}' are not those of its neighbours"
    return ""
