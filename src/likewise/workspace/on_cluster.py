"""The vectors of a workspace as workers read them: one version, the same for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import likewise
from likewise.core.space import Space
from likewise.core.vectors import Vectors, unit
from likewise.distribute.task import check_home, check_version
from likewise.search.scan.codes import Codes
from likewise.search.store.lance import Lance
from likewise.workspace import Workspace, vectors_location


@dataclass(frozen=True, eq=False)
class Stored:
    """Where rows are, and the space that they are seen in; plain values that travel anywhere.

    Attributes:
        likewise: its version.
        home: the workspace's folder, absolute, or the URL of its vectors.
        encoder: its fingerprint.
        version: of the store.
        space: that the vectors are mapped to.
        codes: the folder of the scan's files, absolute, where those have all of the version and
            are on the same disk; None otherwise: then rows are read from the store.
    """

    likewise: str
    home: str
    encoder: str
    version: int
    space: Space
    codes: Path | None = None

    @classmethod
    def of(cls, workspace: Workspace, space: Space) -> Stored:
        """The rows of a workspace as they are now."""
        collection = workspace.collection
        codes = None if workspace.vectors_at else collection.written_codes()
        return cls(
            likewise.__version__,
            workspace.home,
            workspace.fingerprint,
            collection.version,
            space,
            None if codes is None else codes.resolve(),
        )

    def open(self) -> StoredRows:
        """The rows, on the machine where they are wanted.

        Raises:
            MismatchError: this machine has another likewise.
            StorageError: the workspace cannot be seen from this machine.
            NotFoundError: the version is not kept any more.
        """
        check_version(self.likewise)
        check_home(self.home)
        path = vectors_location(self.home, self.encoder)
        store = Lance(path, self.space.dim_in, self.encoder, create=False).as_of(self.version)
        codes = None if self.codes is None else Codes(store, self.codes, writable=False)
        return StoredRows(store, codes, self.space)


class StoredRows:
    """Rows in the store's order, read when they are asked for, in a space.

    Args:
        store: where they are.
        codes: of the store, which has them, too; None where they are to be read from the store.
        space: that they are mapped to.
    """

    def __init__(self, store: Lance, codes: Codes | None, space: Space) -> None:
        self._store, self._space = store, space
        self._view = None if codes is None else codes.follow()

    def __len__(self) -> int:
        return len(self._store)

    def __getitem__(self, which: NDArray[np.int64]) -> Vectors:
        """Rows at places, in that order; float32 of shape (n, dim)."""
        if self._view is None:
            return self._space.apply(self._store.take(which))
        return self._space.apply(self._view.take(self._view.rows_of(which)))

    def segment(self, name: str) -> Iterator[Vectors]:
        """The vectors of one segment as they are stored, block by block, of unit length."""
        for _, vectors16 in self._store.segment_blocks(name):
            yield unit(vectors16)
