"""The k best neighbours of each row so far, kept up to date block by block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Rows, Scores, Vectors
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import Blocks, share_blocks

NOBODY = -1
"""Stands where a row has fewer neighbours than are asked for."""

_BLOCK = 1024


class Best:
    """The k best neighbours of each row so far.

    Args:
        vectors: (n, dim) unit rows.
        k: how many.
        apart: (n,) group numbers; rows of one group are not neighbours of one another.
        of: (m,) ascending, the rows whose neighbours are looked for; all n unless given.
    """

    def __init__(
        self,
        vectors: Rows,
        k: int,
        apart: NDArray[np.intp] | None = None,
        of: NDArray[np.int64] | None = None,
    ) -> None:
        self.vectors, self.k, self.apart, self.of = vectors, k, apart, of
        self._queries = vectors if of is None else vectors[of]
        count = len(self._queries)
        self.rows = np.full((count, k), NOBODY, dtype=np.int32)
        self.scores = np.full((count, k), -np.inf, dtype=np.float32)
        self.floors = np.full(count, -np.inf, dtype=np.float32)

    def restore(self, rows: NDArray[np.int32], scores: Scores) -> None:
        """Go on from lists made earlier: (n, k), -1 and -inf where there is no neighbour."""
        self.rows[:], self.scores[:] = rows, scores
        self.floors[:] = self.scores.min(axis=1) if self.k else -np.inf

    def offer(
        self,
        members: NDArray[np.int64],
        queries: NDArray[np.int64],
        member_rows: Vectors | None = None,
    ) -> None:
        """Compare rows with members; both ascending, and no pair may be offered twice.

        Args:
            members: rows that are looked at.
            queries: rows that look.
            member_rows: vectors of the members, where they are at hand.
        """
        if not len(members) or not len(queries):
            return
        member_rows = self.vectors[members] if member_rows is None else member_rows

        def work(blocks: Blocks) -> None:
            for start, end in blocks:
                self._compare(queries[start:end], members, member_rows)

        with single_blas_thread():
            share_blocks(len(queries), work, _BLOCK)

    def result(self) -> tuple[NDArray[np.int32], Scores]:
        """Row numbers (n, k) and cosines, the nearest first; -1 in both where there is none."""
        order = np.argsort(-self.scores, axis=1, kind="stable")
        scores = np.take_along_axis(self.scores, order, axis=1)
        rows = np.take_along_axis(self.rows, order, axis=1)
        return rows, np.where(rows < 0, np.float32(-1), np.minimum(scores, np.float32(1)))

    def _compare(
        self, queries: NDArray[np.int64], members: NDArray[np.int64], member_rows: Vectors
    ) -> None:
        mine = self._lines(queries)
        similarity = self._queries[mine] @ member_rows.T
        at = np.minimum(np.searchsorted(members, queries), len(members) - 1)
        itself = np.flatnonzero(members[at] == queries)
        similarity[itself, at[itself]] = -np.inf
        if self.apart is not None:
            similarity[self.apart[queries][:, None] == self.apart[members][None, :]] = -np.inf
        if self.k < len(members) and np.isneginf(self.floors[mine]).any():
            # many would pass an open floor: cut down to the k best first
            best = np.argpartition(similarity, -self.k, axis=1)[:, -self.k :]
            of = np.repeat(np.arange(len(queries)), self.k)
            columns = best.ravel()
            passed = similarity[of, columns] > self.floors[mine][of]
            of, columns = of[passed], columns[passed]
        else:
            of, columns = np.nonzero(similarity > self.floors[mine][:, None])
        if len(of):
            self._merge(mine, of, members[columns], similarity[of, columns])

    def _lines(self, queries: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the rows that look have their lines here."""
        return queries if self.of is None else np.searchsorted(self.of, queries)

    def _merge(
        self,
        lines: NDArray[np.int64],
        of: NDArray[np.intp],
        found: NDArray[np.int64],
        scores: Scores,
    ) -> None:
        touched, which = np.unique(of, return_inverse=True)
        mine = lines[touched]
        earlier = np.repeat(np.arange(len(touched)), self.k)
        owner = np.concatenate([earlier, which])
        value = np.concatenate([self.scores[mine].ravel(), scores])
        row = np.concatenate([self.rows[mine].ravel(), found.astype(np.int32)])
        order = np.lexsort((row, -value, owner))  # equals: the lower row first
        starts = np.searchsorted(owner[order], np.arange(len(touched)))
        chosen = order[(starts[:, None] + np.arange(self.k)).ravel()]
        self.rows[mine] = row[chosen].reshape(-1, self.k)
        self.scores[mine] = value[chosen].reshape(-1, self.k)
        self.floors[mine] = self.scores[mine, -1]
