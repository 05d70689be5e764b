"""K-means by cosine, the same every time, and the few clusters inside a set of examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit

_ROUNDS = 50


def spherical_kmeans(rows: Vectors, weights: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """K-means by cosine (Dhillon and Modha 2001), the same for any order of the rows.

    It starts from the most central row and then, each time, from the row least like all starts
    so far (Gonzalez 1985); nothing is drawn at random.

    Args:
        rows: (n, dim) of unit length.
        weights: (n,).
        count: how many clumps; fewer come out when rows coincide.

    Returns:
        Clump numbers of shape (n,).

    Example:
        >>> rows = np.repeat(np.eye(2, dtype=np.float32), 2, axis=0)
        >>> spherical_kmeans(rows, np.ones(4, np.float32), 2).tolist()
        [0, 0, 1, 1]
    """
    cosines = rows @ rows.T
    starts = [int((cosines @ weights).argmax())]
    while len(starts) < count:
        starts.append(int(cosines[:, starts].max(axis=1).argmin()))
    labels = cosines[:, starts].argmax(axis=1)
    for _ in range(_ROUNDS):
        members = weights * (labels == np.arange(count)[:, None])
        moved = (rows @ unit(members @ rows).T).argmax(axis=1)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return np.asarray(labels)


def mean_silhouette(rows: Vectors, labels: NDArray[np.intp]) -> float:
    """How much nearer rows are to their own clump than to the next; between -1 and 1.

    Rousseeuw 1987, with 1 - cosine for the distance; a clump of one counts 0.

    Args:
        rows: (n, dim) of unit length.
        labels: (n,), clump numbers, at least two different ones.

    Example:
        >>> rows = np.repeat(np.eye(2, dtype=np.float32), 2, axis=0)
        >>> mean_silhouette(rows, np.array([0, 0, 1, 1]))
        1.0
    """
    apart = 1 - rows @ rows.T
    clusters, cluster_of = np.unique(labels, return_inverse=True)
    sizes = np.bincount(cluster_of)
    totals = np.stack([apart[:, labels == cluster].sum(axis=1) for cluster in clusters], axis=1)
    each = np.arange(len(rows))
    within = totals[each, cluster_of] / np.maximum(sizes[cluster_of] - 1, 1)
    others = totals / sizes
    others[each, cluster_of] = np.inf
    nearest = others.min(axis=1)
    widths = (nearest - within) / np.maximum(np.maximum(nearest, within), 1e-12)
    return float(np.where(sizes[cluster_of] > 1, widths, 0).mean())


SMALLEST = 2
"""Rows in the smallest cluster that counts."""

ClusterMethod = Literal["kmeans", "hdbscan"]


def sub_clusters(
    rows: NDArray[np.float32],
    weights: NDArray[np.float32],
    most: int,
    least_silhouette: float,
    method: ClusterMethod = "kmeans",
) -> Sequence[NDArray[np.bool_]]:
    """One mask over the rows for each cluster.

    The number of clusters is the one with the best mean silhouette (Rousseeuw 1987), and 1 when
    none reaches `least_silhouette`.

    Args:
        rows: unit vectors, float32 (n, dim).
        weights: float32 (n,).
        most: the largest number of clusters to try.
        least_silhouette: below this all rows are one cluster.
        method: "kmeans" (by cosine), or "hdbscan" (Campello 2013), which finds the number of
            clusters itself and leaves outliers out of all of them.

    Example:
        >>> x = np.repeat(np.eye(2, dtype=np.float32), 2, axis=0)
        >>> [mask.tolist() for mask in sub_clusters(x, np.ones(4, np.float32), 3, 0.3)]
        [[True, True, False, False], [False, False, True, True]]
    """
    best, best_silhouette = [np.ones(len(rows), dtype=bool)], least_silhouette
    if len(rows) <= SMALLEST or most == 1:
        return best
    for labels in _labellings(rows, weights, most, method):
        inside = labels >= 0
        clusters = np.unique(labels[inside])
        if 2 <= len(clusters) < inside.sum():
            silhouette = mean_silhouette(rows[inside], labels[inside])
            if silhouette > best_silhouette:
                best = [labels == cluster for cluster in clusters]
                best_silhouette = silhouette
    return best


def _labellings(
    rows: NDArray[np.float32], weights: NDArray[np.float32], most: int, method: ClusterMethod
) -> Iterator[NDArray[np.intp]]:
    """Cluster numbers, -1 for outliers, for each number of clusters that is worth a try."""
    if method == "hdbscan":
        # scikit-learn takes most of a second to import, so only who asks for it pays for it
        from sklearn.cluster import HDBSCAN

        clusterer = HDBSCAN(min_cluster_size=SMALLEST, copy=True)
        yield np.asarray(clusterer.fit_predict(rows))
    else:
        for count in range(2, min(most, len(rows) - 1) + 1):
            yield spherical_kmeans(rows, weights, count)
