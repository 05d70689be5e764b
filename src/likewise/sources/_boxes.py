"""Images with boxes drawn on them: an item for each image, and one for each box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from likewise.core.box import Box
from likewise.errors import BadInputError
from likewise.images.decode import BadImageError, Limits, read_bytes
from likewise.images.decode.exif import camera_facts
from likewise.images.decode.open_image import opened, pillow_silenced, refusal
from likewise.images.decode.upright import turned_box, upright_size
from likewise.sources._summary import Tally
from likewise.sources.base import Item, Refused

_HEAD = 1 << 18  # bytes of a JPEG in which its size is, as a rule


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
    classes = sorted(set(labels))
    return replace(item, metadata={**item.metadata, "labels": classes}) if classes else item


def parts_of(item: Item, drawn: Iterable[Drawn], size: tuple[int, int]) -> Iterator[Item | Refused]:
    """An item for each box of an image; a box without a pixel of the image is refused.

    Args:
        item: the image.
        drawn: the boxes.
        size: width and height of the upright image.
    """
    for region in drawn:
        name = f"{item.id}#{region.key}"
        if not (region.box.width > 0 and region.box.height > 0):
            yield Refused(name, f"its box has no width or no height: {tuple(region.box)}")
            continue
        try:
            region.box.pixels(*size)
        except BadInputError as error:
            yield Refused(name, str(error).partition(";")[0])
            continue
        rest = {key: value for key, value in item.metadata.items() if key != "labels"}
        metadata = {**rest, "label": region.label, **region.metadata}
        yield replace(item, id=name, metadata=metadata, parent=item.id, box=region.box)


def measured_parts(
    item: Item, drawn: Iterable[Drawn], size: Any, stored: bool, tally: Tally
) -> Iterator[Item | Refused]:
    """An item for each box that an annotation file gives in pixels, by the size of the image file.

    Annotation files give no size, a size of 0, or their sides swapped, so the image says it.

    Args:
        item: the image.
        drawn: the boxes.
        size: width and height that the annotation file has, whatever they are.
        stored: the boxes are in the pixels as they are stored, before EXIF's turn.
        tally: of the source; it counts images of which nobody can tell which way boxes lie.
    """
    drawn = list(drawn)
    if not drawn:
        return
    try:
        raw, orientation = _header(item.uri)
    except BadImageError:
        tally.omit("boxes of images that cannot be read", item.id, len(drawn))
        return  # the image is refused when it is read
    upright = upright_size(raw, orientation)
    if stored:
        drawn = [
            replace(region, box=Box(*turned_box(region.box, raw, orientation))) for region in drawn
        ]
    elif raw != upright and raw == size:
        tally.note(
            "images that EXIF turns and whose size is given as before the turn: their boxes are "
            "read as upright (if they are not: --set stored_pixels=true)",
            item.id,
        )
    yield from parts_of(item, drawn, upright)


def size_of(path: str | Path) -> tuple[int, int]:
    """Width and height of an image file as it stands upright; its header alone is parsed.

    Raises:
        BadImageError: it cannot be read.
    """
    return upright_size(*_header(path))


def _header(path: str | Path) -> tuple[tuple[int, int], int]:
    """Width and height of an image file as it is stored, and its EXIF orientation."""
    with suppress(OSError, BadImageError), Path(path).open("rb") as file:
        head = file.read(_HEAD)
        if head.startswith(b"\xff\xd8") and len(head) == _HEAD:
            return _facts(head)
    return _facts(read_bytes(path, Limits()))


def _facts(data: bytes) -> tuple[tuple[int, int], int]:
    with pillow_silenced():
        image = opened(data)
        try:
            return image.size, camera_facts(image).orientation
        except Exception as error:  # parsers of other people's bytes raise anything
            raise refusal(image.format or "image", error) from error


def finite(*values: Any) -> bool:
    """Whether all are numbers, and none is NaN or infinite.

    Example:
        >>> finite(1, 2.5), finite(1, "2"), finite(float("nan"))
        (True, False, False)
    """
    return all(isinstance(value, int | float) and abs(value) < float("inf") for value in values)
