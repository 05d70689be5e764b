"""The items that together stand for the whole pool best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.selection import Selection
from likewise.core.vectors import Vectors
from likewise.curate.base import Pool, check_k, chosen
from likewise.curate.methods._coverage import coverage, nearest_selected
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import Blocks, share_blocks

_WITNESSES = 4096
_AT_ONCE = 64
_BLOCK = 1024


@dataclass(frozen=True)
class Representative:
    """Keep k items by facility location: the sum over all items of the likeness to the nearest
    kept one, made large greedily (Nemhauser, Wolsey, Fisher 1978: at least 63 % of the best
    there is), with lazy evaluation (Minoux 1978), which finds the same.

    Unlike `diverse`, which goes to the edges, it goes where the items are. In a pool of more than
    4,096 items a random 4,096 of them, the same every time, speak for all in that sum.

    Attributes:
        k: how many to keep.

    Example:
        >>> angles = np.deg2rad([0, 5, 10, 80, 85, 90])
        >>> rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        >>> sorted(Representative(k=2).select(Pool(tuple("abcdef"), rows)).kept)
        ['c', 'e']
    """

    k: int = 100

    def select(self, pool: Pool) -> Selection:
        """Decide about every item; needs vectors. Score: the likeness to the nearest kept item.

        Raises:
            BadInputError: k below 1 or above the pool's size.
        """
        check_k(self.k, pool)
        rows = pool.rows()
        keep, gains = facility_location(rows, self.k)
        which, similarity = nearest_selected(rows, keep)
        gone = np.ones(len(pool), dtype=np.bool_)
        gone[keep] = False
        return chosen(
            self,
            pool,
            keep,
            reasons="stood for by one that is kept",
            because=which,
            scores=similarity,
            kept_scores=gains,
            notes=coverage(similarity, gone),
        )


def facility_location(
    rows: Vectors, k: int, witnesses: int = _WITNESSES
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Greedy facility location.

    Args:
        rows: (n, dim) unit rows.
        k: how many to choose, at most n.
        witnesses: rows that the sum goes over, at most.

    Returns:
        Places in the order of choice, and by how much each raised the mean likeness of a witness
        to its nearest chosen one, which starts at -1.
    """
    random = np.random.default_rng(0)
    count = min(witnesses, len(rows))
    some = random.choice(len(rows), count, replace=False) if count < len(rows) else slice(None)
    sum_over = rows[some]
    served = np.full(len(sum_over), -1, dtype=np.float32)
    bounds = _gains(rows, np.arange(len(rows)), sum_over, served)
    indices: list[int] = []
    gains: list[float] = []
    while len(indices) < k:
        fresh = np.zeros(len(rows), dtype=np.bool_)
        while True:  # a bound that is up to date and the largest is the largest gain
            best = int(bounds.argmax())
            if fresh[best]:
                break
            size = min(_AT_ONCE, len(rows))
            top = np.argpartition(-bounds, size - 1)[:size]
            top = top[~fresh[top] & np.isfinite(bounds[top])]
            bounds[top] = _gains(rows, top, sum_over, served)
            fresh[top] = True
        indices.append(best)
        gains.append(float(bounds[best]) / len(sum_over))
        bounds[best] = -np.inf
        served = np.maximum(served, sum_over @ rows[best])
    return np.array(indices, dtype=np.intp), np.array(gains, dtype=np.float32)


def _gains(
    rows: Vectors, which: NDArray[np.intp], sum_over: Vectors, served: NDArray[np.float32]
) -> NDArray[np.float64]:
    """What each of some rows would add to the sum."""
    out = np.empty(len(which))

    def work(blocks: Blocks) -> None:
        for start, end in blocks:
            found = rows[which[start:end]] @ sum_over.T
            found -= served
            np.maximum(found, 0, out=found)
            out[start:end] = found.sum(axis=1, dtype=np.float64)

    with single_blas_thread():
        share_blocks(len(which), work, _BLOCK)
    return out
