"""Items that cover the pool: each next one is the least like all that were chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.selection import Selection
from likewise.core.vectors import Scores, Vectors
from likewise.curate.base import Pool, check_k, chosen
from likewise.curate.methods._coverage import coverage
from likewise.errors import NotFoundError
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import Blocks, share_blocks

_SHORTLIST = 8192
_BLOCK = 2048
_MOST_NEW = 512  # centres between two passes over the whole pool
_NEAR_TIE = 2e-6  # beyond float32's error of a cosine; nearer ones are told apart in float64


@dataclass(frozen=True)
class Diverse:
    """Keep k items by the greedy k-centre algorithm (Gonzalez 1985).

    The first is the most central one; then always the item whose nearest chosen one is the least
    like it, of equals the first. No other choice of k, found in any time, covers the pool with
    less than half of the largest distance that is left.

    Attributes:
        k: how many to keep, those that were chosen already not counted.
        chosen: ids that are chosen already, whether in the pool or not to be kept again: they are
            kept, first, and not counted.

    Example:
        >>> angles = np.deg2rad([0, 10, 40, 90])
        >>> rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        >>> Diverse(k=2, chosen=("a",)).select(Pool(tuple("abcd"), rows)).kept
        ('a', 'd', 'c')
    """

    k: int = 100
    chosen: tuple[str, ...] = ()

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors. Score: the likeness to the nearest kept item.

        Raises:
            BadInputError: k below 1, or more than the pool has left.
            NotFoundError: an item that is chosen already is not in the pool.
        """
        start_ids = list(dict.fromkeys(self.chosen))
        missing = next((item for item in start_ids if item not in pool.index_of), None)
        if missing is not None:
            raise NotFoundError(f"'{missing}' is chosen already but not in the pool; add it there")
        check_k(self.k + len(start_ids), pool)
        start = np.array([pool.index_of[item] for item in start_ids], dtype=np.intp)
        choice = k_centre(pool.rows(), self.k, start)
        gone = np.ones(len(pool), dtype=np.bool_)
        gone[choice.indices] = False
        return chosen(
            self,
            pool,
            choice.indices,
            reasons="like one that is kept",
            because=choice.nearest,
            scores=choice.similarity,
            kept_scores=1 - choice.at_choice,
            notes=coverage(choice.similarity, gone),
        )


@dataclass(frozen=True, eq=False)
class KCentre:
    """What the greedy k-centre algorithm chose.

    Attributes:
        indices: in the order of choice.
        at_choice: likeness of each to the nearest that was chosen before it; -1 for the first.
        nearest: of every row the place that it is most like among the chosen.
        similarity: how like.
    """

    indices: NDArray[np.intp]
    at_choice: Scores
    nearest: NDArray[np.intp]
    similarity: Scores


def k_centre(rows: Vectors, k: int, start: NDArray[np.intp] | None = None) -> KCentre:
    """The greedy k-centre choice, exactly as the textbook's loop makes it.

    The loop reads the whole pool for each choice. Here it reads a shortlist: likeness to the
    chosen only grows, so while the best of the 8,192 least covered rows is no more covered than
    any row outside was, it is the best of all. The whole pool is gone through again, by products
    of blocks, when that no longer holds.

    Args:
        rows: (n, dim) unit rows.
        k: how many to choose, at most n less those of `start`.
        start: places that are chosen already; they come first.

    Example:
        >>> choice = k_centre(np.eye(3, dtype=np.float32), 2, np.array([2]))
        >>> choice.indices.tolist(), choice.at_choice.tolist()
        ([2, 0, 1], [-1.0, 0.0, 0.0])
    """
    initial = np.empty(0, np.intp) if start is None else start
    if not len(initial):
        initial, k = np.array([_most_central(rows)]), k - 1
    first = _first_of_each(rows)
    different = np.setdiff1d(np.flatnonzero(first == np.arange(len(rows))), first[initial])
    picks = _Picks(rows, different)
    for index in initial.tolist():
        picks.add(int(index))
    total = len(initial) + k
    while len(picks.indices) < min(total, len(initial) + len(different)):
        picks.cover()
        picks.pick_from_shortlist(min(total, len(initial) + len(different)))
    taken = set(picks.indices)
    rest = (index for index in range(len(rows)) if index not in taken)
    for index in rest:  # copies of what is chosen, at no distance: the first of equals comes first
        if len(picks.indices) == total:
            break
        picks.indices.append(index)
        picks.similarity.append(1.0)
    picks.cover()
    return KCentre(
        np.array(picks.indices, dtype=np.intp),
        np.array(picks.similarity, dtype=np.float32),
        picks.nearest,
        np.minimum(picks.covered, np.float32(1)),
    )


