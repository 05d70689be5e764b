"""Files in, vectors out: decoding runs ahead in threads while the encoder works."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from likewise.decode import BadImageError, Decoded, ImageFacts, Limits, read_bytes
from likewise.decode.confined import decode_parts_confined
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError, LikewiseError
from likewise.pipeline import Failure, read_ahead
from likewise.sources.base import Item
from likewise.thumbnails import make_thumbnail
from likewise.vectors import Vectors, checked_vectors

_BATCH = 16  # for an encoder that does not say which batch suits it
_AHEAD = 256  # images a thread: they are small once encoded, and storing a batch takes a while
_PARTS = 64  # of one file, read and prepared together

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Encoded:
    """One image, or part of one, after reading.

    Attributes:
        facts: digest, size, date and the like.
        vector: shape (dim,), or None where `has_vector` said it is known already.
        thumbnail: JPEG bytes, or None where `has_thumbnail` said so.
        size: bytes that were read.
    """

    facts: ImageFacts
    vector: NDArray[np.float32] | None
    thumbnail: bytes | None
    size: int


@dataclass(frozen=True, eq=False)
class _Read:
    facts: ImageFacts
    prepared: NDArray[Any] | None
    thumbnail: bytes | None
    size: int


def read_file(item: Item, limits: Limits) -> bytes:
    """The bytes of the file at an item's uri.

    Raises:
        BadImageError: it cannot be read.
    """
    return read_bytes(item.uri, limits)


def encode_files(
    items: Iterable[Item],
    encoder: Encoder,
    *,
    read: Callable[[Item, Limits], bytes] = read_file,
    limits: Limits | None = None,
    workers: int | None = None,
    has_vector: Callable[[str], bool] = lambda digest: False,
    has_thumbnail: Callable[[str], bool] = lambda digest: True,
) -> Generator[tuple[Item, Encoded | Failure], None, None]:
    """Read and encode image files; bounded memory, in order, one bad file never stops the rest.

    A file whose parts follow one another is read and decoded once for all of them.

    Args:
        items: what to read.
        encoder: what encodes them.
        read: answers the bytes of an item's image file, such as `Source.read`; called from
            several threads. Reads the file at the item's uri unless given.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        has_vector: whether an image of that digest needs no encoding.
        has_thumbnail: whether an image of that digest needs no thumbnail.

    Yields:
        The item with what came of it, or with the error that explains why nothing did.
    """
    caps = limits or Limits()

    def read_parts(file: Sequence[Item]) -> list[_Read | Failure]:
        data = read(file[0], caps)
        parts = decode_parts_confined(data, [item.box for item in file], encoder.input_size, caps)
        return [x if isinstance(x, BadImageError) else prepared(x, len(data)) for x in parts]

    def prepared(part: Decoded, size: int) -> _Read:
        rows = None if has_vector(part.digest) else encoder.prepare(part.image)
        thumbnail = None if has_thumbnail(part.digest) else make_thumbnail(part.image)
        return _Read(part.without_image(), rows, thumbnail, size)

    size = int(getattr(encoder, "batch_size", _BATCH))
    threads = workers or os.cpu_count() or 1
    if size == 1:
        # Reading and encoding in the same threads keeps as many at work as there are processors;
        # with decoding in threads of its own the two drive one another out of the caches.
        def read_and_encode(file: Sequence[Item]) -> list[Encoded | Failure]:
            return [encoded(part) for part in read_parts(file)]

        def encoded(part: _Read | Failure) -> Encoded | Failure:
            if not isinstance(part, _Read):
                return part
            if part.prepared is None:
                return Encoded(part.facts, None, part.thumbnail, part.size)
            return _checked(encoder.encode(part.prepared[None])[0], part, encoder)

        ahead = _AHEAD * threads
        with closing(read_ahead(_files(items), read_and_encode, threads, ahead, len)) as stream:
            for file, outcome in stream:
                yield from _one_by_one(file, outcome)
        return
    batch: list[tuple[Item, _Read | Failure]] = []
    waiting = 0
    with closing(read_ahead(_files(items), read_parts, threads, 2 * size, len)) as files:
        for file, parts in files:
            for item, part in _one_by_one(file, parts):
                batch.append((item, part))
                waiting += isinstance(part, _Read) and part.prepared is not None
                if waiting >= size or len(batch) >= 8 * size:
                    yield from _encode(batch, encoder)
                    batch, waiting = [], 0
        yield from _encode(batch, encoder)


def _files(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """Items of one file that follow one another, so that it is decoded once for all of them."""
    for _, group in groupby(items, key=lambda item: item.uri):
        while some := list(islice(group, _PARTS)):
            yield some


def _one_by_one(
    file: Sequence[Item], outcome: Sequence[T | Failure] | Failure
) -> Iterator[tuple[Item, T | Failure]]:
    """What came of each item of a file."""
    if isinstance(outcome, LikewiseError | OSError):
        outcome = [outcome] * len(file)
    yield from zip(file, outcome, strict=True)


def _checked(row: NDArray[np.float32], read: _Read, encoder: Encoder) -> Encoded | Failure:
    """One vector that cannot be stored costs one image, not the batch."""
    try:
        vector = checked_vectors(row[None], "the encoder's vectors", encoder.dim)[0]
    except BadInputError as error:
        return error
    return Encoded(read.facts, vector, read.thumbnail, read.size)


def _encode(
    batch: list[tuple[Item, _Read | Failure]], encoder: Encoder
) -> Iterator[tuple[Item, Encoded | Failure]]:
    prepared = [x.prepared for _, x in batch if isinstance(x, _Read) and x.prepared is not None]
    vectors: Iterator[Vectors] = iter(())
    if prepared:
        vectors = iter(encoder.encode(np.stack(prepared)))
    for item, read in batch:
        if not isinstance(read, _Read):
            yield item, read
        elif read.prepared is None:
            yield item, Encoded(read.facts, None, read.thumbnail, read.size)
        else:
            yield item, _checked(next(vectors), read, encoder)


def reason(error: Failure) -> str:
    """One line that says why a file could not be read."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
