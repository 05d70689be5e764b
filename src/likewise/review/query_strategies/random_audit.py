"""Anything, with equal chances: an honest look at the collection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.review.query_strategies.base import Pool


@dataclass(frozen=True)
class RandomAudit:
    """A simple random sample of the pool, which must be a random sample itself.

    Near-copies are not put off: a sample that avoids them would count too few of what comes in
    copies. The stratified audit that makes an estimate out of far fewer looks is
    `likewise.review.estimate.audit_plan.plan_audit`.

    Example:
        >>> pool = Pool(np.array([0.1, 0.9, 0.5]), np.eye(3, dtype=np.float32), seed=1)
        >>> sorted(RandomAudit().pick(pool, 5).tolist())
        [0, 1, 2]
    """

    def pick(self, pool: Pool, count: int) -> NDArray[np.intp]:
        """Rows drawn without replacement, in random order."""
        return np.random.default_rng(pool.seed).permutation(len(pool))[:count]
