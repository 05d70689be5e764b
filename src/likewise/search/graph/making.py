"""The neighbour graph of a collection, made from its scan codes' vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.core.progress import Progress
from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.errors import StorageError
from likewise.numeric.neighbours import nearest_rows
from likewise.numeric.row_hashes import row_hashes
from likewise.search.graph.file import GraphFile, save_graph_file
from likewise.search.scan.view import View

NEIGHBOURS = 10
"""How many neighbours each image has."""

_BLOCK_ROWS = 8192


def write_graph(
    file: Path, view: View, contents: str, space: Space, progress: Progress | None = None
) -> None:
    """Make the graph of all rows and write it in the place of what is there.

    Args:
        file: where the graph is kept.
        view: the rows, one at least.
        contents: digest of the store's rows.
        space: in which neighbours are near.
        progress: called with rows done and rows in all.

    Raises:
        StorageError: the disk is full or refuses; the graph before is as it was.
    """
    rows = vectors_in(view, space)
    found, cosines = nearest_rows(rows, NEIGHBOURS, progress=progress)
    short = ((0, 0), (0, NEIGHBOURS - found.shape[1]))  # fewer than eleven images
    graph = GraphFile(
        np.pad(found, short, constant_values=-1),
        np.pad(cosines, short, constant_values=-1),
        hashes_of(view),
        space.mean,
        contents,
    )
    try:
        save_graph_file(graph, file)
    except OSError as error:
        raise StorageError(
            f"the neighbour graph at {file} could not be written ({error.strerror}); free some "
            "space and run the same command again: nothing else is lost"
        ) from error


def vectors_in(view: View, space: Space) -> Vectors:
    """Every row of a view in a space; float32 of shape (n, dim)."""
    out = np.empty((len(view), space.dim_out), dtype=np.float32)
    for start in range(0, len(view), _BLOCK_ROWS):
        block = np.arange(start, min(start + _BLOCK_ROWS, len(view)))
        out[block] = space.apply(view.take(view.rows_of(block)))
    return out


def hashes_of(view: View) -> NDArray[np.uint64]:
    """A number for each row of a view that depends on its stored vector alone; uint64 (n,)."""
    hashes = [
        row_hashes(part.vectors[start : start + _BLOCK_ROWS])
        for _, part in view.numbered_parts()
        for start in range(0, len(part), _BLOCK_ROWS)
    ]
    return np.concatenate(hashes)[view.rows_of(np.arange(len(view)))]
