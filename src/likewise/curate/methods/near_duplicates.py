"""Images that show the same picture: resized, compressed, trimmed, brightened, mirrored copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from likewise.core.selection import Selection
from likewise.core.vectors import Scores
from likewise.curate.base import NOBODY, Pool, chosen
from likewise.curate.methods._duplicate_pairs import (
    Pairs,
    more_pairs,
    near_pairs,
    together,
)
from likewise.curate.methods._keepers import by_preference, is_keeper
from likewise.curate.methods._pair_scores import pair_similarity


@dataclass(frozen=True)
class NearDuplicates:
    """Keep the best of each group of near-duplicates.

    Items are taken the best first (labelled, then large, then sharp); each one that is still
    there stays and takes its near-duplicates out. So everything that goes is a near-duplicate of
    the very item it goes for, and no two that stay are near-duplicates: chains do not glue, for a
    group reaches no further than one step from its keeper. What a person chose to stay is taken
    first and never goes, so two of these may be near-duplicates.

    Candidates are the nearest neighbours by vector and by sketch. Where the pool has sketches and
    pictures, colours and details decide, which tells a copy from a look-alike; else the cosine
    does.

    Attributes:
        threshold: likeness from which two are near-duplicates; None for .9 on pixels, and for
            cosines a suggestion from how the pool's are spread.
        mirrored: take mirror images for near-duplicates; seen with sketches only.

    Example:
        >>> rows = np.float32([[1, 0], [0.999, 0.04], [0, 1]])
        >>> pool = Pool(("a", "b", "c"), rows, facts={"width": (100, 200, 50)})
        >>> NearDuplicates(threshold=0.95).select(pool).rows()[2]["because"]
        'b'
    """

    looks_at_pictures: ClassVar[bool] = True
    heeds_keepers: ClassVar[bool] = True

    threshold: float | None = None
    mirrored: bool = True

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors.

        Raises:
            BadInputError: no vectors, or a threshold that is no likeness.
        """
        pairs = near_pairs(pool, self.threshold, self.mirrored)
        keeper = np.full(len(pool), NOBODY)
        scores = np.zeros(len(pool), dtype=np.float32)
        order = by_preference(pool)
        stays = is_keeper(pool)
        apart = np.arange(len(pool))
        apart[stays] = len(pool)  # of two that both stay no pair is looked for
        full = pairs.full
        while True:
            _settle(pool, order, stays, pairs, self.mirrored, keeper, scores)
            # Copies by the hundred: lists of neighbours are too short to tell of all of them.
            left = full[keeper[full] == NOBODY]
            if len(left) < 2:
                break
            more = more_pairs(pool, left, pairs, self.mirrored, apart)
            if not len(more.first):
                break
            pairs = together(pairs, more)
        keep = np.flatnonzero(keeper == NOBODY)
        groups = len(np.unique(keeper[keeper != NOBODY]))
        notes = [f"{groups} groups of near-duplicates; {pairs.how}"]
        return chosen(
            self, pool, keep, reasons=_reasons(pool, keeper), because=keeper, scores=scores,
            notes=notes,
        )  # fmt: skip


def _settle(
    pool: Pool,
    order: NDArray[np.intp],
    stays: NDArray[np.bool_],
    pairs: Pairs,
    mirrored: bool,
    keeper: NDArray[np.intp],
    scores: Scores,
) -> None:
    """Bring keepers in line with the pairs that are known, in place.

    It ends: what the most preferred keep is settled in the first round, then what the next do.
    """
    while True:
        _take_out(order, stays, pairs, keeper, scores)
        if not _rehome(pool, pairs, mirrored, keeper, scores):
            return


def _take_out(
    order: NDArray[np.intp],
    stays: NDArray[np.bool_],
    pairs: Pairs,
    keeper: NDArray[np.intp],
    scores: Scores,
) -> None:
    """Let each place that stays, the best first, take out those it is paired with; in place."""
    count = len(order)
    ends = (
        np.concatenate([pairs.first, pairs.second]),
        np.concatenate([pairs.second, pairs.first]),
    )
    numbers = np.tile(np.arange(1, len(pairs.first) + 1), 2)  # from 1: a sparse table drops zeros
    table = coo_matrix((numbers, ends), shape=(count, count)).tocsr()
    has_pairs = np.diff(table.indptr) > 0
    for row in order[has_pairs[order]].tolist():
        if keeper[row] == NOBODY:
            line = slice(table.indptr[row], table.indptr[row + 1])
            near, number = table.indices[line], table.data[line]
            free = (keeper[near] == NOBODY) & ~stays[near]
            keeper[near[free]] = row
            scores[near[free]] = pairs.scores[number[free] - 1]


def _rehome(
    pool: Pool, pairs: Pairs, mirrored: bool, keeper: NDArray[np.intp], scores: Scores
) -> bool:
    """Give those whose keeper went to its keeper, or free them if they are not like that one.

    Returns:
        Whether there were any.
    """
    has = np.flatnonzero(keeper != NOBODY)
    orphans = has[keeper[keeper[has]] != NOBODY]
    heirs = keeper[keeper[orphans]]
    alike = pair_similarity(pool, orphans, heirs, mirrored)
    good = alike >= pairs.threshold
    keeper[orphans] = np.where(good, heirs, NOBODY)
    scores[orphans] = np.where(good, alike, 0)
    return bool(len(orphans))


def _reasons(pool: Pool, keeper: NDArray[np.intp]) -> list[str]:
    reasons = ["near-duplicate"] * len(pool)
    if pool.labels:
        for row in np.flatnonzero(keeper != NOBODY).tolist():
            label, keeper_label = pool.labels[row], pool.labels[int(keeper[row])]
            if label and keeper_label and label != keeper_label:
                reasons[row] = f"near-duplicate, labelled {label} and {keeper_label}"
    return reasons
