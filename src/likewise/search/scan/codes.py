"""Codes that follow a store: what a search reads, derived from the store and never the truth."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from likewise.search.scan.files import Files, Rows, Run
from likewise.search.scan.kernel import quantise, widen
from likewise.search.scan.lengths import InverseLengths
from likewise.search.scan.view import View
from likewise.search.store.base import Segment

_CHECKED_ROWS = 64
_NEVER = -1


class Segmented(Protocol):
    """What codes need of a store: its rows in segments that never change."""

    @property
    def version(self) -> int:
        """Grows with every write."""
        ...

    @property
    def dim(self) -> int:
        """Number of columns of its vectors."""
        ...

    @property
    def encoder(self) -> str:
        """Fingerprint of the encoder that made the vectors."""
        ...

    def segments(self) -> tuple[Segment, ...]:
        """The runs of rows that the scan order is made of."""
        ...

    def segment_offsets(self, name: str) -> NDArray[np.int64]:
        """Offsets of the live rows of one segment, ascending."""
        ...

    def segment_blocks(self, name: str) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """Live rows of one segment, in order: their offsets in it, and the vectors as stored."""
        ...


class Codes:
    """Memory-mapped int8 codes and float16 vectors of everything in a store.

    Takes 3 bytes a dimension of every row. New rows are appended; rows that were deleted or
    replaced are passed over; when the store was compacted, or the files do not fit it, they are
    made again.

    Args:
        store: what to follow.
        folder: where the files are.
        writable: false where another process writes the workspace. Files of that process are
            used as far as they fit, and what is missing is made in a temporary folder.
        vectors_a_row: how many vectors each row of the store has; the store counts every one of
            them in its segments, in the order of the rows.

    Attributes:
        store: what is followed.
        inverse_lengths: kept between searches.
    """

    def __init__(
        self, store: Segmented, folder: Path, writable: bool = True, vectors_a_row: int = 1
    ) -> None:
        self.store = store
        self._vectors_a_row = vectors_a_row
        self.inverse_lengths = InverseLengths()
        self._shared = Files(folder, store.dim, store.encoder)
        self._writable = writable
        self._private: Files | None = None
        self._view = View(_NEVER, (self._shared.rows,), None, vectors_a_row)
        self._checked = ""  # generation of the files that were compared with the store
        self._lock = Lock()

    def follow(self) -> View:
        """Bring the codes to the store's version; does nothing when they are.

        Raises:
            StorageError: the disk is full or refuses.
        """
        with self._lock:
            if self._view.version != self.store.version:
                segments = self.store.segments()
                parts = self._written(segments) if self._writable else self._read(segments)
                live = self._live(parts, segments)
                if live is not None:
                    live = live[:: self._vectors_a_row] // self._vectors_a_row
                self._view = View(self.store.version, parts, live, self._vectors_a_row)
            return self._view

    def are_written(self) -> bool:
        """Whether the folder has all of the store's version, and no temporary one has a part of it.

        Raises:
            StorageError: the disk is full or refuses.
        """
        return len(self.follow().parts) == 1

    def _written(self, segments: Sequence[Segment]) -> tuple[Rows, ...]:
        if not self._usable(self._shared.rows, segments):
            self._shared.clear()
        self._extend(self._shared, segments)
        return (self._shared.rows,)

    def _read(self, segments: Sequence[Segment]) -> tuple[Rows, ...]:
        self._shared.reopen()
        shared = self._shared.rows
        if not self._usable(shared, segments):
            self._shared.clear()
            shared = self._shared.rows
        have = {name for name, _ in shared.runs}
        rest = [segment for segment in segments if segment.name not in have]
        if not rest:
            return (shared,)
        if self._private is None:
            folder = tempfile.mkdtemp(prefix="likewise-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._private = Files(Path(folder), self.store.dim, self.store.encoder)
        if not _fits(self._private.rows.runs, rest):
            self._private.clear()
        self._extend(self._private, rest)
        return (shared, self._private.rows)

    def _extend(self, files: Files, segments: Sequence[Segment]) -> None:
        have = {name for name, _ in files.rows.runs}
        new = [segment for segment in segments if segment.name not in have]
        if new:
            blocks = (block for segment in new for block in self._filled(segment))
            files.append([(segment.name, segment.rows) for segment in new], blocks)

    def _filled(self, segment: Segment) -> Iterator[NDArray[np.float16]]:
        """All rows of a segment in order, zeros where one is deleted."""
        at = 0
        for offsets, vectors in self.store.segment_blocks(segment.name):
            end = int(offsets[-1]) + 1
            if end - at == len(vectors):
                yield vectors
            else:
                block = np.zeros((end - at, self.store.dim), dtype=np.float16)
                block[offsets - at] = vectors
                yield block
            at = end
        if at < segment.rows:
            yield np.zeros((segment.rows - at, self.store.dim), dtype=np.float16)

    def _usable(self, rows: Rows, segments: Sequence[Segment]) -> bool:
        if not _fits(rows.runs, segments):
            return False
        if self._checked != rows.generation:
            if not self._agrees(rows, segments):
                return False
            self._checked = rows.generation
        return True

    def _agrees(self, rows: Rows, segments: Sequence[Segment]) -> bool:
        """Compare some rows, the last among them, with themselves and with the store."""
        if not len(rows):
            return True
        some = np.unique(np.linspace(0, len(rows) - 1, _CHECKED_ROWS).astype(np.int64))
        codes, scales = quantise(widen(rows.vectors[some]))
        if not (np.array_equal(codes, rows.codes[some]) and np.allclose(scales, rows.scales[some])):
            return False
        last, count = rows.runs[-1]
        if last not in {segment.name for segment in segments}:
            return True
        start = len(rows) - count
        for offsets, vectors in self.store.segment_blocks(last):
            return np.array_equal(rows.vectors[start + offsets], vectors)
        return True

    def _live(self, parts: Sequence[Rows], segments: Sequence[Segment]) -> NDArray[np.int64] | None:
        segment_of = {segment.name: segment for segment in segments}
        runs = [run for part in parts for run in part.runs]
        if len(runs) == len(segments) and not any(segment.deleted for segment in segments):
            return None
        rows = [np.empty(0, dtype=np.int64)]
        start = 0
        for name, count in runs:
            if name in segment_of:
                is_complete = segment_of[name].deleted == 0
                offsets = np.arange(count) if is_complete else self.store.segment_offsets(name)
                rows.append(start + offsets)
            start += count
        return np.concatenate(rows)


def _fits(runs: Sequence[Run], segments: Sequence[Segment]) -> bool:
    """Whether what is there is the beginning of what is wanted, and not mostly deleted rows."""
    expected_runs = [(segment.name, segment.rows) for segment in segments]
    names = {name for name, _ in expected_runs}
    current = [run for run in runs if run[0] in names]
    dropped = sum(count for name, count in runs if name not in names)
    return current == expected_runs[: len(current)] and 2 * dropped <= sum(
        count for _, count in expected_runs
    )
