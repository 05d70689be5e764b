"""The neighbour graph of a collection: every image's nearest images, kept beside the scan codes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.search.graph.file import GraphFile, open_graph_file
from likewise.search.store.base import Segment

GRAPH_FILE = "neighbours.safetensors"
"""Name of the file, in the folder of the scan codes."""


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """The nearest neighbours of every image of a collection by cosine in its centred space.

    Attributes:
        neighbours: int32 of shape (n, k): positions in the collection's order, the nearest first;
            -1 where an image has fewer than k neighbours.
        cosines: float32 of the same shape, in the same order; -1 where there is no neighbour.

    Example:
        >>> len(NeighbourGraph(np.int32([[1], [0]]), np.float32([[0.9], [0.9]])))
        2
    """

    neighbours: NDArray[np.int32]
    cosines: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.neighbours.ndim != 2 or self.neighbours.shape != self.cosines.shape:
            raise BadInputError(
                f"neighbours of shape {self.neighbours.shape} do not go with cosines of shape "
                f"{self.cosines.shape}; give both as (n, k)"
            )

    def __len__(self) -> int:
        return len(self.neighbours)


class Contents(Protocol):
    """What a graph needs to know of a store to tell whether it is of these very rows."""

    @property
    def version(self) -> int:
        """Grows with every write."""
        ...

    def __len__(self) -> int: ...

    def segments(self) -> tuple[Segment, ...]:
        """The runs of rows that the scan order is made of."""
        ...


class StoredGraph:
    """The graph of a store as its file has it; opened when it is first asked for.

    Args:
        store: of the vectors.
        file: where the graph is.
        remedy: answers the command that makes the graph.
    """

    def __init__(self, store: Contents, file: Path, remedy: Callable[[], str]) -> None:
        self._store, self._file, self._remedy = store, file, remedy
        self._opened: tuple[object, GraphFile | None] = (None, None)
        self._contents = (-1, "")
        self._lock = Lock()

    def graph(self) -> NeighbourGraph | None:
        """The graph, memory-mapped; None where there is none of the store's version."""
        opened = self._open()
        if opened is None or not self._is_fresh(opened):
            return None
        return NeighbourGraph(opened.neighbours, opened.cosines)

    def state(self) -> str:
        """Whether there is a graph, in words."""
        opened = self._open()
        if not len(self._store):
            return "none: nothing is indexed"
        if opened is None:
            return f"none; to make it: {self._remedy()}"
        if self._is_fresh(opened):
            return f"of {len(opened.neighbours):,} images"
        return (
            f"older than the collection: of {len(opened.neighbours):,} images where "
            f"{len(self._store):,} are indexed; to bring it up to date: {self._remedy()}"
        )

    def _open(self) -> GraphFile | None:
        with self._lock:
            try:
                facts = self._file.stat()
                key = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
            except OSError:
                return None
            if self._opened[0] != key:
                self._opened = key, open_graph_file(self._file)
            return self._opened[1]

    def _is_fresh(self, opened: GraphFile) -> bool:
        with self._lock:
            if self._contents[0] != self._store.version:
                self._contents = self._store.version, contents_digest(self._store.segments())
            contents = self._contents[1]
        return opened.contents == contents and len(opened.neighbours) == len(self._store)


def contents_digest(segments: Sequence[Segment]) -> str:
    """Thirty-two hexadecimal digits that name the live rows of a store and their order.

    A segment's name is never used again and its rows are only ever deleted, so its name and the
    number of its deleted rows say which rows are left.
    """
    facts = [[segment.name, segment.rows, segment.deleted] for segment in segments]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]
