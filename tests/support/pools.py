"""Pools whose truth is known."""

from __future__ import annotations

import numpy as np
from worlds import at

from likewise.core.vectors import Vectors, unit
from likewise.curate.base import Pool


def names(count: int) -> tuple[str, ...]:
    return tuple(f"{number:05d}.jpg" for number in range(count))


def clumps(sizes: tuple[int, ...], dim: int = 32, noise: float = 0.3, seed: int = 0) -> Vectors:
    """Rows around random centres, clump after clump."""
    random = np.random.default_rng(seed)
    centres = unit(random.standard_normal((len(sizes), dim)))
    rows = np.repeat(centres, sizes, axis=0)
    return unit(rows + noise * unit(random.standard_normal(rows.shape)))


def full_pool(count: int = 60, seed: int = 0) -> Pool:
    """Everything that any curator may ask for."""
    random = np.random.default_rng(seed)
    rows = clumps((count // 3, count // 3, count - 2 * (count // 3)), seed=seed)
    return Pool(
        names(count),
        rows,
        tuple(random.choice(["cat", "dog", "cow"], count).tolist()),
        {
            "digest": [f"{number // 2:064x}" for number in range(count)],
            "site": random.choice(["north", "south"], count).tolist(),
            "width": random.integers(100, 300, count).tolist(),
            "height": random.integers(100, 300, count).tolist(),
            "sharpness": random.uniform(0.02, 0.2, count).tolist(),
            "entropy": random.uniform(2, 8, count).tolist(),
            "lightest": random.uniform(0.2, 1, count).tolist(),
            "darkest": random.uniform(0, 0.5, count).tolist(),
        },
        random.integers(0, 256, (count, 32, 32)).astype(np.uint8),
    )


def circle(*degrees: float) -> Pool:
    """Items named a, b, c, ... on a circle."""
    return Pool(tuple("abcdefghijklmnopqrstuvwxyz"[: len(degrees)]), at(*degrees))
