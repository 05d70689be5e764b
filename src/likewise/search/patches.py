"""The vectors of patches on the disk, found by the digest of the image that they were cut from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from likewise.core.vectors import Vectors, unit
from likewise.images.grid import Grid
from likewise.search.scan.codes import Codes
from likewise.search.scan.kernel import widen
from likewise.search.store.base import Segment
from likewise.search.store.lance import Lance

FOLDER = "patches"
"""Where they are in a workspace; all of it can be made again from the images."""

_MANY_FILES, _MUCH_GONE = 16, 0.2


class PatchStore:
    """Patches of one grid and one encoder.

    An image's vectors are one row of a Lance dataset, side by side and scaled to a common length
    of 1; for a scan they are as many rows of unit length. Rows belong to a content and not to a
    file, so that copies share one and moved files keep theirs.

    Args:
        folder: the workspace's folder of patches.
        grid: which squares they are of.
        dim: columns of the encoder's vectors.
        encoder: its fingerprint.

    Attributes:
        grid: which squares they are of.
        dim: columns of a vector.
        encoder: fingerprint of the encoder.
        codes: what a search reads.

    Example:
        >>> import tempfile
        >>> patches = PatchStore(Path(tempfile.mkdtemp()), Grid((2,)), 2, "demo")
        >>> patches.append(["ab" * 32], np.array([[[1, 0], [0, 1]]], np.float32))
        >>> patches.have(["ab" * 32, "cd" * 32]).tolist()
        [True, False]
    """

    def __init__(self, folder: Path, grid: Grid, dim: int, encoder: str) -> None:
        self.grid, self.dim, self.encoder = grid, dim, encoder
        self._folder, self._name = folder, f"{encoder}.{grid.name}"
        self._store = Lance(folder / f"{self._name}.lance", dim * grid.total, encoder)
        self._scan = folder / f"{self._name}.scan"
        self.codes = Codes(self, self._scan, writable=False, vectors_a_row=grid.total)

    def __len__(self) -> int:
        """How many images it holds patches of."""
        return len(self._store)

    @property
    def version(self) -> int:
        """Grows with every write."""
        return self._store.version

    @property
    def repaired(self) -> tuple[str, ...]:
        """Versions that a power cut left unreadable and that opening set aside."""
        return self._store.repaired

    def refresh(self) -> bool:
        """See what another process wrote since; answers whether there was anything."""
        return self._store.refresh()

    def digests(self) -> pa.LargeStringArray:
        """Digests of the images by place."""
        return self._store.ids()

    def have(self, digests: Sequence[str]) -> NDArray[np.bool_]:
        """Whether there are patches of each image; shape (len(digests),)."""
        return self._store.find(digests) >= 0

    def vectors(self, digests: Sequence[str]) -> NDArray[np.float32]:
        """Patches of images that there are patches of; shape (len(digests), grid.total, dim)."""
        rows = self._store.take(self._store.find(digests))
        return unit(rows.reshape(len(digests), self.grid.total, self.dim))

    def append(self, digests: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add the patches of images, all or none; on the disk on return.

        Args:
            digests: of the images, each once.
            vectors: unit rows, shape (len(digests), grid.total, dim).

        Raises:
            StorageError: the disk is full or refuses; nothing was added.
            BadInputError: vectors that are not finite, or a digest given twice.
        """
        rows = vectors.reshape(len(digests), -1) / np.float32(np.sqrt(self.grid.total))
        self._store.append(pa.table({"item_id": pa.array(digests, pa.string())}), rows)

    def keep_only(self, digests: pa.ChunkedArray) -> None:
        """Drop patches of images that are nowhere any more once they are many; join small files.

        Raises:
            StorageError: the disk is full or refuses; nothing was dropped.
        """
        is_listed = pc.is_in(self.digests(), value_set=digests.cast(pa.large_string()))
        gone = self.digests().filter(pc.invert(is_listed)).to_pylist()
        if len(gone) > _MUCH_GONE * len(self):
            self._store.delete(gone)
        segments = self._store.segments()
        deleted = sum(segment.deleted for segment in segments)
        if len(segments) > _MANY_FILES or deleted > _MUCH_GONE * sum(x.rows for x in segments):
            self._store.optimize()

    def drop_other_grids(self) -> None:
        """Delete what there is of other grids of the same encoder."""
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if encoder_of(path) == self.encoder and path.stem != self._name:
                shutil.rmtree(path, ignore_errors=True)

    def damaged(self) -> tuple[str, ...]:
        """Segments whose files are not what was written."""
        return self._store.damaged()[0]

    def drop_segments(self, names: Sequence[str]) -> int:
        """Take whole segments out, unread; answers how many images lost their patches.

        Raises:
            StorageError: the disk is full or refuses; nothing was removed.
        """
        return self._store.drop_segments(names)

    def write_codes(self) -> None:
        """Bring the scan's files in step; only for who holds the writer lock.

        Raises:
            StorageError: the disk is full or refuses.
        """
        Codes(self, self._scan, vectors_a_row=self.grid.total).follow()

    def remake_codes(self) -> None:
        """Make the scan's files from nothing; only for who holds the writer lock."""
        shutil.rmtree(self._scan, ignore_errors=True)
        self.write_codes()

    def blocks(self) -> Iterator[Vectors]:
        """Every vector, as it is kept, in blocks of bounded size; float32 of shape (n, dim)."""
        for segment in self._store.segments():
            for _, rows in self._store.segment_blocks(segment.name):
                yield widen(rows).reshape(-1, self.dim) * np.float32(np.sqrt(self.grid.total))

    def segments(self) -> tuple[Segment, ...]:
        """See `likewise.search.scan.codes.Segmented`: its rows are single vectors."""
        each = self.grid.total
        return tuple(
            replace(segment, rows=segment.rows * each, deleted=segment.deleted * each)
            for segment in self._store.segments()
        )

    def segment_offsets(self, name: str) -> NDArray[np.int64]:
        """See `likewise.search.scan.codes.Segmented`."""
        return self._spread(self._store.segment_offsets(name))

    def segment_blocks(self, name: str) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """See `likewise.search.scan.codes.Segmented`."""
        for offsets, rows in self._store.segment_blocks(name):
            vectors = unit(widen(rows).reshape(-1, self.dim))
            yield self._spread(offsets), vectors.astype(np.float16)

    def _spread(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the vectors of rows."""
        each = self.grid.total
        return np.asarray((rows[:, None] * each + np.arange(each)).reshape(-1))


def encoder_of(path: Path) -> str:
    """Fingerprint of the encoder whose patches are in a folder, from the folder's name.

    Example:
        >>> encoder_of(Path("photos.likewise/patches/demo-1.12+24.lance"))
        'demo-1'
    """
    return path.stem.rpartition(".")[0]
