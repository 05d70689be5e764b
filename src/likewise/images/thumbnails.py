"""Small pictures of every image: how one is made, and the append-only file that keeps them."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.closing import Closing
from likewise.errors import BadInputError, StorageError
from likewise.images.thumbnail_files import RecordFile, RowFile

LONGEST = 240
"""Pixels on the longer side of a thumbnail."""

_QUALITY = 80


def make_thumbnail(image: Image.Image, longest: int = LONGEST) -> bytes:
    """Encode an RGB picture as a small JPEG; one that is small already is not resized.

    The file holds pixels and nothing else; the places, comments and scripts that came with the
    picture are left behind.

    Args:
        image: upright, RGB.
        longest: pixels on the longer side.

    Example:
        >>> jpeg = make_thumbnail(Image.new("RGB", (960, 480)))
        >>> Image.open(io.BytesIO(jpeg)).size
        (240, 120)
    """
    width, height = image.size
    scale = longest / max(width, height)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, comment=b"")  # else Pillow keeps the original's
    return buffer.getvalue()


_MOST_UNSORTED = 65_536


class DigestOffsets:
    """Maps digests to offsets by their first 64 bits; a later offset replaces an earlier one.

    Kept as two sorted arrays and a small dictionary of what came since. Of two digests that
    share 64 bits only the later is found; whoever reads the record compares the whole digest.
    Look-ups may run in other threads while one thread adds.

    Example:
        >>> offsets = DigestOffsets()
        >>> offsets.add(b"digest of an image", 4096)
        >>> offsets.get(b"digest of an image"), offsets.get(b"unknown digest")
        (4096, None)
    """

    def __init__(self) -> None:
        self._sorted = (np.empty(0, np.uint64), np.empty(0, np.uint64))
        self._unsorted: dict[int, int] = {}

    def __len__(self) -> int:
        self._sort()
        return len(self._sorted[0])

    def get(self, digest: bytes) -> int | None:
        """The offset of a digest, or None."""
        key = int.from_bytes(digest[:8], "big")
        offset = self._unsorted.get(key)
        if offset is not None:
            return offset
        keys, offsets = self._sorted
        position = int(np.searchsorted(keys, np.uint64(key)))
        return (
            int(offsets[position]) if position < len(keys) and int(keys[position]) == key else None
        )

    def add(self, digest: bytes, offset: int) -> None:
        """Set the offset of one digest."""
        self._unsorted[int.from_bytes(digest[:8], "big")] = offset
        if len(self._unsorted) >= _MOST_UNSORTED:
            self._sort()

    def add_many(self, keys: NDArray[np.uint64], offsets: NDArray[np.uint64]) -> None:
        """Set many at once, both of shape (n,); a key is a digest's first 8 bytes, big-endian."""
        self._sort()
        self._merge(keys, offsets)

    def _sort(self) -> None:
        if self._unsorted:
            count = len(self._unsorted)
            keys = np.fromiter(self._unsorted.keys(), np.uint64, count)
            offsets = np.fromiter(self._unsorted.values(), np.uint64, count)
            self._merge(keys, offsets)
            self._unsorted = {}  # only now, so that a look-up meanwhile finds them in one place

    def _merge(self, keys: NDArray[np.uint64], offsets: NDArray[np.uint64]) -> None:
        keys = np.concatenate([self._sorted[0], keys])
        offsets = np.concatenate([self._sorted[1], offsets])
        order = np.argsort(keys, kind="stable")  # of equal keys the later one stays last
        keys, offsets = keys[order], offsets[order]
        is_last = np.ones(len(keys), dtype=np.bool_)
        is_last[:-1] = keys[1:] != keys[:-1]
        self._sorted = (keys[is_last], offsets[is_last])


_ROWS_AT_ONCE = 1_000_000
_MOST_PENDING = 4096


