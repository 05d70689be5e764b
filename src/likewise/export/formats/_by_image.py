"""The rows of each image together, for formats that say once what is on an image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from likewise.export.base import Dataset, Row
from likewise.export.formats._images import image_id


def by_image(dataset: Dataset, split: str = "") -> Iterator[list[Row]]:
    """The rows of each image together, images of one row as they come, the others after them.

    An image has several rows where it has several labels or parts. Only these rows are held.

    Args:
        dataset: whose rows.
        split: the part of the dataset that is gone through.
    """
    several = _of_several(dataset, split)
    held: dict[str, list[Row]] = {}
    for row in dataset.of_split(split):
        item = image_id(row)
        if item in several:
            held.setdefault(item, []).append(row)
        else:
            yield [row]
    yield from held.values()


def has_several_labels(dataset: Dataset) -> bool:
    """Whether any image has more than one row, as images of a set of tags have."""
    return any(_of_several(dataset, split) for split in dataset.splits or ("",))


def _of_several(dataset: Dataset, split: str) -> set[str]:
    """Ids of the images that have more than one row, or a part."""
    once: set[str] = set()
    several: set[str] = set()
    for row in dataset.of_split(split):
        item = image_id(row)
        (several if item in once or row.box is not None else once).add(item)
    return several


def image_facts(rows: Sequence[Row]) -> dict[str, Any]:
    """What is known of the image of these rows; nothing where the first is a part of it.

    What is of a label is a value for each label where the image has several.

    Example:
        {"site": "north", "confidence": {"red": 0.93, "round": None}}
    """
    first = rows[0]
    if first.box is not None:
        return {}
    whole = [row for row in rows if row.box is None]
    if len(whole) == 1:
        return dict(first.metadata)
    return {
        key: {row.label: row.metadata.get(key) for row in whole}
        if key in first.label_columns
        else value
        for key, value in first.metadata.items()
    }
