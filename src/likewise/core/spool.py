"""Lists of any length: some thousand values are in memory, the rest in a temporary file."""

from __future__ import annotations

import pickle
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Generic, TypeVar

from likewise.core.closing import Closing
from likewise.errors import StorageError

_BLOCK = 4096  # values

T = TypeVar("T")


class Spool(Closing, Generic[T]):
    """A list that values are added to, and read from in their order, any number of times.

    Its file has no name, and its disk space is free when the spool is closed or forgotten.

    Args:
        what: is in it, in the plural; for the message of a full disk.

    Example:
        >>> spool = Spool[str]("images")
        >>> for name in ("a.jpg", "b.jpg"):
        ...     spool.append(name)
        >>> len(spool), spool[1], list(spool)
        (2, 'b.jpg', ['a.jpg', 'b.jpg'])
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._file: IO[bytes] | None = None
        self._close: Callable[[], object] = lambda: None
        self._blocks: list[tuple[int, int]] = []  # offset and length of each in the file
        self._tail: list[T] = []
        self._read: tuple[int, list[T]] = (-1, [])  # the block that was read last

    def close(self) -> None:
        """Free the disk space; nothing can be read afterwards."""
        self._close()

    def __len__(self) -> int:
        return len(self._blocks) * _BLOCK + len(self._tail)

    def __iter__(self) -> Iterator[T]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> T:
        """The value at an index from 0 on; quick where indices follow one another.

        Raises:
            StorageError: the temporary file cannot be read.
        """
        block, row = divmod(index, _BLOCK)
        if block == len(self._blocks):
            return self._tail[row]
        if block != self._read[0]:
            self._read = block, self._block(block)
        return self._read[1][row]

    def append(self, value: T) -> None:
        """Add a value at the end.

        Raises:
            StorageError: the folder for temporary files is full.
        """
        self._tail.append(value)
        if len(self._tail) == _BLOCK:
            self._write()

    def _write(self) -> None:
        data = zlib.compress(pickle.dumps(self._tail, pickle.HIGHEST_PROTOCOL), 1)
        with self._opened() as file:
            offset = file.seek(0, 2)
            file.write(data)
            file.flush()
        self._blocks.append((offset, len(data)))
        self._tail = []

    def _block(self, number: int) -> list[T]:
        offset, length = self._blocks[number]
        with self._opened() as file:
            file.seek(offset)
            data = file.read(length)
        values: list[T] = pickle.loads(zlib.decompress(data))  # noqa: S301 - of `_write`
        return values

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the spool
                self._close = weakref.finalize(self, _close, self._file)
            yield self._file
        except OSError as error:
            raise StorageError(
                f"the list of {self._what} does not fit into the folder for temporary files "
                f"({error.strerror}); make room there or set TMPDIR to another folder, then run "
                "the same command again"
            ) from error


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # a full disk, which `append` has said
        file.close()
