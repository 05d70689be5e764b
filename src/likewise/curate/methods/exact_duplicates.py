"""Files with the same content: one of each stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likewise.core.selection import Selection
from likewise.curate.base import NOBODY, Pool, chosen
from likewise.curate.methods._keepers import by_preference


@dataclass(frozen=True)
class ExactDuplicates:
    """Keep one of the items that share a digest: a labelled one, else the first by id.

    Example:
        >>> pool = Pool(("b", "a", "c"), facts={"digest": ("11", "11", "22")})
        >>> ExactDuplicates().select(pool).kept
        ('a', 'c')
    """

    looks_at_pictures: ClassVar[bool] = True

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs the column "digest".

        Raises:
            NotFoundError: the pool has no digests.
        """
        digests = pool.column("digest")
        keeper: dict[str, int] = {}
        because = np.full(len(pool), NOBODY)
        keep, differ = [], 0
        reasons = ["same file"] * len(pool)
        for place in by_preference(pool).tolist():
            digest = digests[place]
            first = keeper.setdefault(digest, place) if digest else place
            if first == place:
                keep.append(place)
                continue
            because[place] = first
            if pool.labels and pool.labels[place] and pool.labels[place] != pool.labels[first]:
                reasons[place] = f"same file, labelled {pool.labels[place]}"
                reasons[place] += f" and {pool.labels[first]}"
                differ += 1
        notes = [f"{differ} files are kept under another label, too"] if differ else []
        return chosen(
            self, pool, np.sort(np.array(keep)), reasons=reasons, because=because, notes=notes
        )
