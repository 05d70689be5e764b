"""Items that are like nothing else in the pool."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.curate.base import NOBODY, Pool, chosen
from likewise.errors import BadInputError
from likewise.selection import Selection
from likewise.vectors import Scores

_SPREAD = 1.4826  # of a normal, over its median absolute deviation


@dataclass(frozen=True)
class Outliers:
    """Drop what lies far from its nearest neighbours.

    The score is one less the mean cosine to the k nearest neighbours (the k-nearest-neighbour
    outlier score: Ramaswamy, Rastogi, Shim 2000; its mean: Angiulli, Pizzuti 2002).

    Attributes:
        k: how many neighbours an item is judged by.
        spreads: an item is an outlier when its score is so many standard deviations, told
            robustly by the median, above the pool's middle.
        share: drop this share of the pool, the most outlying, instead; 0 for not.

    Example:
        >>> angles = np.deg2rad([0, 2, 4, 6, 8, 10, 12, 90])
        >>> rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        >>> Outliers(k=3).select(Pool(tuple("abcdefgh"), rows)).dropped
        ('h',)
    """

    k: int = 10
    spreads: float = 3.5
    share: float = 0.0

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadInputError(f"k is {self.k}; judge an item by 1 neighbour or more")
        if not 0 <= self.share < 1:
            raise BadInputError(f"the share is {self.share}; give one from 0 up to 1")

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors. Who is dropped is blamed on no one.

        Because of: the nearest neighbour, which is not near.

        Raises:
            BadInputError: no vectors.
        """
        graph = pool.neighbours(self.k)
        if not graph.k:
            return chosen(self, pool, np.arange(len(pool)), notes=["one item has no neighbours"])
        scores = outlyingness(graph.scores, self.k)
        if self.share:
            bar = float(np.sort(scores)[-max(1, round(self.share * len(pool)))])
            out = scores >= bar
        else:
            middle = float(np.median(scores))
            spread = _SPREAD * float(np.median(np.abs(scores - middle)))
            bar = middle + self.spreads * max(spread, 1e-3)
            out = scores > bar
        nearest = np.where(graph.rows[:, 0] >= 0, graph.rows[:, 0], NOBODY)
        return chosen(
            self,
            pool,
            np.flatnonzero(~out),
            reasons="unlike all others",
            because=nearest,
            scores=scores,
            kept_scores=1 - scores[~out],
            notes=[f"{int(out.sum())} items score above {bar:.3f}"],
        )


def outlyingness(cosines: NDArray[np.float32], k: int) -> Scores:
    """One less the mean cosine to the k nearest, shape (n,)."""
    return np.asarray(1 - cosines[:, : min(k, cosines.shape[1])].mean(axis=1), np.float32)
