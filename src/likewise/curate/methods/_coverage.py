"""How near each item of a pool is to the nearest item that was selected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores, Vectors
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.threads import Blocks, share_blocks

_BLOCK = 512


def nearest_selected(rows: Vectors, keep: NDArray[np.intp]) -> tuple[NDArray[np.intp], Scores]:
    """Place of the nearest kept row of each row, and the cosine to it; each (n,)."""
    selected = rows[keep]
    which, similarities = np.empty(len(rows), np.intp), np.empty(len(rows), np.float32)

    def work(blocks: Blocks) -> None:
        for start, end in blocks:
            found = rows[start:end] @ selected.T
            best = found.argmax(axis=1)
            which[start:end] = keep[best]
            similarities[start:end] = np.minimum(found[np.arange(len(best)), best], 1)

    with single_blas_thread():
        share_blocks(len(rows), work, _BLOCK)
    return which, similarities


def coverage(similarities: Scores, gone: NDArray[np.bool_]) -> list[str]:
    """A note on how well those that go are represented."""
    if not gone.any():
        return []
    least, mean = float(similarities[gone].min()), float(similarities[gone].mean())
    return [f"what goes is {mean:.3f} like a kept item on average, {least:.3f} at the least"]
