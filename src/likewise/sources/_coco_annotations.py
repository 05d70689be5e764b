"""Annotations of a COCO JSON, held by image in arrays of numbers."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.core.box import Box
from likewise.sources._boxes import finite
from likewise.sources._summary import Tally

_NONE = (float("nan"),) * 4


@dataclass(frozen=True)
class Annotation:
    """One annotation of an image.

    Attributes:
        category: key of its category.
        key: its own, for the id of a part.
        box: where it is; None unless boxes are read and it has one.
        has_box: whether it has one.
    """

    category: str
    key: str
    box: Box | None
    has_box: bool


class Annotations:
    """What is drawn on each image; of an annotation a box and a few numbers stay in memory."""

    def __init__(
        self, objects: Callable[[Tally], Iterable[Mapping[str, Any]]], boxes: bool
    ) -> None:
        self._boxes = boxes
        self._numbers: dict[str, int] = {}
        category_numbers: dict[str, int] = {}
        images, categories, self._has_box = array("l"), array("l"), bytearray()
        self._sides, self._keys = array("d"), list[Any]()
        self._omitted = Tally()
        for position, entry in enumerate(objects(self._omitted), 1):
            image, category = key_of(entry.get("image_id")), key_of(entry.get("category_id"))
            name = f"annotation {entry.get('id', position)}"
            if image is None or category is None:
                lacking = "image_id" if image is None else "category_id"
                self._omitted.omit(f"annotations without '{lacking}'", name)
                continue
            box = _box_of(entry)
            if box is None:
                self._omitted.omit("annotations without a box or a polygon, read as labels", name)
            images.append(self._numbers.setdefault(image, len(self._numbers)))
            categories.append(category_numbers.setdefault(category, len(category_numbers)))
            self._has_box.append(box is not None)
            if boxes:
                self._sides.extend(box or _NONE)
                self._keys.append(entry.get("id", position))
        self._categories = list(category_numbers)
        image_of = np.array(images, dtype=np.int64)
        self._order = np.argsort(image_of, kind="stable")
        self._starts = np.searchsorted(image_of[self._order], np.arange(len(self._numbers) + 1))
        self._category = np.array(categories, dtype=np.int32)
        self._unread = set(self._numbers)

    def begin(self) -> None:
        """Before a walk over the images."""
        self._unread = set(self._numbers)

    def of(self, image: str | None) -> list[Annotation]:
        """Those of an image, in the file's order."""
        number = None if image is None else self._numbers.get(image)
        if number is None:
            return []
        self._unread.discard(str(image))
        rows = self._order[self._starts[number] : self._starts[number + 1]].tolist()
        return [self._annotation(row) for row in rows]

    def end(self, tally: Tally) -> None:
        """After a walk over the images: count what is of none of them, or could not be read."""
        tally.include(self._omitted)
        for image in self._numbers if self._unread else ():
            if image in self._unread:
                number = self._numbers[image]
                count = int(self._starts[number + 1] - self._starts[number])
                tally.omit("annotations of images that the list does not have",
                           f"those of image {image}", count)  # fmt: skip

    def _annotation(self, row: int) -> Annotation:
        category, has_box = self._categories[self._category[row]], bool(self._has_box[row])
        if not self._boxes:
            return Annotation(category, "", None, has_box)
        box = Box(*self._sides[4 * row : 4 * row + 4]) if has_box else None
        return Annotation(category, str(self._keys[row]), box, has_box)


def key_of(value: Any) -> str | None:
    """An id, the same whether it is a number or text; None for what is no id.

    Example:
        >>> key_of(7), key_of("7"), key_of(7.0), key_of("007"), key_of(None)
        ('7', '7', '7', '007', None)
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    usable = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if usable else None


def _box_of(entry: Mapping[str, Any]) -> Box | None:
    """The box of an annotation, else what its polygons fit into."""
    sides = entry.get("bbox")
    ring = None
    if isinstance(sides, list) and len(sides) == 4 and finite(*sides):
        ring = Box(*sides)
        if ring.width > 0 and ring.height > 0:
            return ring
    points = list(_numbers_in(entry.get("segmentation")))
    if len(points) >= 6 and len(points) % 2 == 0 and finite(*points):
        left, top = min(points[::2]), min(points[1::2])
        box = Box(left, top, max(points[::2]) - left, max(points[1::2]) - top)
        if box.width > 0 and box.height > 0:
            return box
    return ring  # without a width: it costs a line


def _numbers_in(polygons: Any) -> Iterator[Any]:
    for polygon in polygons if isinstance(polygons, list) else ():
        if isinstance(polygon, list):
            yield from polygon
        else:
            yield polygon
