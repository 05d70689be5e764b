"""Vectors of image files: decoding runs ahead in threads while the encoder works."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import checked_vectors
from likewise.encoders._read_ahead import Failure, read_ahead
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError, LikewiseError
from likewise.images.decode import BadImageError, Decoded, ImageFacts, Limits, read_bytes
from likewise.images.decode.confined import decode_parts_confined
from likewise.images.decode.confined import decodes_in_processes as decoded_in_processes
from likewise.images.grid import Grid
from likewise.images.thumbnails import make_thumbnail
from likewise.sources.base import Item

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
        patches: shape (grid.total, dim), or None where no grid was given, the image is too small
            for it, or is a part of another.
    """

    facts: ImageFacts
    vector: NDArray[np.float32] | None
    thumbnail: bytes | None
    size: int
    patches: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class _Read:
    """What is to be encoded of one image: itself, if `whole`, and its patches."""

    facts: ImageFacts
    prepared: list[NDArray[Any]]
    full_image: bool
    thumbnail: bytes | None
    size: int


def read_file(item: Item, limits: Limits) -> bytes:
    """The bytes of the file at an item's uri."""
    return read_bytes(item.uri, limits)


def encode_files(
    items: Iterable[Item],
    encoder: Encoder,
    *,
    read: Callable[[Item, Limits], bytes] = read_file,
    limits: Limits | None = None,
    workers: int | None = None,
    grid: Grid | None = None,
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
        grid: patches to encode besides.
        has_vector: whether an image of that digest needs no encoding.
        has_thumbnail: whether an image of that digest needs no thumbnail.

    Yields:
        The item with what came of it, or with the error that explains why nothing did.

    Raises:
        BadInputError: the environment variable LIKEWISE_DECODE says what there is not.
        StorageError: the machine lacks what reading needs; no image is to blame.
    """
    decoded_in_processes()  # a wrong setting is refused here, and not once for every image
    caps = limits or Limits()
    shortest = encoder.input_size if grid is None else round(encoder.input_size / grid.finest)

    def read_parts(file: Sequence[Item]) -> list[_Read | Failure]:
        data = read(file[0], caps)
        parts = decode_parts_confined(data, [item.box for item in file], shortest, caps)
        return [
            part if isinstance(part, BadImageError) else prepared(item, part, len(data))
            for item, part in zip(file, parts, strict=True)
        ]

    def prepared(item: Item, part: Decoded, size: int) -> _Read:
        full_image = not has_vector(part.digest)
        rows = [encoder.prepare(part.image)] if full_image else []
        if grid is not None and item.box is None and grid.suits(part.width, part.height):
            rows += map(encoder.prepare, grid.cut(part.image, part.width, part.height))
        thumbnail = None if has_thumbnail(part.digest) else make_thumbnail(part.image)
        return _Read(part.without_image(), rows, full_image, thumbnail, size)

    size = int(getattr(encoder, "batch_size", _BATCH))
    threads = workers or os.cpu_count() or 1
    rows_each = 1 if grid is None else 1 + grid.total

    def weight(file: Sequence[Item]) -> int:
        return rows_each * len(file)

    if size == 1:
        # Reading and encoding in the same threads keeps as many at work as there are processors;
        # with decoding in threads of its own the two drive one another out of the caches.
        def read_and_encode(file: Sequence[Item]) -> list[Encoded | Failure]:
            return [encoded(part) for part in read_parts(file)]

        def encoded(part: _Read | Failure) -> Encoded | Failure:
            if not isinstance(part, _Read):
                return part
            return _checked([encoder.encode(row[None])[0] for row in part.prepared], part, encoder)

        ahead = _AHEAD * threads
        with closing(read_ahead(_files(items), read_and_encode, threads, ahead, weight)) as stream:
            for file, outcome in stream:
                yield from _per_item(file, outcome)
        return
    batch: list[tuple[Item, _Read | Failure]] = []
    waiting = 0
    ahead = max(2 * size, threads * rows_each)
    with closing(read_ahead(_files(items), read_parts, threads, ahead, weight)) as files:
        for file, parts in files:
            for item, part in _per_item(file, parts):
                batch.append((item, part))
                waiting += len(part.prepared) if isinstance(part, _Read) else 0
                if waiting >= size or len(batch) >= 8 * size:
                    yield from _encode(batch, encoder, size)
                    batch, waiting = [], 0
        yield from _encode(batch, encoder, size)


def _files(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """Items of one file that follow one another, so that it is decoded once for all of them."""
    for _, group in groupby(items, key=lambda item: item.uri):
        while some := list(islice(group, _PARTS)):
            yield some


def _per_item(
    file: Sequence[Item], outcome: Sequence[T | Failure] | Failure
) -> Iterator[tuple[Item, T | Failure]]:
    """What came of each item of a file."""
    if isinstance(outcome, LikewiseError | OSError):
        outcome = [outcome] * len(file)
    yield from zip(file, outcome, strict=True)


def _checked(
    rows: Sequence[NDArray[np.float32]], read: _Read, encoder: Encoder
) -> Encoded | Failure:
    """One vector that cannot be stored costs one image, not the batch."""
    if not rows:
        return Encoded(read.facts, None, read.thumbnail, read.size)
    try:
        vectors = checked_vectors(np.stack(rows), "the encoder's vectors", encoder.dim)
    except BadInputError as error:
        return error
    vector = vectors[0] if read.full_image else None
    patches = vectors[1:] if read.full_image else vectors
    return Encoded(read.facts, vector, read.thumbnail, read.size, patches if len(patches) else None)


def _encode(
    batch: list[tuple[Item, _Read | Failure]], encoder: Encoder, size: int
) -> Iterator[tuple[Item, Encoded | Failure]]:
    prepared = [row for _, x in batch if isinstance(x, _Read) for row in x.prepared]
    encoded = (
        row
        for start in range(0, len(prepared), size)
        for row in encoder.encode(np.stack(prepared[start : start + size]))
    )
    for item, read in batch:
        if isinstance(read, _Read):
            yield item, _checked(list(islice(encoded, len(read.prepared))), read, encoder)
        else:
            yield item, read


def reason(error: Failure) -> str:
    """One line that says why a file could not be read."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
