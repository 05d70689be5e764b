"""Files in, vectors out: decoding runs ahead in threads while the encoder works."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.decode import ImageFacts, Limits, read_bytes
from likewise.decode.confined import decode_confined
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError
from likewise.pipeline import Failure, read_ahead
from likewise.sources.base import Item
from likewise.thumbnails import make_thumbnail
from likewise.vectors import Vectors, checked_vectors

_BATCH = 16  # for an encoder that does not say which batch suits it
_AHEAD = 256  # images a thread: they are small once encoded, and storing a batch takes a while


@dataclass(frozen=True, eq=False)
class Encoded:
    """One file after reading.

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

    def read_one(item: Item) -> _Read:
        data = read(item, caps)
        decoded = decode_confined(data, encoder.input_size, caps)
        prepared = None if has_vector(decoded.digest) else encoder.prepare(decoded.image)
        thumbnail = None if has_thumbnail(decoded.digest) else make_thumbnail(decoded.image)
        return _Read(decoded.without_image(), prepared, thumbnail, len(data))

    size = int(getattr(encoder, "batch_size", _BATCH))
    threads = workers or os.cpu_count() or 1
    if size == 1:
        # Reading and encoding in the same threads keeps as many at work as there are processors;
        # with decoding in threads of its own the two drive one another out of the caches.
        def read_and_encode(item: Item) -> Encoded | Failure:
            found = read_one(item)
            if found.prepared is None:
                return Encoded(found.facts, None, found.thumbnail, found.size)
            return _checked(encoder.encode(found.prepared[None])[0], found, encoder)

        with closing(read_ahead(items, read_and_encode, threads, _AHEAD * threads)) as one_by_one:
            yield from one_by_one
        return
    batch: list[tuple[Item, _Read | Failure]] = []
    waiting = 0
    with closing(read_ahead(items, read_one, threads, ahead=2 * size)) as stream:
        for item, outcome in stream:
            batch.append((item, outcome))
            waiting += isinstance(outcome, _Read) and outcome.prepared is not None
            if waiting >= size or len(batch) >= 8 * size:
                yield from _encode(batch, encoder)
                batch, waiting = [], 0
        yield from _encode(batch, encoder)


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
