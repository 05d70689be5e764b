"""What the rule knows least about: the answers that move its boundary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.review.query_strategies.base import ALIKE, Pool, doubtful_first, without_copies


@dataclass(frozen=True)
class Unsure:
    """Probabilities nearest to one half, or scores nearest to the threshold.

    Uncertainty sampling (Lewis and Gale, "A sequential algorithm for training text classifiers",
    SIGIR 1994). On its own it asks for look-alikes, so near-copies are put off.

    Attributes:
        alike: cosine from which two images pass for copies of each other.

    Example:
        >>> pool = Pool(np.array([0.1, 0.9, 0.5]), np.eye(3, dtype=np.float32), threshold=0.45)
        >>> Unsure().pick(pool, 2).tolist()
        [2, 0]
    """

    alike: float = ALIKE

    def pick(self, pool: Pool, count: int) -> NDArray[np.intp]:
        """The `count` rows of which the rule is least sure, the least sure first."""
        return np.array(without_copies(doubtful_first(pool), pool, count, self.alike), np.intp)