class ThumbnailPack(Closing):
    """The thumbnails of a collection: one writer, any number of readers, safe in threads.

    They are derived data, so nothing is synced to the disk, and nothing read is trusted before
    its checksum and digest agree. After a kill the pack may end in half a record and the index
    may lack rows; the next writer cuts the one and completes the other, by scanning the whole
    pack if it must.

    Reads go by position through the page cache and not through a memory map: a map would have
    to be made anew as the pack grows, and would kill the reader should the file be cut under it.

    That there is one writer is for the caller to see to; the workspace's lock does.

    Args:
        folder: where the two files are; made by a writer.
        write: open for adding as well.

    Raises:
        CorruptError: a file is of another kind or of a newer format.
        StorageError: the folder cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with ThumbnailPack(folder, write=True) as pack:
        ...         pack.add("ab" * 32, b"jpeg bytes")
        ...     with ThumbnailPack(folder) as pack:
        ...         "ab" * 32 in pack, pack.get("ab" * 32), pack.get("cd" * 32)
        (True, b'jpeg bytes', None)
    """

    def __init__(self, folder: str | os.PathLike[str], write: bool = False) -> None:
        self._folder = Path(folder)
        self._write = write
        self._lock = threading.Lock()
        self._offsets = DigestOffsets()
        self._records: RecordFile | None = None
        self._index: RowFile | None = None
        self._rows = 0  # of the index, read or written
        self._end = 0  # of the records
        self._pending: list[tuple[bytes, int]] = []  # in the pack and not yet in the index
        try:
            if write:
                self._open_to_write()
            self.refresh()
        except BaseException:
            self._let_go()
            raise

    def __len__(self) -> int:
        with self._lock:
            return len(self._offsets)

    def __contains__(self, digest: str) -> bool:
        return self._offsets.get(_raw(digest)) is not None

    def get(self, digest: str) -> bytes | None:
        """The JPEG of an image, or None where there is none or it is damaged.

        Args:
            digest: SHA-256 of the image's content, 64 hexadecimal digits.
        """
        raw = _raw(digest)
        offset = self._offsets.get(raw)
        if offset is None or self._records is None:
            return None
        record = self._records.record(offset)
        return None if record is None or record[0] != raw else record[1]

    def add(self, digest: str, jpeg: bytes) -> None:
        """Append a thumbnail; it replaces an earlier one, and readers see it after `flush`.

        Raises:
            BadInputError: the pack was opened for reading, or that is no digest.
            StorageError: the disk is full or refuses; what was there before is untouched.
        """
        raw = _raw(digest)
        if not self._write or self._records is None:
            raise BadInputError("these thumbnails were opened for reading; open with write=True")
        with self._lock:
            offset = self._end
            self._end = self._records.append(offset, raw, jpeg)
            self._offsets.add(raw, offset)
            self._pending.append((raw, offset))
            if len(self._pending) >= _MOST_PENDING:
                self._write_pending()

    def flush(self) -> None:
        """Let readers see what was added.

        Raises:
            StorageError: the disk is full or refuses; the next flush or writer completes it.
        """
        with self._lock:
            self._write_pending()

    def refresh(self) -> None:
        """See what the writer has flushed since; nearly free where that is nothing."""
        with self._lock:
            if self._index is None and not self._open_to_read():
                return
            assert self._index is not None
            rows = self._index.count
            if rows < self._rows:  # a writer found rows whose records were lost, and cut them
                self._offsets, self._rows = DigestOffsets(), 0
            while self._rows < rows:
                block = self._index.rows(self._rows, min(_ROWS_AT_ONCE, rows - self._rows))
                if not len(block):
                    return
                self._offsets.add_many(
                    block["key"].astype(np.uint64), block["offset"].astype(np.uint64)
                )
                self._rows += len(block)

    def close(self) -> None:
        """Flush, and let go of the files."""
        try:
            self.flush()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        for file in (self._records, self._index):
            if file is not None:
                file.close()

    def _write_pending(self) -> None:
        if self._pending and self._index is not None:
            self._index.append(self._rows, self._pending)
            self._rows += len(self._pending)
            self._pending.clear()

    def _open_to_read(self) -> bool:
        """Open both files once a writer has begun them; the index is begun last."""
        path = self._folder / "thumbs.index"
        if not path.exists() or path.stat().st_size < len(RowFile.head):
            return False
        self._records = RecordFile(self._folder / "thumbs.pack", write=False)
        self._index = RowFile(path, write=False)
        return True

    def _open_to_write(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._records = RecordFile(self._folder / "thumbs.pack", write=True)
            self._index = RowFile(self._folder / "thumbs.index", write=True)
            self._recover(self._records, self._index)
        except OSError as error:
            raise StorageError(
                f"thumbnails cannot be written to {self._folder} ({error.strerror}); "
                "see to its permissions and to the room on that disk"
            ) from error

    def _recover(self, records: RecordFile, index: RowFile) -> None:
        """Drop last rows without records, add rows for records without, cut half a record."""
        rows, end = index.count, len(records.head)
        while rows:
            last = int(index.rows(rows - 1, 1)["offset"][0])
            if (found := records.record(last)) is not None:
                end = last + records.size(found[1])
                break
            rows -= 1
        index.keep(rows)
        self._rows = rows
        for offset, digest, jpeg in records.records_from(end):
            end = offset + records.size(jpeg)
            self._pending.append((digest, offset))
            if len(self._pending) >= _MOST_PENDING:
                self._write_pending()
        self._write_pending()
        records.cut(end)
        self._end, self._rows = end, 0  # `refresh` reads the rows next


def _raw(digest: str) -> bytes:
    try:
        raw = bytes.fromhex(digest)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise BadInputError(f"'{digest}' is no SHA-256 digest; 64 hexadecimal digits are wanted")
    return raw
