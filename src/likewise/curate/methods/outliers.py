"""Items that are like nothing else in the pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.selection import Selection
from likewise.core.vectors import Scores
from likewise.curate.base import Pool, chosen
from likewise.errors import BadInputError

_ALIKE = 1e-4


@dataclass(frozen=True)
class Outliers:
    """Drop what lies farthest from its nearest neighbours.

    The score is one less the mean cosine to the k nearest neighbours (the k-nearest-neighbour
    outlier score: Ramaswamy, Rastogi, Shim 2000; its mean: Angiulli, Pizzuti 2002). Where real
    outliers end is for eyes to tell: look at the report before you drop.

    Attributes:
        share: the share of the pool to drop, the most outlying.
        k: how many neighbours an item is judged by.

    Example:
        >>> angles = np.deg2rad([0, 2, 4, 6, 8, 10, 12, 90])
        >>> rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        >>> Outliers(share=0.1, k=3).select(Pool(tuple("abcdefgh"), rows)).dropped
        ('h',)
    """

    share: float = 0.01
    k: int = 20

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadInputError(f"k is {self.k}; judge an item by 1 neighbour or more")
        if not 0 < self.share < 1:
            raise BadInputError(f"the share is {self.share}; give one above 0 and below 1")

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors.

        Because of: the nearest neighbour, which is not near. Of items that all lie alike none is
        an outlier.

        Raises:
            BadInputError: no vectors.
        """
        graph = pool.neighbours(self.k)
        if not graph.k:
            return chosen(self, pool, np.arange(len(pool)), notes=["one item has no neighbours"])
        scores = outlyingness(graph.scores, self.k)
        most = np.argsort(-scores, kind="stable")[: max(1, round(self.share * len(pool)))]
        most = most[scores[most] > np.median(scores) + _ALIKE]
        stays = np.ones(len(pool), dtype=np.bool_)
        stays[most] = False
        note = f", from a score of {float(scores[most[-1]]):.3f} on" if len(most) else ""
        return chosen(
            self,
            pool,
            np.flatnonzero(stays),
            reasons="unlike all others",
            because=graph.rows[:, 0],
            scores=scores,
            kept_scores=1 - scores[stays],
            notes=[f"{len(most)} of {len(pool)} items{note}"],
        )


def outlyingness(cosines: NDArray[np.float32], k: int) -> Scores:
    """One less the mean cosine to the k nearest, shape (n,)."""
    return np.asarray(1 - cosines[:, : min(k, cosines.shape[1])].mean(axis=1), np.float32)
