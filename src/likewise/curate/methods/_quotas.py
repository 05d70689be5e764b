"""How many to take of each group, and lots that are drawn by id.

Shares fill up evenly, and demands may not be met. A lot is the same whatever else is in the pool.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.curate.base import Pool
from likewise.errors import BadInputError
from likewise.numeric.cells import find_cells, nearest_cells

_MOST_TOLD = 10


@dataclass(frozen=True)
class Groups:
    """Items by group.

    Attributes:
        names: of the groups, sorted.
        of: (n,) the number of each item's group.
    """

    names: tuple[str, ...]
    of: NDArray[np.intp]

    @property
    def sizes(self) -> NDArray[np.intp]:
        """How many items each group has."""
        return np.bincount(self.of, minlength=len(self.names))


def groups_by(pool: Pool, columns: Sequence[str]) -> Groups:
    """Group a pool by the values of columns; several columns make groups of every combination.

    The column "cluster" need not be known: the items are then clustered by what they look like.

    Raises:
        NotFoundError: there is no such column.
    """
    if not columns:
        raise BadInputError("nothing was given to group by; name a column, such as label")
    values = [
        _cluster_names(pool) if _unknown_cluster(pool, c) else pool.column(c) for c in columns
    ]
    texts = [
        " / ".join("" if v is None else str(v) for v in row) for row in zip(*values, strict=True)
    ]
    names, of = np.unique(np.array(texts, dtype=str), return_inverse=True)
    return Groups(tuple(names.tolist()), np.asarray(of, dtype=np.intp))


def _unknown_cluster(pool: Pool, column: str) -> bool:
    return column == "cluster" and column not in pool.facts


def _cluster_names(pool: Pool) -> list[str]:
    count = usual_clusters(len(pool))
    return [f"cluster {number}" for number in clusters(pool, count).tolist()]


def usual_clusters(items: int) -> int:
    """How many clusters a pool is cut into when nothing is said.

    Example:
        >>> usual_clusters(5000)
        50
    """
    return max(1, round(math.sqrt(items / 2)))


def clusters(pool: Pool, count: int) -> NDArray[np.int32]:
    """Number of each item's cluster, (n,); K-means by cosine, whatever the order of the pool."""
    rows = pool.rows()
    by_lot = np.argsort(tickets(pool.ids), kind="stable")
    return nearest_cells(rows, find_cells(rows[by_lot], count, spread=True), 1)[:, 0]


def even_shares(
    sizes: NDArray[np.intp],
    total: int,
    evenness: float = 1.0,
    reserved: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """How many to take of each group, `total` in all, none beyond its size.

    Shares go by size ** (1 - evenness): alike at 1, as in the pool at 0. What a small group
    cannot give, the others give.

    Args:
        sizes: (g,) of the groups.
        total: how many in all; at most the sum of the sizes.
        evenness: between 0 and 1.
        reserved: (g,) how many are taken at least.

    Example:
        >>> even_shares(np.array([2, 10, 100]), 30).tolist()
        [2, 10, 18]
    """
    floor = np.zeros(len(sizes)) if reserved is None else reserved.astype(np.float64)
    weights = np.where(sizes > 0, np.maximum(sizes, 1) ** (1.0 - evenness), 0.0)
    low, high = 0.0, float(total) + 1.0
    for _ in range(100):  # the water level that gives the total
        level = (low + high) / 2
        taken = np.clip(level * weights, floor, sizes).sum()
        low, high = (level, high) if taken < total else (low, level)
    exact = np.clip(high * weights, floor, sizes)
    shares = np.floor(exact + 1e-9).astype(np.intp)
    for group in np.lexsort((np.arange(len(sizes)), -(exact - shares))).tolist():
        if shares.sum() >= total:
            break
        shares[group] += int(shares[group] < sizes[group])
    return shares


def check_met(required: Mapping[str, int], has: Mapping[str, int], best_effort: bool) -> list[str]:
    """Tell of demands that cannot be met: refuse them, or answer notes on them.

    Raises:
        BadInputError: some cannot and best effort was not asked for; says which and by how much.
    """
    short = {name: count - has.get(name, 0) for name, count in required.items()}
    lacking = [
        f"'{name}' wants {required[name]} and has {has.get(name, 0)} ({gap} short)"
        for name, gap in sorted(short.items(), key=lambda pair: -pair[1])
        if gap > 0
    ]
    if not lacking:
        return []
    lack = "; ".join(lacking[:_MOST_TOLD])
    if len(lacking) > _MOST_TOLD:
        lack += f"; and {len(lacking) - _MOST_TOLD} more"
    if not best_effort:
        raise BadInputError(
            f"the quotas cannot be met: {lack}; lower them, or take what there is with best_effort"
        )
    return [f"quotas not met: {lack}"]


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
