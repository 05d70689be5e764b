"""Scores that spread along a graph, some classes at a time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from likewise.numeric.threads import Blocks, share_blocks
from likewise.propagate.methods._votes import Strongest

_FADED = 1e-3
_MOST_NUMBERS = 1 << 25
"""How many scores are spread at a time by each processor: 128 MiB of them."""

_FEW_CLASSES = 8
"""Fewer classes at a time would read the graph too often."""

Floats = NDArray[np.float32]


def spread(
    graph: csr_matrix, start: Callable[[int, int], Floats], classes: int, alpha: float
) -> Strongest:
    """Zhou et al. 2004: ``F <- alpha * S F + (1 - alpha) * Y`` until the rest would not matter.

    S is the graph divided by the square roots of both ends' degrees.

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
    rounds = int(np.ceil(np.log(_FADED) / np.log(alpha))) if alpha > 0 else 0
    strongest, lock = Strongest(graph.shape[0]), Lock()

    def run(number: int, stop: int) -> None:
        first = start(number, stop)
        scores = first
        for _ in range(rounds):
            scores = smooth @ scores
            scores *= np.float32(alpha)
            scores += np.float32(1 - alpha) * first
        with lock:
            strongest.add(scores, number)

    def work(blocks: Blocks) -> None:
        for first, stop in blocks:
            run(first, stop)

    share_blocks(classes, work, _width(classes, graph.shape[0]))
    return strongest


def _width(classes: int, rows: int) -> int:
    """How many classes are spread at a time."""
    at_most = max(1, _MOST_NUMBERS // rows)
    return min(at_most, _FEW_CLASSES if classes <= 2 * _FEW_CLASSES else -(-classes // 2))
