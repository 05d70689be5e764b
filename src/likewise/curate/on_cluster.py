"""The graph of nearest neighbours, made by a crew: the one that a single machine makes.

Workers read the vectors from the workspace's store, each what its block of rows looks at; back
come row numbers and cosines. Nobody has all vectors in memory.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.core.vectors import Scores, Vectors
from likewise.distribute.in_order import AnyPoolFactory, all_in_order
from likewise.errors import BadInputError
from likewise.numeric.cells import find_cells, nearest_cells
from likewise.numeric.neighbours import EXACT_UP_TO, PROBES, Neighbours
from likewise.numeric.neighbours.best import Best
from likewise.numeric.neighbours.comparisons import Pieces, cell_count, everything
from likewise.workspace import Workspace
from likewise.workspace.on_cluster import Stored

Indices: TypeAlias = NDArray[np.int64]
Near: TypeAlias = tuple[Indices, NDArray[np.int32], Scores]
"""Rows, the row numbers of their neighbours, and cosines."""

_BLOCK = 4096
_A_SHARD = 4  # blocks
_KEPT = 256 << 20  # bytes of vectors that a worker keeps for its next block


@dataclass(frozen=True, eq=False)
class Looking:
    """Rows that look for their neighbours, and where.

    Attributes:
        rows: ascending.
        visits: the number of a run or a cell, its rows, and those that look at them; no pair is
            in two.
    """

    rows: Indices
    visits: tuple[tuple[int, Indices, Indices], ...]


@dataclass(frozen=True, eq=False)
class _Look:
    """The k best neighbours of each row of a block."""

    stored: Stored
    k: int

    def open(self) -> Callable[[Sequence[Looking]], list[Near]]:
        rows = self.stored.open()
        cached: OrderedDict[int, Vectors] = (
            OrderedDict()
        )  # blocks come in such an order that it pays
        room = _KEPT

        def vectors_of(number: int, members: Indices) -> Vectors:
            nonlocal room
            if number in cached:
                cached.move_to_end(number)
            else:
                cached[number] = rows[members]
                room -= cached[number].nbytes
            while room < 0 and len(cached) > 1:
                room += cached.popitem(last=False)[1].nbytes
            return cached[number]

        def best_of(block: Looking) -> Near:
            best = Best(rows, self.k, of=block.rows)
            for number, members, queries in block.visits:
                best.offer(members, queries, vectors_of(number, members))
            return (block.rows, *best.result())

        return lambda shard: list(map(best_of, shard))


@dataclass(frozen=True, eq=False)
class _Assign:
    """The nearest cells of each row of a run, the nearest first."""

    stored: Stored
    centres: Vectors
    probes: int

    def open(self) -> Callable[[Sequence[tuple[int, int]]], list[NDArray[np.int32]]]:
        rows = self.stored.open()
        return lambda shard: [
            nearest_cells(rows[np.arange(start, end)], self.centres, self.probes)
            for start, end in shard
        ]


def find_stored_neighbours(
    workspace: Workspace,
    crew: AnyPoolFactory,
    k: int = 20,
    progress: Progress | None = None,
    exact_up_to: int = EXACT_UP_TO,
    probes: int = PROBES,
) -> Neighbours:
    """The k nearest neighbours of every item, as `likewise.numeric.neighbours.find_neighbours`
    finds them.

    Each block of rows is a task. Up to 20,000 items it is compared with all rows, a run of 4,096
    at a time; above, with those of the 16 nearest cells: a first pass finds the cells, also in
    tasks. A worker holds the vectors of its block, and 256 MB of those that it looks at.

    Args:
        workspace: open; all machines must see it under its path or URL.
        crew: makes the workers, such as `likewise.distribute.ray_cluster.RayCluster`.
        k: how many; n - 1 where that is fewer.
        progress: called with rows done and rows in all.
        exact_up_to: rows up to which every pair is compared.
        probes: cells looked into, above that.

    Raises:
        BadInputError: k below 1.
        LikewiseError: a worker is not fit, or nothing succeeded any more.
    """
    if k < 1:
        raise BadInputError(f"k is {k}; ask for 1 neighbour or more")
    collection = workspace.collection
    stored, ids = Stored.of(workspace, collection.space()), collection.ids()
    count = len(ids)
    k = min(k, count - 1)
    rows = np.full((count, k), -1, np.int32)
    scores = np.full((count, k), -1, np.float32)
    if k:
        blocks = _all(count) if count <= exact_up_to else _by_cells(stored, crew, probes)
        done = 0
        for indices, found, similarity in all_in_order(crew, _Look(stored, k), blocks, _A_SHARD):
            rows[indices], scores[indices] = found, similarity
            done += len(indices)
            if progress is not None:
                progress(done, count)
    return Neighbours(ids, rows, scores)


def _all(count: int) -> Iterator[Looking]:
    """Every row with every row."""
    visits = tuple(members for members, _, _ in everything(count))
    for start in range(0, count, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        yield Looking(rows, tuple((run, x, rows) for run, x in enumerate(visits)))


def _by_cells(stored: Stored, crew: AnyPoolFactory, probes: int) -> Iterator[Looking]:
    """Each cell's rows with those of the cells nearest to them, their own first."""
    rows = stored.open()
    cells = cell_count(len(rows))
    centres = find_cells(rows, cells)
    runs = [(at, min(at + _BLOCK, len(rows))) for at in range(0, len(rows), _BLOCK)]
    near = np.concatenate(
        list(all_in_order(crew, _Assign(stored, centres, probes), runs, _A_SHARD))
    )
    pieces = Pieces(near[:, 0], cells)
    visited = pieces.numbers(near.T)[1:].T
    for piece in _neighbourly(pieces, centres):
        members = pieces.members(piece)
        if len(members):
            visited_cells = visited[members]
            others = [
                (other, pieces.members(other), members[(visited_cells == other).any(axis=1)])
                for other in np.unique(visited_cells).tolist()
            ]
            yield Looking(members, ((piece, members, members), *others))


def _neighbourly(pieces: Pieces, centres: Vectors) -> list[int]:
    """Pieces in an order in which those that follow one another look at much the same ones."""
    regions = nearest_cells(centres, find_cells(centres, cell_count(len(centres))), 1)[:, 0]
    order: list[int] = np.argsort(np.repeat(regions, pieces.cuts), kind="stable").tolist()
    return order
