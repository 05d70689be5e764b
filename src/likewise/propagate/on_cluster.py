"""Images put into clusters by a crew: each to the nearest of centres found on a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.distribute.in_order import AnyPoolFactory, all_in_order
from likewise.propagate.base import Clusters, assigned
from likewise.workspace import Workspace
from likewise.workspace.on_cluster import Stored

_BLOCK = 16_384
_A_SHARD = 4  # blocks


@dataclass(frozen=True, eq=False)
class Assigning:
    """What a worker must know to put rows at the nearest centre.

    Attributes:
        stored: where the rows are, and the space that the centres are in.
        centres: (k, d) of unit length.
    """

    stored: Stored
    centres: Vectors

    def open(self) -> Callable[[Sequence[tuple[int, int]]], list[Clusters]]:
        """Answers what assigns runs of rows, given by the first and the one after the last."""
        rows = self.stored.open()
        return lambda shard: [
            assigned(rows[np.arange(start, end)], self.centres) for start, end in shard
        ]


def assign_stored(
    workspace: Workspace,
    crew: AnyPoolFactory,
    mean: NDArray[np.float32],
    turn: NDArray[np.float32],
    centres: Vectors,
) -> Clusters:
    """Put every item of a workspace at the nearest centre; in the store's order.

    Args:
        workspace: open; all machines must see it under its path or URL.
        crew: makes the workers, such as `likewise.distribute.ray_cluster.RayCluster`.
        mean: (dim,) subtracted from each vector.
        turn: (dim, d) that it is multiplied with, before it is brought to unit length.
        centres: (k, d) of unit length.

    Raises:
        LikewiseError: a worker is not fit, or a block failed on every one.
    """
    task = Assigning(Stored.of(workspace, Space(workspace.fingerprint, mean, turn)), centres)
    count = len(workspace.collection)
    runs = [(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    parts = list(all_in_order(crew, task, runs, _A_SHARD))
    return Clusters(
        centres,
        np.concatenate([part.members for part in parts]),
        np.concatenate([part.similarity for part in parts]),
        np.concatenate([part.next_similarity for part in parts]),
    )
