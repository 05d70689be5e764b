"""What a page can be filtered by: a few values of each column or key of the metadata."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from likewise.errors import BadInputError

COLUMNS = ("folder", "camera", "taken_at", "metadata")
"""Columns of items that facets are made of; of `taken_at` the year."""

_MOST_FACETS = 8
_MOST_VALUES = 40
_LEAST_SHARE = 0.5  # of the images have a value


@dataclass(frozen=True)
class Facet:
    """A property of images and its values.

    Attributes:
        name: of the column or key.
        values: as text, the most frequent first.
        of: for each image the index of its value, -1 where it has none.
    """

    name: str
    values: tuple[str, ...]
    of: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {"name": self.name, "values": list(self.values), "of": list(self.of)}


def facets_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> tuple[Facet, ...]:
    """Facets of images.

    Args:
        rows: `COLUMNS` of each image.
        names: of the facets, in this order; unless given, up to 8 that have 2 to 40 values and
            that at least half of the images have.

    Raises:
        BadInputError: a name that is none of the columns and keys.

    Example:
        >>> rows = [{"folder": "a", "metadata": None}, {"folder": "b", "metadata": '{"n": 1}'}]
        >>> facets_of(rows)
        (Facet(name='folder', values=('a', 'b'), of=(0, 1)),)
    """
    rows_of_values = [_values(row) for row in rows]
    keys = list(dict.fromkeys(key for values in rows_of_values for key in values))
    unknown = [name for name in names if name not in keys]
    if unknown:
        raise BadInputError(
            f"no image has a '{unknown[0]}' to filter by; there are: {', '.join(keys) or 'none'}"
        )
    facets = [_facet(key, rows_of_values) for key in names or keys]
    if names:
        return tuple(facets)
    return tuple(x for x in facets if _is_useful(x))[:_MOST_FACETS]


def _is_useful(facet: Facet) -> bool:
    present = sum(index >= 0 for index in facet.of)
    return 2 <= len(facet.values) <= _MOST_VALUES and present >= _LEAST_SHARE * len(facet.of)


def _facet(key: str, rows_of_values: Sequence[Mapping[str, str]]) -> Facet:
    counts = Counter(values[key] for values in rows_of_values if key in values)
    values = tuple(sorted(counts, key=lambda value: (-counts[value], value)))
    index = {value: number for number, value in enumerate(values)}
    return Facet(key, values, tuple(index.get(row.get(key, ""), -1) for row in rows_of_values))


def _values(row: Mapping[str, Any]) -> dict[str, str]:
    """The values of one image, as text, by the names of facets."""
    found = {name: row.get(name) for name in ("folder", "camera")}
    found["year"] = (row.get("taken_at") or "")[:4]
    metadata = json.loads(row.get("metadata") or "{}")
    texts = {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in metadata.items()
        if value is not None
    }
    return {**texts, **{name: value for name, value in found.items() if value}}
