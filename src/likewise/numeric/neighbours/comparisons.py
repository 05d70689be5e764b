"""Which rows are compared with which: all with all, or those of neighbouring cells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.numeric.cells import find_cells, nearest_cells

_RUN = 4096
_LARGE = 8  # a cell of more than so many times the mean size is cut into pieces

Visit = tuple[NDArray[np.int64], NDArray[np.int64], float]
"""Rows that are looked at, ascending; those that look; the share of the work done after it."""


def everything(rows: int) -> Iterator[Visit]:
    """Every row with every row, a run of them at a time."""
    for start in range(0, rows, _RUN):
        end = min(start + _RUN, rows)
        yield np.arange(start, end), np.arange(rows), end / rows


def cell_count(rows: int) -> int:
    """Into how many cells rows are parted."""
    return int(np.sqrt(rows))


def through_cells(vectors: Vectors, probes: int) -> Iterator[Visit]:
    """Each row with the rows of its nearest cells (an inverted file)."""
    count = cell_count(len(vectors))
    return cell_visits(nearest_cells(vectors, find_cells(vectors, count), probes))


def cell_visits(near: NDArray[np.int32]) -> Iterator[Visit]:
    """The same where the cells that each row looks into are known, the nearest first; (n, probes).

    Each cell's own rows come first, so that what the others add is little and quickly told.
    """
    rows = len(near)
    pieces = Pieces(near[:, 0], cell_count(rows))
    flat = pieces.numbers(near.T).ravel()
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], np.arange(pieces.count + 1))
    step = 1 / (2 * pieces.count)
    for piece in range(pieces.count):
        members = pieces.members(piece)
        yield members, members, (piece + 1) * step
    for piece in range(pieces.count):
        among = order[starts[piece] : starts[piece + 1]]
        foreign = among[among >= rows] % rows  # the first n are the own rows
        yield pieces.members(piece), np.sort(foreign), 0.5 + (piece + 1) * step


class Pieces:
    """Cells, the overlarge cut up: a thousand copies of one image all fall into one cell.

    Args:
        cell: (n,) the cell of each row.
        count: of cells.
    """

    def __init__(self, cell: NDArray[np.int32], count: int) -> None:
        sizes = np.bincount(cell, minlength=count)
        limit = max(_LARGE * len(cell) // count, 1)
        self.cuts = np.maximum(-(-sizes // limit), 1)
        self.first = np.concatenate([[0], np.cumsum(self.cuts)])
        self.count = int(self.first[-1])
        self.piece_of_row = self.numbers(cell)
        self._order = np.argsort(self.piece_of_row, kind="stable")
        self._starts = np.searchsorted(self.piece_of_row[self._order], np.arange(self.count + 1))

    def numbers(self, cell: NDArray[np.int32]) -> NDArray[np.int64]:
        """The piece that each row visits of the cell it wants to see; (n,), or (probes, n)."""
        return np.asarray(self.first[cell] + np.arange(cell.shape[-1]) % self.cuts[cell])

    def members(self, piece: int) -> NDArray[np.int64]:
        """Rows of a piece, ascending."""
        return self._order[self._starts[piece] : self._starts[piece + 1]]
