"""Lots that are drawn by id: the same whatever else is in the pool."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def ticket(item: str, seed: int = 0) -> int:
    """A lot of 64 bits for an id: the same whatever else is in the pool.

    Example:
        >>> ticket("a") == ticket("a"), ticket("a") == ticket("b")
        (True, False)
    """
    digest = hashlib.blake2b(f"{seed}/{item}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def tickets(ids: Sequence[str], seed: int = 0) -> NDArray[np.uint64]:
    """`ticket` of each id, shape (n,)."""
    return np.array([ticket(item, seed) for item in ids], dtype=np.uint64)
