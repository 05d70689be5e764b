"""Different kinds of what looks promising: no two images of a page say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.review.query_strategies.base import Pool, best_first, farthest_first


@dataclass(frozen=True)
class Varied:
    """Greedy k-centre among the promising: each row is the farthest from all before it.

    Farthest-first traversal (Gonzalez 1985), which Sener and Savarese (ICLR 2018) use for
    active learning; here the centres are what was answered lately, and only the best by score
    take part, for the images farthest from everything in a collection are of no use to anyone.
    Near-copies of what was answered come last by themselves.

    Attributes:
        pages: how many pages' worth of the best take part.

    Example:
        >>> rows = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
        >>> Varied().pick(Pool(np.array([0.9, 0.8, 0.7]), rows), 2).tolist()
        [0, 2]
    """

    pages: float = 3.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.pages) and self.pages >= 1):
            raise BadInputError(f"pages is {self.pages}; give a finite number of 1 or more")

    def pick(self, pool: Pool, count: int) -> NDArray[np.intp]:
        """`count` of the most promising rows, the farthest from the rest first."""
        promising = best_first(pool)[: round(self.pages * count)]
        return np.array(farthest_first(promising, pool, count), np.intp)
