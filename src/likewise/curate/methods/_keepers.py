"""Which of several copies is the best one to keep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.curate.base import Pool


def by_preference(pool: Pool) -> NDArray[np.intp]:
    """Places of a pool, the one to keep rather first: a real file, labelled, large, sharp.

    What a person chose to stay comes before all others. An item whose name is a link (column
    "link") comes after all that are files.

    Equals are in the order of their ids, so that the order of the pool does not matter.
    """
    count = len(pool)
    labelled = np.array([bool(label) for label in pool.labels] or [False] * count)
    pixels = np.ones(count)
    for side in ("width", "height"):
        if side in pool.facts:
            pixels *= np.array([float(value or 0) for value in pool.facts[side]])
    sharp = np.array([float(value or 0) for value in pool.facts.get("sharpness", [0] * count)])
    names = np.empty(count, dtype=np.intp)
    names[sorted(range(count), key=pool.ids.__getitem__)] = np.arange(count)
    links = np.array([bool(value) for value in pool.facts.get("link", [False] * count)])
    return np.lexsort((names, -sharp, -pixels, ~labelled, links, ~is_keeper(pool)))


def is_keeper(pool: Pool) -> NDArray[np.bool_]:
    """Which places hold what a person chose to stay, (n,)."""
    return np.array([item in pool.keepers for item in pool.ids], np.bool_)
