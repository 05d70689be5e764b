"""Files with the same content: one of each stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likewise.core.selection import Selection
from likewise.curate.base import NOBODY, Pool, chosen
from likewise.curate.methods._keepers import by_preference, is_keeper


@dataclass(frozen=True)
class ExactDuplicates:
    """Keep one of the items that share a digest: a labelled one, else the first by id.

    What a person chose to stay is kept in any case.

    Example:
        >>> pool = Pool(("b", "a", "c"), facts={"digest": ("11", "11", "22")})
        >>> ExactDuplicates().select(pool).kept
        ('a', 'c')
    """

    looks_at_pictures: ClassVar[bool] = True
    heeds_keepers: ClassVar[bool] = True

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs the column "digest".

        Raises:
            NotFoundError: the pool has no digests.
        """
        digests = pool.column("digest")
        keeper: dict[str, int] = {}
        stays = is_keeper(pool)
        because = np.full(len(pool), NOBODY)
        keep, differ = [], 0
        reasons = ["same file"] * len(pool)
        for row in by_preference(pool).tolist():
            digest = digests[row]
            first = keeper.setdefault(digest, row) if digest else row
            if first == row or stays[row]:
                keep.append(row)
                continue
            because[row] = first
            if pool.labels and pool.labels[row] and pool.labels[row] != pool.labels[first]:
                reasons[row] = f"same file, labelled {pool.labels[row]}"
                reasons[row] += f" and {pool.labels[first]}"
                differ += 1
        notes = [f"{differ} files are kept under another label, too"] if differ else []
        return chosen(
            self, pool, np.sort(np.array(keep)), reasons=reasons, because=because, notes=notes
        )
