"""Lists of nearest neighbours kept up to date while rows come and go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores
from likewise.numeric.neighbours.best import NOBODY, Best
from likewise.numeric.neighbours.comparisons import Visit


@dataclass(frozen=True, eq=False)
class Lists:
    """What is known of the nearest neighbours of some rows, and what is to be compared.

    Attributes:
        rows: int32 of shape (n, k), -1 where none is known.
        scores: float32 of the same shape, -inf there.
        is_new: bool of shape (n,): rows that are in no list and have none.
        is_empty: bool of shape (n,): those, and rows whose list must be made again.
    """

    rows: NDArray[np.int32]
    scores: Scores
    is_new: NDArray[np.bool_]
    is_empty: NDArray[np.bool_]


def empty_lists(count: int, k: int) -> Lists:
    """Nothing is known of any row.

    Example:
        >>> empty_lists(2, 1).rows.tolist()
        [[-1], [-1]]
    """
    return Lists(
        np.full((count, k), NOBODY, dtype=np.int32),
        np.full((count, k), -np.inf, dtype=np.float32),
        np.ones(count, dtype=np.bool_),
        np.ones(count, dtype=np.bool_),
    )


def moved_lists(rows: NDArray[np.int32], scores: Scores, before: NDArray[np.int64]) -> Lists:
    """Lists of earlier rows for the rows that there are now.

    A list that lost a neighbour is made again, for the next nearest is in no list.

    Args:
        rows: (m, k) earlier neighbours, -1 where there was none.
        scores: (m, k) their cosines.
        before: (n,) the earlier number of each row, -1 for a new one.

    Example:
        >>> lists = moved_lists(np.int32([[1], [0], [1]]), np.ones((3, 1), np.float32),
        ...                     np.array([1, 0, -1]))
        >>> lists.rows.tolist(), lists.is_new.tolist()
        ([[1], [0], [-1]], [False, False, True])
    """
    is_new = before < 0
    now = np.full(len(rows) + 1, NOBODY, dtype=np.int32)  # the last is for -1
    now[before[~is_new]] = np.flatnonzero(~is_new)
    lists = empty_lists(len(before), rows.shape[1])
    earlier = rows[before[~is_new]]
    lists.rows[~is_new] = now[earlier]
    lists.scores[~is_new] = np.where(earlier < 0, -np.inf, scores[before[~is_new]])
    is_empty = is_new.copy()
    is_empty[~is_new] = ((earlier >= 0) & (now[earlier] < 0)).any(axis=1)
    lists.rows[is_empty], lists.scores[is_empty] = NOBODY, -np.inf
    return Lists(lists.rows, lists.scores, is_new, is_empty)


def join(best: Best, lists: Lists, visits: Iterable[Visit]) -> Iterator[float]:
    """Compare what the lists do not hold yet; yields the share of the work done after each visit.

    Rows without a list look at the members of a visit, and members with a list at those of them
    that are new, so that no pair is offered twice and what has a list is not compared.

    Args:
        best: of all rows; holds the lists, or what an earlier part of the visits made of them.
        lists: what was known before the first visit.
        visits: which rows are compared with which.
    """
    for members, queries, done in visits:
        looking = queries[lists.is_empty[queries]]
        best.offer(members, looking)
        best.offer(looking[lists.is_new[looking]], members[~lists.is_empty[members]])
        yield done


def earlier_rows(before: NDArray[np.uint64], now: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The earlier row of each present one by hashes of their contents, -1 for a new one; (n,).

    Copies have one hash: the first of them now is the first of them before, and so on.

    Example:
        >>> earlier_rows(np.uint64([7, 8, 7]), np.uint64([8, 7, 9, 7, 7])).tolist()
        [1, 0, -1, 2, -1]
    """
    old, new = np.argsort(before, kind="stable"), np.argsort(now, kind="stable")
    old_hashes, new_hashes = before[old], now[new]
    copy = np.arange(len(now)) - np.searchsorted(new_hashes, new_hashes)
    at = np.searchsorted(old_hashes, new_hashes) + copy
    inside = np.minimum(at, max(len(before) - 1, 0))
    found = (at < len(before)) & (old_hashes[inside] == new_hashes) if len(before) else at < 0
    out = np.full(len(now), NOBODY, dtype=np.int64)
    out[new[found]] = old[at[found]]
    return out
