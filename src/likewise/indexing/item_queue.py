"""A queue of items of any length: its two ends are in memory, the rest is in a temporary file."""

from __future__ import annotations

import pickle
import tempfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from likewise.core.closing import Closing
from likewise.errors import StorageError
from likewise.sources.base import Item

_CHUNK = 4096  # items


class ItemQueue(Closing):
    """First in, first out.

    Example:
        >>> with ItemQueue() as queue:
        ...     for name in ("a.jpg", "b.jpg"):
        ...         queue.put(Item(name, f"/photos/{name}", 120, 7))
        ...     queue.take().id, len(queue), queue.take().id, queue.take()
        ('a.jpg', 1, 'b.jpg', None)
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None  # from the first chunk on; it has no name
        self._front: deque[Item] = deque()
        self._back: list[Item] = []
        self._chunks: deque[tuple[int, int]] = deque()  # offset and length of each in the file
        self._end = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Forget what is left, and free the disk space."""
        if self._file is not None:
            with suppress(OSError):  # a full disk, which `put` has said
                self._file.close()

    def put(self, item: Item) -> None:
        """Add an item at the end.

        Raises:
            StorageError: the folder for temporary files is full.
        """
        self._back.append(item)
        self._length += 1
        if len(self._back) >= _CHUNK:
            self._write()

    def take(self) -> Item | None:
        """The first item, which leaves the queue; None where there is none.

        Raises:
            StorageError: the temporary file cannot be read.
        """
        if not self._front:
            self._front.extend(self._next_chunk())
        if not self._front:
            return None
        self._length -= 1
        return self._front.popleft()

    def _write(self) -> None:
        data = zlib.compress(pickle.dumps(self._back, pickle.HIGHEST_PROTOCOL), 1)
        with self._opened() as file:
            file.seek(self._end)
            file.write(data)
            file.flush()
        self._chunks.append((self._end, len(data)))
        self._end += len(data)
        self._back = []

    def _next_chunk(self) -> list[Item]:
        if not self._chunks:
            last, self._back, self._end = self._back, [], 0
            return last
        offset, length = self._chunks.popleft()
        with self._opened() as file:
            file.seek(offset)
            data = file.read(length)
        items: list[Item] = pickle.loads(zlib.decompress(data))  # noqa: S301 - of `_write`
        return items

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
            yield self._file
        except OSError as error:
            raise StorageError(
                "the list of images to read does not fit into the folder for temporary files "
                f"({error.strerror}); make room there or set TMPDIR to another folder, then run "
                "the same command again"
            ) from error
