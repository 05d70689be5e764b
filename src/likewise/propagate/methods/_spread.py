"""Scores that spread along a graph, some classes at a time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from likewise.numeric.threads import Blocks, share_blocks
from likewise.propagate.methods._votes import Strongest

_EXACT = 1e-6
"""The largest error that is left, as a share of the error of the start."""

_MOST_NUMBERS = 1 << 25
"""How many scores are spread at a time by each processor: 128 MiB of them, and as many again for
the step before."""

_FEW_CLASSES = 8
"""Fewer classes at a time would read the graph too often."""

Floats = NDArray[np.float32]


def spread(
    graph: csr_matrix, start: Callable[[int, int], Floats], classes: int, alpha: float
) -> Strongest:
    """Zhou et al. 2004: the F for which ``F = alpha * S F + (1 - alpha) * Y``.

    S is the graph divided by the square roots of both ends' degrees. Its eigenvalues are between -1
    and 1, so Chebyshev semi-iteration (Golub and Varga 1961) gets there in less than half of the
    steps that repeating the equation takes.

    Args:
        graph: (n, n) sparse and symmetric.
        start: answers columns of Y, (n, stop - start), for classes from start to stop.
        classes: how many columns there are.
        alpha: how much of its score a row takes from its neighbours, from 0 to below 1.

    Returns:
        The strongest few classes of each row.
    """
    degrees = np.asarray(graph.sum(axis=1), dtype=np.float32).ravel()
    scaling = diags(1 / np.sqrt(np.maximum(degrees, np.float32(1e-12))))
    smooth = (scaling @ graph @ scaling).tocsr().astype(np.float32)
    strongest, lock = Strongest(graph.shape[0]), Lock()

    def run(number: int, stop: int) -> None:
        scores = _solution(smooth, start(number, stop), alpha)
        with lock:
            strongest.add(scores, number)

    def work(blocks: Blocks) -> None:
        for first, stop in blocks:
            run(first, stop)

    share_blocks(classes, work, _width(classes, graph.shape[0]))
    return strongest


def _solution(smooth: csr_matrix, start: Floats, alpha: float) -> Floats:
    """F for some columns of Y, by Chebyshev semi-iteration from F = Y; no score is negative."""
    if not alpha:
        return start
    source = np.float32(1 - alpha) * start
    before, scores, weight = start, alpha * (smooth @ start) + source, 2.0
    rate = alpha / (1 + np.sqrt(1 - alpha**2))
    for _ in range(1, int(np.ceil(np.log(2 / _EXACT) / -np.log(rate)))):
        weight = 1 / (1 - alpha**2 / 4 * weight)
        after = smooth @ scores
        after *= np.float32(alpha)
        after += source
        after -= before
        after *= np.float32(weight)
        after += before
        before, scores = scores, after
    return np.maximum(scores, 0, out=scores)


def _width(classes: int, rows: int) -> int:
    """How many classes are spread at a time."""
    at_most = max(1, _MOST_NUMBERS // rows)
    return min(at_most, _FEW_CLASSES if classes <= 2 * _FEW_CLASSES else -(-classes // 2))