class _Picks:
    """What was chosen so far, and how well each row is covered by it."""

    def __init__(self, rows: Vectors, candidates: NDArray[np.intp]) -> None:
        self.rows, self.candidates = rows, candidates
        self.indices: list[int] = []
        self.similarity: list[float] = []
        self.covered = np.full(len(rows), -np.inf, dtype=np.float32)
        self.nearest = np.full(len(rows), -1, dtype=np.intp)
        self._done = 0  # how many of the chosen the two know of

    def add(self, index: int) -> None:
        """Choose a place, whatever it is like."""
        before = self.rows[self.indices] @ self.rows[index] if self.indices else None
        self.similarity.append(-1.0 if before is None else float(before.max()))
        self.indices.append(index)

    def cover(self) -> None:
        """Bring `covered` and `nearest` up to date: one pass over all rows."""
        numbers = np.array(self.indices[self._done :], dtype=np.intp)
        if not len(numbers):
            return
        new = self.rows[numbers]

        def work(blocks: Blocks) -> None:
            for start, end in blocks:
                found = self.rows[start:end] @ new.T
                best = found.argmax(axis=1)
                value = found[np.arange(len(best)), best]
                better = value > self.covered[start:end]
                self.covered[start:end][better] = value[better]
                self.nearest[start:end][better] = numbers[best[better]]

        with single_blas_thread():
            share_blocks(len(self.rows), work, _BLOCK)
        self._done = len(self.indices)

    def pick_from_shortlist(self, total: int) -> None:
        """Choose while the shortlist is sure to hold the least covered row of all."""
        covered = self.covered[self.candidates]
        covered[np.isin(self.candidates, self.indices)] = np.inf
        size = min(_SHORTLIST, len(covered))
        bar = np.partition(covered, size - 1)[size - 1]
        short = self.candidates[covered <= bar + _NEAR_TIE]
        outside_from = bar if len(short) < len(covered) else np.inf
        rows, nearest_scores = self.rows[short], covered[covered <= bar + _NEAR_TIE]
        most = min(total, len(self.indices) + _MOST_NEW)
        while len(self.indices) < most:
            least = nearest_scores.min()
            if least > outside_from:
                return
            best = self._first_of_equals(short, rows, nearest_scores, least)
            self.indices.append(int(short[best]))
            self.similarity.append(float(nearest_scores[best]))
            np.maximum(nearest_scores, rows @ rows[best], out=nearest_scores)
            nearest_scores[best] = np.inf

    def _first_of_equals(
        self, short: NDArray[np.intp], rows: Vectors, nearest_scores: Scores, least: np.float32
    ) -> int:
        """The least covered; a float32 product depends on its place in a block, so look twice."""
        close = np.flatnonzero(nearest_scores <= least + _NEAR_TIE)
        if len(close) == 1:
            return int(close[0])
        chosen = self.rows[self.indices].astype(np.float64)
        doubtful = rows[close].astype(np.float64)
        lengths = (doubtful**2).sum(axis=1)[:, None] + (chosen**2).sum(axis=1)
        apart = (lengths - 2 * (doubtful @ chosen.T)).min(axis=1)  # squared distances
        equal = close[apart >= apart.max() - 1e-13]
        return int(equal[short[equal].argmin()])


def _first_of_each(rows: Vectors) -> NDArray[np.intp]:
    """For each row the first row that is the very same."""
    first_of: dict[bytes, int] = {}
    return np.array(
        [first_of.setdefault(row.tobytes(), index) for index, row in enumerate(rows)], dtype=np.intp
    )


def _most_central(rows: Vectors) -> int:
    middle = rows.mean(axis=0, dtype=np.float64)
    close = rows @ middle.astype(np.float32)
    near = np.flatnonzero(close >= close.max() - _NEAR_TIE)
    exact = rows[near].astype(np.float64) @ middle
    return int(near[np.flatnonzero(exact >= exact.max() - 1e-12)[0]])
