"""Files that somebody else wrote: only regular ones are opened, and read up to a bound.

Opening a FIFO waits for a writer, a device may never end, and a file of holes that takes no room on
the disk may fill the memory.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

LARGEST = 64 << 20
"""Bytes of a file that is read as a whole, unless more are allowed."""

LARGEST_TEXT = 1 << 29
"""Characters of a text that a person names, which may be that of a pipe."""

LONGEST_LINE = 1 << 24
"""Characters of a line of such a text."""

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def open_regular(path: str | os.PathLike[str], largest: int | None = None) -> BinaryIO:
    """A regular file, open for reading its bytes.

    Args:
        path: of the file.
        largest: bytes that it may have; any number unless given.

    Raises:
        OSError: it cannot be read, is no regular file, or is too large.

    Example:
        >>> open_regular("/dev/null")
        Traceback (most recent call last):
        OSError: [Errno 22] not a regular file: '/dev/null'
    """
    file = os.fdopen(os.open(path, _FLAGS), "rb")
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode) and (largest is None or status.st_size <= largest):
        return file
    file.close()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    size = f"{status.st_size:,} bytes, at most {largest:,} are read"
    raise OSError(errno.EFBIG, size, os.fspath(path))


def read_regular(path: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """All bytes of a regular file; raises what `open_regular` does."""
    with open_regular(path, largest) as file:
        return file.read(largest)


class LongLineError(ValueError):
    """A line is longer than any line of such a file."""


def bounded_lines(file: TextIO, longest: int = LONGEST_LINE) -> Iterator[str]:
    r"""Lines of a text, none of which may take all memory.

    Raises:
        LongLineError: a line is longer.

    Example:
        >>> from io import StringIO
        >>> list(bounded_lines(StringIO("a\nbc"), 2))
        ['a\n', 'bc']
    """
    while line := file.readline(longest + 1):
        if len(line) > longest and not line.endswith("\n"):
            raise LongLineError(f"a line has more than {longest:,} characters")
        yield line


def bounded_text(file: TextIO, largest: int = LARGEST_TEXT) -> str:
    """All of a text.

    Raises:
        ValueError: it is larger.
    """
    text = file.read(largest + 1)
    if len(text) > largest:
        raise ValueError(f"it has more than {largest:,} characters")
    return text


def read_text(path: Path, errors: str = "strict", largest: int = LARGEST) -> str:
    """The text of a regular file in UTF-8, without a byte order mark.

    Args:
        path: of the file.
        errors: what becomes of bytes that are no UTF-8, as `bytes.decode` takes it.
        largest: bytes that it may have.

    Raises:
        OSError: see `open_regular`.
        UnicodeDecodeError: it is not in UTF-8.
    """
    return read_regular(path, largest).decode("utf-8-sig", errors)
