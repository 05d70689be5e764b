"""The neighbour graph of a collection: made, kept up to date, and resumed after a kill."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.core.space import Space
from likewise.core.vectors import Rows, Vectors
from likewise.errors import StorageError
from likewise.numeric.cells import find_cells, nearest_cells
from likewise.numeric.neighbours import EXACT_UP_TO, PROBES
from likewise.numeric.neighbours.best import Best
from likewise.numeric.neighbours.comparisons import cell_count, cell_visits, everything
from likewise.numeric.neighbours.updates import (
    Lists,
    earlier_rows,
    empty_lists,
    join,
    moved_lists,
)
from likewise.numeric.row_hashes import row_hashes
from likewise.search.graph.file import GraphFile, open_arrays, open_graph_file, save_arrays
from likewise.search.graph.file import save_graph_file as save
from likewise.search.scan.view import View

NEIGHBOURS = 10
"""How many neighbours each image has."""

MOST_NEW = 0.3
"""A graph of which a larger share would be made again is made anew."""

DRIFT = 0.03
"""How far the mean may move from the graph's before the graph is made anew; vectors are of length
1. The index for millions follows the mean by the same distance."""

_PART_SECONDS = 30.0
_BLOCK_ROWS = 8192
_IN_MEMORY = 1 << 28  # bytes of vectors


def write_graph(
    file: Path,
    view: View,
    contents: str,
    space: Space,
    progress: Progress | None = None,
    exact_up_to: int = EXACT_UP_TO,
    part_seconds: float = _PART_SECONDS,
) -> None:
    """Bring the graph of a collection up to date, and write it in the place of what is there.

    Rows that the graph has are known by their vectors, wherever they moved. New rows, and those
    that lost a neighbour, are compared with all; new rows enter the lists of others, too. Cosines
    stay in the space that the graph was made in until the mean has moved by `DRIFT`.

    Args:
        file: where the graph is kept; what is done so far is kept beside it.
        view: the rows, one at least.
        contents: digest of the store's rows.
        space: in which neighbours are near.
        progress: called with rows done and rows in all.
        exact_up_to: rows up to which all are compared; above, those of neighbouring cells, unless
            few are new.
        part_seconds: how often what is done so far is written.

    Raises:
        StorageError: the disk is full or refuses; the graph before is as it was.
    """
    old = open_graph_file(file)
    hashes = hashes_of(view)
    lists = empty_lists(len(view), NEIGHBOURS)
    if old is not None and _is_near(old, space):
        moved = moved_lists(old.neighbours, old.cosines, earlier_rows(old.hashes, hashes))
        if moved.is_empty.mean() <= MOST_NEW:
            space, lists = Space(space.encoder, old.mean), moved
    before = "" if old is None else old.contents
    key = hashlib.sha256(f"{contents} {before} {space.fingerprint} {NEIGHBOURS}".encode())
    run = _Run(file.with_suffix(".part"), key.hexdigest(), part_seconds, exact_up_to, progress)
    try:
        neighbours, cosines = run.go(_vectors(view, space), lists)
        save(GraphFile(neighbours, cosines, hashes, space.mean, contents), file)
        run.part.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            run.part.unlink(missing_ok=True)
        raise StorageError(
            f"the neighbour graph at {file} could not be written ({error.strerror}); free some "
            "space and run the same command again: nothing else is lost"
        ) from error


class _Run:
    """One making of a graph, which goes on from its part file.

    Args:
        part: the file of what is done so far.
        key: of what is made; a part of anything else is as if it were not there.
        every: seconds between two writings of the part.
        exact_up_to: rows up to which all are compared.
        progress: called with rows done and rows in all.
    """

    def __init__(
        self, part: Path, key: str, every: float, exact_up_to: int, progress: Progress | None
    ) -> None:
        self.part, self._key, self._every = part, key, every
        self._exact_up_to, self._progress = exact_up_to, progress

    def go(self, vectors: Rows, lists: Lists) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Neighbours and cosines, (n, k)."""
        count, empty = len(vectors), int(lists.is_empty.sum())
        arrays, done = self._begun()
        if count <= self._exact_up_to or empty <= cell_count(count):
            visits = everything(count) if empty else iter(())
        else:
            if "cells" not in arrays:
                arrays["cells"] = _cells(vectors)
            visits = cell_visits(arrays["cells"])
        best = Best(vectors, NEIGHBOURS)
        if done:
            best.restore(arrays["neighbours"], arrays["cosines"])
        else:
            best.restore(lists.rows, lists.scores)
        due = time.monotonic() + self._every
        for share in join(best, lists, islice(visits, done, None)):
            done += 1
            if self._progress is not None:
                self._progress(int(share * count), count)
            if time.monotonic() >= due:
                arrays |= {"neighbours": best.rows, "cosines": best.scores}
                save_arrays(arrays, {"key": self._key, "done": str(done)}, self.part)
                due = time.monotonic() + self._every
        return best.result()

    def _begun(self) -> tuple[dict[str, NDArray[Any]], int]:
        """What the part file holds, and how many visits it is made of."""
        try:
            arrays, facts = open_arrays(self.part)
            if facts["key"] == self._key and {"neighbours", "cosines"} <= arrays.keys():
                return arrays, int(facts["done"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # there is none, or it is not whole
        return {}, 0


class CentredRows:
    """Rows of a view in a space, read when they are asked for."""

    def __init__(self, view: View, space: Space) -> None:
        self._view, self._space = view, space

    def __len__(self) -> int:
        return len(self._view)

    def __getitem__(self, which: NDArray[np.int64]) -> Vectors:
        """Rows at positions, in that order; float32 of shape (n, dim)."""
        return self._space.apply(self._view.take(self._view.rows_of(which)))


def _vectors(view: View, space: Space) -> Rows:
    """The rows in a space; where they are few they are all in memory."""
    rows = CentredRows(view, space)
    return rows[np.arange(len(rows))] if 4 * len(rows) * space.dim_out <= _IN_MEMORY else rows


def _cells(vectors: Rows) -> NDArray[np.int32]:
    """The cells that each row looks into, the nearest first; (n, probes)."""
    centres = find_cells(vectors, cell_count(len(vectors)))
    starts = range(0, len(vectors), _BLOCK_ROWS)
    blocks = (np.arange(start, min(start + _BLOCK_ROWS, len(vectors))) for start in starts)
    return np.concatenate([nearest_cells(vectors[block], centres, PROBES) for block in blocks])


def hashes_of(view: View) -> NDArray[np.uint64]:
    """A number for each row of a view that depends on its stored vector alone; uint64 (n,)."""
    hashes = [
        row_hashes(part.vectors[start : start + _BLOCK_ROWS])
        for _, part in view.numbered_parts()
        for start in range(0, len(part), _BLOCK_ROWS)
    ]
    return np.concatenate(hashes)[view.rows_of(np.arange(len(view)))]


def _is_near(old: GraphFile, space: Space) -> bool:
    return old.mean.shape == space.mean.shape and bool(
        np.linalg.norm(old.mean - space.mean) <= DRIFT
    )
