"""The mean colour of every image: what stands for it while its thumbnail is on the way."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.files import new_file
from likewise.images.thumbnails import ThumbnailPack

UNKNOWN = (128, 128, 128)
"""Of an image whose colour was not computed yet, or that has no thumbnail."""

_ROW = np.dtype([("key", "<u8"), ("colour", "u1", (3,))])
_AT_ONCE = 2_000


class MeanColours:
    """Colours by digest, computed from the thumbnails once and kept in a file beside them.

    The file is derived data: one that cannot be read is made again. Look-ups may run in other
    threads while one thread computes.

    Args:
        pack: the thumbnails.
        path: the file.

    Example:
        >>> import tempfile
        >>> from likewise.images.thumbnails import make_thumbnail
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with ThumbnailPack(folder, write=True) as pack:
        ...         pack.add("ab" * 32, make_thumbnail(Image.new("RGB", (90, 60), (255, 0, 0))))
        ...         colours = MeanColours(pack, Path(folder) / "colours.bin")
        ...         computed = colours.compute(["ab" * 32])
        >>> colours.of(["ab" * 32, "cd" * 32]).tolist()
        [[254, 0, 0], [128, 128, 128]]
    """

    def __init__(self, pack: ThumbnailPack, path: str | os.PathLike[str]) -> None:
        self._pack = pack
        self._path = Path(path)
        self._table = _read(self._path)
        self._lock = threading.Lock()

    def of(self, digests: Sequence[str]) -> NDArray[np.uint8]:
        """Red, green and blue of each, shape (n, 3); grey where it is not known yet."""
        table = self._table
        keys, colours = _keys(digests), np.full((len(digests), 3), UNKNOWN, np.uint8)
        if len(table):
            positions = np.searchsorted(table["key"], keys).clip(max=len(table) - 1)
            found = table["key"][positions] == keys
            colours[found] = table["colour"][positions[found]]
        return colours

    def compute(self, digests: Sequence[str], stop: Callable[[], bool] = lambda: False) -> int:
        """Compute those that are not known yet, and keep them; answers how many there were.

        About 0.7 ms each. A digest without a thumbnail is passed over, and tried next time.

        Args:
            digests: of the images.
            stop: asked now and then; True ends it with what is done so far.
        """
        with self._lock:
            keys = _keys(digests)
            new = np.flatnonzero(~np.isin(keys, self._table["key"])).tolist()
            done = 0
            for start in range(0, len(new), _AT_ONCE):
                rows = [
                    (keys[i], colour)
                    for i in new[start : start + _AT_ONCE]
                    if not stop() and (colour := self._mean(digests[i])) is not None
                ]
                self._add(np.array(rows, _ROW))
                done += len(rows)
            if done:
                self._save()
        return done

    def _mean(self, digest: str) -> tuple[int, ...] | None:
        jpeg = self._pack.get(digest)
        if jpeg is None:
            return None
        with Image.open(io.BytesIO(jpeg)) as image:
            image.draft("RGB", (1, 1))  # decodes at an eighth of the size
            pixels = np.asarray(image.convert("RGB"), np.float32)
        return tuple(int(value) for value in pixels.mean(axis=(0, 1)).round())

    def _add(self, rows: NDArray[np.void]) -> None:
        both = np.concatenate([self._table, rows])
        _, first = np.unique(both["key"], return_index=True)
        self._table = both[first]

    def _save(self) -> None:
        """Replace the file at once; a disk that refuses costs the next start some seconds."""
        with suppress(OSError), new_file(self._path, durable=False) as part:
            part.write_bytes(self._table.tobytes())


def _keys(digests: Sequence[str]) -> NDArray[np.uint64]:
    """The first 64 bits of each; two that share them share a colour, which harms nobody."""
    return np.fromiter((int(digest[:16] or "0", 16) for digest in digests), np.uint64, len(digests))


def _read(path: Path) -> NDArray[np.void]:
    try:
        rows = np.fromfile(path, _ROW)
    except OSError:
        return np.empty(0, _ROW)
    is_sorted = bool((rows["key"][1:] > rows["key"][:-1]).all())  # a damaged file hardly is
    return rows if is_sorted else np.empty(0, _ROW)
