"""K-means over any number of rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from likewise.core.vectors import Vectors, unit

_BLOCK_ROWS = 16_384
_SAMPLE_EACH = 64
"""Rows a cluster that the centres are looked for among; the rest is only assigned."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Groups of rows round centres.

    Attributes:
        centres: (k, d) of unit length.
        members: (n,) the cluster of each row.
        similarity: (n,) cosine of each row to its centre.
        next_similarity: (n,) cosine to the next nearest centre; -1 where there is one cluster.
    """

    centres: Vectors
    members: NDArray[np.intp]
    similarity: NDArray[np.float32]
    next_similarity: NDArray[np.float32]

    @property
    def depth(self) -> NDArray[np.float32]:
        """(n,) 0 on the border to the next cluster, 1 at the centre."""
        gap = np.maximum(self.similarity - self.next_similarity, np.float32(0))
        return np.asarray(gap / np.maximum(1 - self.next_similarity, np.float32(1e-6)), np.float32)

    def ordered(self, order: NDArray[np.intp]) -> Clusters:
        """The same groups of the rows in another order, (n,)."""
        return Clusters(
            self.centres, self.members[order], self.similarity[order], self.next_similarity[order]
        )


def clusters_of(
    rows: Vectors, count: int, assign: Callable[[Vectors], Clusters] | None = None
) -> Clusters:
    """`count` groups of rows (n, d), or fewer where rows coincide.

    Scikit-learn's MiniBatchKMeans (Sculley 2010) on an even sample, from starts that k-means++
    draws with a fixed seed; the same for the same rows in the same order.

    Args:
        rows: (n, d) of unit length.
        count: how many groups.
        assign: puts all rows at the nearest of the centres (k, d); `assigned` unless given.
    """
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    count = max(1, min(count, len(rows)))
    sample_size = max(count * _SAMPLE_EACH, 20_000)
    sample = rows[:: max(1, len(rows) // sample_size)][:sample_size]
    model = MiniBatchKMeans(
        count, n_init=1, random_state=0, batch_size=4096, max_iter=20, compute_labels=False
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than clusters
        model.fit(sample)
    centres = unit(np.unique(model.cluster_centers_, axis=0))
    return assigned(rows, centres) if assign is None else assign(centres)


def assigned(rows: Vectors, centres: Vectors) -> Clusters:
    """Rows (n, d) at their nearest of the centres (k, d)."""
    members = np.empty(len(rows), dtype=np.intp)
    similarity = np.empty((2, len(rows)), dtype=np.float32)
    similarity[1] = -1
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        cosines = rows[block] @ centres.T
        each = np.arange(len(cosines))
        nearest = cosines.argmax(axis=1)
        members[block], similarity[0, block] = nearest, cosines[each, nearest]
        if len(centres) > 1:
            cosines[each, nearest] = -np.inf
            similarity[1, block] = cosines.max(axis=1)
    return Clusters(centres, members, similarity[0], similarity[1])


def moved(rows: Vectors, groups: Clusters, rounds: int = 5) -> Clusters:
    """K-means of other rows (n, e) that starts from these groups of them; at most so many rounds.

    A cluster that nothing is left of is dropped.
    """
    for _ in range(rounds):
        count = len(groups.centres)
        sums = np.zeros((count, rows.shape[1]), dtype=np.float64)
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = slice(start, start + _BLOCK_ROWS)
            part = rows[block]
            ones = np.ones(len(part), dtype=np.float32)
            membership = csr_matrix(
                (ones, groups.members[block], np.arange(len(part) + 1)), (len(part), count)
            )
            sums += membership.T @ part
        filled = np.bincount(groups.members, minlength=count) > 0
        new = assigned(rows, unit(sums[filled]))
        still = len(new.centres) == count and np.array_equal(new.members, groups.members)
        groups = new
        if still:
            break
    return groups
