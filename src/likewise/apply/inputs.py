"""Files, folders and other sources as streams of items, and as vectors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from likewise.apply.results import EncodedImage
from likewise.core.box import Box
from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError, NotFoundError
from likewise.images.decode import Limits
from likewise.images.grid import Grid
from likewise.sources.base import (
    Item,
    Refused,
    Source,
    absolute_uri,
    location,
    open_source,
    recognised,
)

Images: TypeAlias = str | os.PathLike[str] | Source | Iterable[str | os.PathLike[str] | Source]
"""What can be scored: files, folders and whatever else one of the sources reads."""


def opened(images: Images) -> list[Item | Source]:
    """What was given, as sources; or, where no source recognises it, as one image file.

    Raises:
        BadInputError: nothing was given.
        NotFoundError: a path does not exist.
    """
    is_single = isinstance(images, str | os.PathLike) or hasattr(images, "items")
    inputs: list[Any] = [images] if is_single else list(images)  # type: ignore[arg-type]
    if not inputs:
        raise BadInputError("no image was given to classify; give a folder or image files")
    return [_opened(what) for what in inputs]


def _opened(what: str | os.PathLike[str] | Source) -> Item | Source:
    if not isinstance(what, str | os.PathLike):
        return what
    root = os.fspath(what)
    kind = recognised(root)
    if kind is not None:
        return open_source(root, kind)
    path = Path(location(root))
    if not path.exists():
        raise NotFoundError(f"{root} does not exist; give a folder or image files")
    facts = path.stat()
    return Item(root, str(path), facts.st_size, facts.st_mtime_ns)


def streams(
    inputs: Iterable[Item | Source], refused: list[EncodedImage]
) -> Iterator[tuple[Iterable[Item], Source | None]]:
    """The items of each source, and image files that follow one another together.

    Args:
        inputs: as `opened` answers.
        refused: takes what a source refuses.

    Yields:
        Items, and the source that reads them; None for image files.
    """
    files: list[Item] = []
    for source in inputs:
        if isinstance(source, Item):
            files.append(source)
            continue
        if files:
            yield files, None
            files = []
        yield _items(source, refused), source
    if files:
        yield files, None


def _items(source: Source, refused: list[EncodedImage]) -> Iterator[Item]:
    for entry in source.items():
        if isinstance(entry, Refused):
            uri = absolute_uri(entry.id, source.base)
            refused.append(EncodedImage(entry.id, uri, error=entry.reason))
        else:
            yield entry


def encoded(
    items: Iterable[Item],
    read: Callable[[Item, Limits], bytes],
    encoder: Encoder,
    grid: Grid | None,
    limits: Limits | None,
    workers: int | None,
) -> Iterator[EncodedImage]:
    """The vector of each item, in order, or why there is none; see `encode_files`."""
    stream = encode_files(items, encoder, read=read, limits=limits, workers=workers, grid=grid)
    for item, outcome in stream:
        if not isinstance(outcome, Encoded):
            yield EncodedImage(item.id, item.uri, error=reason(outcome))
        elif outcome.vector is not None:
            boxes: Sequence[Box] = ()
            if grid is not None and outcome.patches is not None:
                boxes = grid.boxes(outcome.facts.width, outcome.facts.height)
            yield EncodedImage(item.id, item.uri, outcome.vector, None, outcome.patches, boxes)
