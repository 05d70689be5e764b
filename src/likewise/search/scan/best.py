"""The best so far of a stream of scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores

_LOWEST = np.float32(-np.inf)


class Best:
    """Keeps the `count` highest scores of rows that are offered in ascending order.

    Among equal scores the earlier rows stay, so the answer does not depend on how rows were
    cut into blocks. Only what beats the worst that is surely kept is ever copied.

    Args:
        count: how many to keep.
        floor: only scores above it count.

    Example:
        >>> best = Best(2)
        >>> best.offer(0, np.array([1.0, 3.0, 3.0, 2.0, 3.0], dtype=np.float32))
        >>> rows, scores = best.result()
        >>> rows.tolist(), scores.tolist()
        ([1, 2], [3.0, 3.0])
    """

    def __init__(self, count: int, floor: np.float32 = _LOWEST) -> None:
        self._count = count
        self._floor = self._first_floor = floor
        self._rows: list[NDArray[np.int64]] = []
        self._scores: list[Scores] = []
        self._pending = 0

    def another(self) -> Best:
        """An empty one with the same count and floor, for another thread."""
        return Best(self._count, self._first_floor)

    def offer(self, first: int, scores: Scores, mask: NDArray[np.bool_] | None = None) -> None:
        """Look at the scores of rows `first`, `first` + 1, ..., those the mask lets through."""
        hits = np.flatnonzero(scores > self._floor)
        if mask is not None:
            hits = hits[mask[hits]]
        if not len(hits):
            return
        self._rows.append(hits + first)
        self._scores.append(scores[hits])
        self._pending += len(hits)
        if self._pending >= 4 * self._count:
            self._shrink()

    def merge(self, results: Sequence[tuple[NDArray[np.int64], Scores]]) -> None:
        """Take in what others found, in any order, among rows after those seen here."""
        rows = np.concatenate([rows for rows, _ in results])
        scores = np.concatenate([scores for _, scores in results])
        order = np.argsort(rows)
        self._rows.append(rows[order])
        self._scores.append(scores[order])

    def result(self) -> tuple[NDArray[np.int64], Scores]:
        """At most `count` rows, ascending, and their scores."""
        self._shrink()
        return self._rows[0], self._scores[0]

    def _shrink(self) -> None:
        rows = np.concatenate([np.empty(0, np.int64), *self._rows])
        scores = np.concatenate([np.empty(0, np.float32), *self._scores])
        if len(rows) > self._count:
            cut = len(rows) - self._count
            self._floor = np.partition(scores, cut)[cut]
            keep = scores > self._floor
            ties = np.flatnonzero(scores == self._floor)
            keep[ties[: self._count - int(keep.sum())]] = True
            rows, scores = rows[keep], scores[keep]
        self._rows, self._scores, self._pending = [rows], [scores], len(rows)
