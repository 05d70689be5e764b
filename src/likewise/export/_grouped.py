"""Rows by the whole image they show or are parts of: what formats with boxes write of one image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from likewise.export._images import whole_id
from likewise.export.base import Row


def by_image(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows of each image together, images in the order of their first row.

    Whole images of which there are no parts pass through one by one; parts are held until all
    rows are known.
    """
    parts: dict[str, list[Row]] = {}
    for row in rows:
        if row.box is None and row.id not in parts:
            yield [row]
        else:
            parts.setdefault(whole_id(row), []).append(row)
    yield from parts.values()
