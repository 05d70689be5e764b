"""The graph of nearest neighbours, and the strongest paths along it."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from likewise.core.vectors import Vectors
from likewise.numeric.neighbours import nearest_rows
from likewise.propagate.methods._votes import Ints

_POWER = 3


def graph_of(rows: Vectors, neighbours: int) -> csr_matrix:
    """Each row joined to its nearest, and to those whose nearest it is.

    Args:
        rows: (n, d) of unit length.
        neighbours: how many nearest rows each is joined to.

    Returns:
        (n, n) sparse, float32, symmetric, without loops: the cube of the cosine, or nothing
        where that is not positive.
    """
    near, similarity = nearest_rows(rows, neighbours)
    weights = np.maximum(similarity, np.float32(0)) ** _POWER
    real = weights > 0
    ends = np.concatenate([[0], np.cumsum(real.sum(axis=1))])
    directed = csr_matrix((weights[real], near[real], ends), shape=(len(rows), len(rows)))
    graph = directed.maximum(directed.T).tocsr()
    graph.sum_duplicates()  # sorts, now and not in the middle of somebody's reading
    return graph


def strongest_sources(graph: csr_matrix, labels: Ints, sources: Ints) -> Ints:
    """The source that the strongest path to each row starts at, among rows of one label.

    A path's strength is the product of its edges' weights, each divided by the largest weight
    of the graph; found by Dijkstra's algorithm from all sources at once.

    Args:
        graph: (n, n) from `graph_of`.
        labels: (n,) a path only goes through rows of the label of the row it explains.
        sources: the rows that paths start at.

    Returns:
        (n,) rows of sources, -1 where no path leads.
    """
    edges = graph.tocoo()
    inside = (labels[edges.row] == labels[edges.col]) & (labels[edges.row] >= 0)
    weights = edges.data[inside] / max(float(edges.data.max(initial=0)), 1e-12)
    # Never 0, which would be no edge: each step costs a little, so that short paths win.
    lengths = 1e-3 - np.log(np.minimum(weights.astype(np.float64), 1.0))
    ways = csr_matrix((lengths, (edges.row[inside], edges.col[inside])), shape=graph.shape)
    _, _, found = dijkstra(
        ways, directed=False, indices=sources, min_only=True, return_predecessors=True
    )
    return np.where(found >= 0, found, -1).astype(np.intp)
