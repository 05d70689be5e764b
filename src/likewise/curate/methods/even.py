"""As many items of every cluster: common scenes thinned out, seldom ones kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.core.selection import Selection
from likewise.curate.base import Pool, check_k, chosen
from likewise.curate.methods._quotas import clusters, even_shares, tickets, usual_clusters
from likewise.errors import BadInputError


@dataclass(frozen=True)
class Even:
    """Keep k items, uniformly over clusters; within a cluster by lot.

    The lot of an item depends on its id alone, so that the same ones are drawn again.

    Attributes:
        k: how many to keep.
        clusters: how many clusters; 0 for the root of half the pool's size.

    Example:
        >>> rows = np.float32([[1, 0]] * 6 + [[0, 1]] * 2)
        >>> kept = Even(k=4, clusters=2).select(Pool(tuple("abcdefgh"), rows)).kept
        >>> sorted(kept)[-2:]
        ['g', 'h']
    """

    k: int = 100
    clusters: int = 0

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors.

        Raises:
            BadInputError: k below 1 or above the pool's size, or too many clusters.
        """
        check_k(self.k, pool)
        if not 0 <= self.clusters <= len(pool):
            raise BadInputError(
                f"{self.clusters} clusters are wanted of {len(pool)} items; ask for that many at "
                "most, or 0 for a number that suits"
            )
        of = clusters(pool, self.clusters or usual_clusters(len(pool)))
        sizes = np.bincount(of)
        shares = even_shares(sizes, self.k)
        order = np.lexsort((tickets(pool.ids), of))
        turn = np.arange(len(pool)) - np.searchsorted(of[order], of[order])
        keep = np.sort(order[turn < shares[of[order]]])
        return chosen(
            self,
            pool,
            keep,
            reasons="its cluster has enough",
            parts=[f"cluster {number}" for number in of.tolist()],
            notes=[
                f"{int((sizes > 0).sum())} clusters of {int(sizes[sizes > 0].min())} to "
                f"{int(sizes.max())} items gave {int(shares[sizes > 0].min())} to "
                f"{int(shares.max())} each"
            ],
        )
