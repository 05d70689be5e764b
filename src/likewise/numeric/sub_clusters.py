"""The few clusters inside a set of examples, or one where they do not separate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from likewise.numeric.kmeans import mean_silhouette, spherical_kmeans

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
