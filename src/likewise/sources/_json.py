"""JSON files that are read as a stream, as tools write them and as strangers may."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import ijson
import numpy as np

from likewise.core.regular_files import open_regular
from likewise.errors import BadInputError, CorruptError

DEEPEST = 64
"""Levels of lists and objects in one another; the parser's memory grows with their square."""

_LARGEST_VALUE = 256 << 20  # bytes of one entry
_BLOCK = 1 << 18
_MARK = b"\xef\xbb\xbf"
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_WORD = re.compile(rb"[-A-Za-z]{1,9}\Z")  # it may go on in the next block
_NO_NUMBER = re.compile(rb"-?Infinity|NaN")


@contextmanager
def opened_json(path: Path, shown: str | os.PathLike[str], again: str) -> Iterator[BinaryIO]:
    """A JSON file to be parsed as a stream.

    A byte order mark is passed over, and NaN and Infinity, which Python writes and JSON does not
    have, are read as null.

    Args:
        path: the file.
        shown: the path as a person wrote it.
        again: what to do about a file that is no JSON, such as "write it again".

    Raises:
        BadInputError: it cannot be read.
        CorruptError: what is read inside is no JSON, is nested too deep, or has too large a value.
    """
    try:
        with open_regular(path) as file:
            yield _Cleaned(file, f"{shown} cannot be read: ")  # type: ignore[misc]
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        why = " ".join(str(error).split())[:120]
        raise CorruptError(f"{shown} cannot be read as JSON ({why}); {again}") from error
    except OSError as error:
        raise BadInputError(f"{shown} cannot be read ({error.strerror})") from error


class _Cleaned:
    """A file as a parser of JSON reads it."""

    def __init__(self, file: BinaryIO, lead: str) -> None:
        self._file, self._lead = file, lead
        self._rest = b""
        self._begun = self._inside = False
        self._depth = self._since = 0

    def read(self, size: int = -1) -> bytes:
        """About so many bytes; none at the end."""
        if size == 0:
            return b""
        while True:
            new = self._file.read(_BLOCK)
            data, self._rest = self._rest + new, b""
            if not self._begun and data:
                data, self._begun = data.removeprefix(_MARK), True
            if new:
                data, self._rest = _cut(data)
            if data:
                return self._checked(data)
            if not new:
                return b""

    def _checked(self, data: bytes) -> bytes:
        plain = _ESCAPE.sub(b"__", data) if b"\\" in data else data
        began_inside = self._inside
        structure = plain.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
        pieces = structure.split(b'"')
        self._inside ^= len(pieces) % 2 == 0
        brackets = np.frombuffer(b"".join(pieces[began_inside::2]), np.uint8)
        self._count(brackets, bool(structure), len(data))
        if b"NaN" in plain or b"Infinity" in plain:
            data = _without_odd_numbers(data, plain, began_inside)
        return data

    def _count(self, brackets: np.ndarray, structured: bool, size: int) -> None:
        lowest = highest = self._depth
        if len(brackets):
            depths = self._depth + np.cumsum(np.where(brackets & 2, 1, -1))  # 2: it opens
            lowest, highest = min(lowest, int(depths.min())), int(depths.max())
            self._depth = int(depths[-1])
        if highest > DEEPEST:
            raise CorruptError(
                f"{self._lead}lists and objects are more than {DEEPEST} deep in one another, so it "
                "is no list of images; write it again"
            )
        self._since = 0 if structured and lowest <= 2 else self._since + size
        if self._since > _LARGEST_VALUE:
            raise CorruptError(
                f"{self._lead}one value has more than {_LARGEST_VALUE >> 20} MiB, so it is no "
                "list of images; write it again"
            )


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """A block, and what of its end can only be read with what follows it."""
    if (len(data) - len(data.rstrip(b"\\"))) % 2:
        return data[:-1], data[-1:]
    word = _WORD.search(data, max(0, len(data) - 9))
    return (data, b"") if word is None else (data[: word.start()], data[word.start() :])


def _without_odd_numbers(data: bytes, plain: bytes, inside: bool) -> bytes:
    """NaN and Infinity outside of strings as null; `plain` is the data without its escapes."""
    pieces, start = [], 0
    for number, piece in enumerate(plain.split(b'"')):
        original = data[start : start + len(piece)]
        if number % 2 == inside:
            original = _NO_NUMBER.sub(b"null", original)
        pieces.append(original)
        start += len(piece) + 1
    return b'"'.join(pieces)
