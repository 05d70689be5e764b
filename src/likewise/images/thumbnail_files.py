"""The two files of a thumbnail pack: records that say what they are, and rows that find them.

A record of ``thumbs.pack``, numbers little-endian::

    magic (4) | length of the JPEG (4) | CRC-32 (4) | SHA-256 of the image (32) | the JPEG

A row of ``thumbs.index``::

    SHA-256 of the image (32) | offset of its record (8)

Both files begin with eight bytes that name their kind and number their format.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import CorruptError, StorageError

_MAGIC = b"\xf7LWT"
_RECORD = struct.Struct("<4sII32s")
_ROW = np.dtype([("key", ">u8"), ("rest", "V24"), ("offset", "<u8")])
_ONE_READ = 32_768  # bytes; holds nearly every record, so that a thumbnail costs one call
_SEARCH_READ = 1_048_576


class _HeadedFile:
    """A file read and written by position, that begins with what it is."""

    head = b""

    def __init__(self, path: Path, write: bool) -> None:
        self.path = path
        if write:
            path.touch()
        self._file = io.FileIO(path, "r+" if write else "r")
        try:
            self._check_head(write)
        except BaseException:
            self._file.close()
            raise

    @property
    def end(self) -> int:
        """Bytes in the file."""
        return os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes; fewer where the file ends."""
        return os.pread(self._file.fileno(), size, offset)

    def write(self, offset: int, data: bytes) -> None:
        """Write all of `data` at `offset`, which is where the file ends, or nothing.

        Raises:
            StorageError: the disk is full or refuses.
        """
        done = 0
        try:
            while done < len(data):
                done += os.pwrite(self._file.fileno(), data[done:], offset + done)
        except OSError as error:
            with suppress(OSError):
                self.cut(offset)
            raise StorageError(
                f"{self.path} cannot take {len(data)} more bytes ({error.strerror}); make room "
                "on that disk and run the same command again"
            ) from error

    def cut(self, end: int) -> None:
        """Drop what lies behind `end`."""
        self._file.truncate(end)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _check_head(self, write: bool) -> None:
        found = self.read(0, len(self.head))
        if write and len(found) < len(self.head) and self.head.startswith(found):
            self.cut(0)  # new, or its maker was killed within the first eight bytes
            self.write(0, self.head)
        elif found != self.head:
            raise CorruptError(
                f"{self.path} begins with {found!r} where {self.head!r} is wanted, so it is of "
                "another kind or a newer format; update likewise, or delete it and index again"
            )


class RecordFile(_HeadedFile):
    """``thumbs.pack``."""

    head = b"LWPACK01"

    def append(self, offset: int, digest: bytes, jpeg: bytes) -> int:
        """Write a record at `offset`, the end; answers the new end."""
        crc = _checksum(digest, jpeg)
        record = _RECORD.pack(_MAGIC, len(jpeg), crc, digest) + jpeg
        self.write(offset, record)
        return offset + len(record)

    def record(self, offset: int) -> tuple[bytes, bytes] | None:
        """Digest and JPEG of the record at `offset`, or None where there is no whole one."""
        room = self.end - offset  # an offset may come from a damaged index, or be past the end
        if room < _RECORD.size:
            return None
        data = self.read(offset, _ONE_READ)
        magic, length, crc, digest = _RECORD.unpack_from(data)
        if magic != _MAGIC or _RECORD.size + length > room:
            return None
        total = _RECORD.size + length
        if total > len(data):
            data += self.read(offset + len(data), total - len(data))
        jpeg = data[_RECORD.size : total]
        return (digest, jpeg) if crc == _checksum(digest, jpeg) else None

    def records_from(self, start: int) -> Iterator[tuple[int, bytes, bytes]]:
        """Offset, digest and JPEG of every whole record from `start` on, stepping over damage."""
        offset: int | None = start
        while offset is not None:
            found = self.record(offset)
            if found is None:
                offset = self._next_magic(offset + 1)
            else:
                yield offset, *found
                offset += self.size(found[1])

    @staticmethod
    def size(jpeg: bytes) -> int:
        """Bytes that the record of this JPEG takes."""
        return _RECORD.size + len(jpeg)

    def _next_magic(self, offset: int) -> int | None:
        while len(window := self.read(offset, _SEARCH_READ)) >= _RECORD.size:
            found = window.find(_MAGIC)
            if found >= 0:
                return offset + found
            offset += len(window) - len(_MAGIC) + 1
        return None


class RowFile(_HeadedFile):
    """``thumbs.index``."""

    head = b"LWINDX01"

    @property
    def count(self) -> int:
        """How many whole rows there are."""
        return max(0, self.end - len(self.head)) // _ROW.itemsize

    def rows(self, start: int, count: int) -> NDArray[Any]:
        """Rows as an array with the fields ``key`` (the digest's first 64 bits) and ``offset``."""
        data = self.read(self._offset(start), count * _ROW.itemsize)
        return np.frombuffer(data, _ROW, len(data) // _ROW.itemsize)

    def append(self, start: int, rows: list[tuple[bytes, int]]) -> None:
        """Write digests and offsets as row `start` and on, the end."""
        data = b"".join(digest + offset.to_bytes(8, "little") for digest, offset in rows)
        self.write(self._offset(start), data)

    def keep(self, count: int) -> None:
        """Drop the rows behind the first `count`, and a row that was cut short."""
        self.cut(self._offset(count))

    def _offset(self, row: int) -> int:
        return len(self.head) + row * _ROW.itemsize


def _checksum(digest: bytes, jpeg: bytes) -> int:
    return zlib.crc32(jpeg, zlib.crc32(digest))
