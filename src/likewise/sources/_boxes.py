"""Images with boxes drawn on them: an item for each image, and one for each box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from likewise.box import Box
from likewise.decode import Limits, read_bytes
from likewise.decode.exif import camera_facts
from likewise.decode.opening import opened, refusal
from likewise.decode.quiet import pillow_kept_quiet
from likewise.decode.upright import upright_size
from likewise.errors import BadInputError
from likewise.sources.base import Item, Refused


@dataclass(frozen=True)
class Drawn:
    """A box that somebody drew.

    Attributes:
        key: what tells it from the others of its image.
        label: name of its class.
        box: in pixels of the upright image.
        metadata: what else was said of it.
    """

    key: str
    label: str
    box: Box
    metadata: Mapping[str, Any] = field(default_factory=dict)


def labelled(item: Item, labels: Iterable[str]) -> Item:
    """An image with the classes of what is in it, each once, as its metadata's "labels"."""
    known = sorted(set(labels))
    return replace(item, metadata={**item.metadata, "labels": known}) if known else item


def parts_of(item: Item, drawn: Iterable[Drawn], size: tuple[int, int]) -> Iterator[Item | Refused]:
    """An item for each box of an image; a box without a pixel of the image is refused.

    Args:
        item: the image.
        drawn: the boxes.
        size: width and height of the upright image.
    """
    for one in drawn:
        name = f"{item.id}#{one.key}"
        if not (one.box.width > 0 and one.box.height > 0):
            yield Refused(name, f"its box has no width or no height: {tuple(one.box)}")
            continue
        try:
            one.box.pixels(*size)
        except BadInputError as error:
            yield Refused(name, str(error).partition(";")[0])
            continue
        kept = {key: value for key, value in item.metadata.items() if key != "labels"}
        metadata = {**kept, "label": one.label, **one.metadata}
        yield replace(item, id=name, metadata=metadata, parent=item.id, box=one.box)


def size_of(path: str | Path) -> tuple[int, int]:
    """Width and height of an image file as it stands upright; its header alone is parsed.

    Raises:
        BadImageError: it cannot be read.
    """
    data = read_bytes(path, Limits())
    with pillow_kept_quiet():
        image = opened(data)
        try:
            return upright_size(image.size, camera_facts(image).orientation)
        except Exception as error:  # parsers of other people's bytes raise anything
            raise refusal(image.format or "image", error) from error


def finite(*values: Any) -> bool:
    """Whether all are numbers, and none is NaN or infinite.

    Example:
        >>> finite(1, 2.5), finite(1, "2"), finite(float("nan"))
        (True, False, False)
    """
    return all(isinstance(value, int | float) and abs(value) < float("inf") for value in values)
