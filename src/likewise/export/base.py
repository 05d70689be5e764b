"""What an exporter is, and what it is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, Protocol

from likewise.sources.base import Original

_LONGEST_NAME = 200  # bytes; file systems stop at 255, and a suffix may be added


@dataclass(frozen=True)
class Row:
    """One image of a dataset.

    Attributes:
        id: item id.
        path: its file, or where else it lies.
        label: name of the concept, or "not-NAME" for a counter-example.
        decided_by: "person" when someone said so, "round" when a round of machine labels did, such
            as a range that was accepted; "rule" when only the score does.
        score: what the rule gives it.
        probability: of the label's concept, or None when the rule is not calibrated.
        width, height: pixels.
        digest: sha256 of the file when it was indexed.
        original: what its bytes are read from.
    """

    id: str
    path: str
    label: str
    decided_by: Literal["person", "round", "rule"]
    score: float
    probability: float | None
    width: int
    height: int
    digest: str
    original: Original = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(field.name for field in fields(Row) if field.name != "original")
"""What is written of each image in a table."""


class Exporter(Protocol):
    """A frozen dataclass whose fields are its options."""

    def write(self, rows: Sequence[Row], folder: Path, name: str) -> None:
        """Write the rows into an empty folder.

        Raises:
            OSError: the disk refuses; the caller explains and clears up.
        """
        ...


def file_name(item: str) -> str:
    """A flat, portable file name for an item id, the same every time.

    Example:
        >>> file_name("2020/summer/barn.jpg")
        '2020__summer__barn.jpg'
    """
    joined = item.replace("/", "__")
    flat = re.sub(r'[\x00-\x1f<>:"\\|?*]', "_", joined).lstrip(".-") or "_"
    reversible = not re.search("__|_/|/_", item)  # "a/b" and "a__b" must not meet
    if flat == joined and reversible and len(flat.encode()) <= _LONGEST_NAME:
        return flat
    stem, dot, suffix = flat.rpartition(".")
    mark = sha256(item.encode()).hexdigest()[:10]  # two ids must never share a name
    if not dot:
        stem, suffix = flat, ""
    short = stem.encode()[: _LONGEST_NAME - 40].decode(errors="ignore")
    return f"{short}-{mark}{dot}{suffix[:20]}"
