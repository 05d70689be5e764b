"""The best first: what finds wanted images fastest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.review.query_strategies.base import ALIKE, Pool, best_first, without_copies


@dataclass(frozen=True)
class MostAlike:
    """The highest scores, near-copies of what was just answered put off.

    Known as relevance sampling (Lewis and Gale 1994) or greedy search.

    Attributes:
        alike: cosine from which two images pass for copies of each other.

    Example:
        >>> pool = Pool(np.array([0.1, 0.9, 0.5]), np.eye(3, dtype=np.float32))
        >>> MostAlike().pick(pool, 2).tolist()
        [1, 2]
    """

    alike: float = ALIKE

    def pick(self, pool: Pool, count: int) -> NDArray[np.intp]:
        """The best `count` rows, in order of score."""
        return np.array(without_copies(best_first(pool), pool, count, self.alike), np.intp)
