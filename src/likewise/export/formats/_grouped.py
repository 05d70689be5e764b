"""Rows by the whole image they show or are parts of: what formats with boxes write of one image."""

from __future__ import annotations

from collections.abc import Iterator

from likewise.export.base import Dataset, Row
from likewise.export.formats._images import image_id


def by_image(dataset: Dataset, split: str = "") -> Iterator[list[Row]]:
    """The rows of each image together, images without parts as they come, the others after them.

    Only the rows of images with parts are held.

    Args:
        dataset: whose rows.
        split: the part of the dataset that is gone through.
    """
    with_parts = {image_id(row) for row in dataset.of_split(split) if row.box is not None}
    parts: dict[str, list[Row]] = {}
    for row in dataset.of_split(split):
        item = image_id(row)
        if item in with_parts:
            parts.setdefault(item, []).append(row)
        else:
            yield [row]
    yield from parts.values()
