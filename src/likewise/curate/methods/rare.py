"""Items of which there are few, yet more than one: small groups and sparse regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likewise.core.selection import Selection
from likewise.curate.base import Pool, chosen
from likewise.errors import BadInputError

_SPARSE = 0.25


@dataclass(frozen=True)
class Rare:
    """Keep the rare items and drop the common ones, and those that are like nothing else.

    An item is as common as it has neighbours that are alike, up to k of them. Alike is what three
    quarters of the pool are to their k-th neighbour. One with hardly any such neighbour is alone,
    garbage perhaps, and for `outliers`; one with some, but few, belongs to a small group or lies
    in a sparse region: it is rare.

    Attributes:
        least: neighbours below which an item is alone.
        most: neighbours up to which it is rare.
        k: neighbours that are looked at.

    Example:
        >>> angles = np.deg2rad([*range(26), 60, 61, 62, 150])
        >>> rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        >>> pool = Pool(tuple(map(str, angles.round(2))), rows)
        >>> Rare(least=2, most=2, k=5).select(pool).kept
        ('1.05', '1.06', '1.08')
    """

    least: int = 2
    most: int = 8
    k: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most < self.k:
            raise BadInputError(
                f"least is {self.least}, most {self.most} and k {self.k}; "
                "give 1 <= least <= most < k"
            )

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors.

        Raises:
            BadInputError: no vectors.
        """
        graph = pool.neighbours(self.k)
        if graph.k <= self.most:
            return chosen(
                self, pool, np.empty(0, np.intp), reasons="the pool is too small to say",
                notes=[f"with {len(pool)} items nothing is rare"],
            )  # fmt: skip
        cosines = graph.scores[:, : self.k]
        alike = float(np.quantile(cosines[:, -1], _SPARSE))
        fellows = (cosines >= alike - 1e-6).sum(axis=1)
        rare = (fellows >= self.least) & (fellows <= self.most)
        rarity = np.asarray(1 / (1 + fellows), np.float32)
        keep = np.flatnonzero(rare)
        keep = keep[np.lexsort((keep, -rarity[keep]))]
        reasons = np.where(fellows < self.least, "alone", "common").tolist()
        return chosen(
            self,
            pool,
            keep,
            reasons=reasons,
            because=graph.rows[:, 0],
            scores=np.asarray(graph.scores[:, 0]),
            kept_scores=rarity[keep],
            notes=[
                f"{len(keep)} items have {self.least} to {self.most} others within a cosine of "
                f"{alike:.3f}, where three quarters of the pool have {cosines.shape[1]}"
            ],
        )
