"""What an exporter is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from likewise.core.box import Box
from likewise.core.file_names import file_name
from likewise.core.vectors import Vectors
from likewise.sources.base import Original

DecidedBy: TypeAlias = Literal["person", "round", "rule", "given"]


@dataclass(frozen=True, slots=True)
class Row:
    """One image of a dataset, or one part of an image.

    Attributes:
        id: item id.
        path: its file, or where else it lies; the whole image's where it is a part of one.
        label: name of the concept, or "not-NAME" for a counter-example.
        decided_by: "person" when someone said so, "round" when a round of machine labels did, such
            as a range that was accepted; "rule" when only the score does; "given" when the label
            came with the image, as its folder's name does.
        score: what the rule gives it.
        probability: of the label's concept, or None when the rule is not calibrated.
        width, height: pixels, upright.
        digest: sha256 of the file when it was indexed.
        original: what its bytes are read from.
        parent: id of the whole image that it is a part of; None for a whole image.
        box: which part of the upright image it is; None for a whole image.
        split: the part of the dataset that it belongs to, such as "train"; "" without parts.
        metadata: what else is known of the item.
        label_columns: names of metadata that say how it got this label, and nothing of the image.
    """

    id: str
    path: str
    label: str
    decided_by: DecidedBy
    score: float
    probability: float | None
    width: int
    height: int
    digest: str
    original: Original = field(repr=False, compare=False)
    parent: str | None = None
    box: Box | None = None
    split: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    label_columns: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings; what else is known follows under its own names.

        Its split is there only where it has one, `parent` and `box` where it is a part of an image.
        """
        columns = {name: getattr(self, name) for name in _COLUMNS}
        if self.split:
            columns["split"] = self.split
        if self.box is not None:
            columns |= {"parent": self.parent, "box": list(self.box)}
        return columns | {unreserved_name(key): value for key, value in self.metadata.items()}


_NOT_ALWAYS = ("original", "parent", "box", "split", "metadata", "label_columns")
_COLUMNS = tuple(name for name in Row.__dataclass_fields__ if name not in _NOT_ALWAYS)


def unreserved_name(key: str) -> str:
    """The column that a piece of metadata gets: its own name, unless a row's field has that.

    Example:
        >>> unreserved_name("site"), unreserved_name("label")
        ('site', 'metadata_label')
    """
    return f"metadata_{key}" if key in Row.__dataclass_fields__ else key


class Rows(Protocol):
    """Rows of a dataset in their order, read anew each time they are gone through."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __iter__(self) -> Iterator[Row]:
        """One after the other; only a few are in memory at a time."""
        ...


def _no_vectors(ids: Sequence[str]) -> Vectors:
    return np.empty((len(ids), 0), np.float32)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What is to be written.

    Attributes:
        name: of the concept or selection; `stem` is what files may be called.
        rows: the images, in order.
        classes: every label, sorted.
        splits: every part that it has, in order; () when it has none.
        about: how it came to be, in JSON's types.
        vectors: float32 of shape (len(ids), dim) for ids of rows.
    """

    name: str
    rows: Rows
    classes: tuple[str, ...]
    splits: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    vectors: Callable[[Sequence[str]], Vectors] = _no_vectors

    @classmethod
    def of(cls, rows: Iterable[Row], name: str, **others: Any) -> Dataset:
        """A dataset of a few rows that are at hand."""
        listed = list(rows)
        labels = tuple(sorted({row.label for row in listed}))
        splits = tuple(dict.fromkeys(row.split for row in listed if row.split))
        return cls(name, listed, labels, splits, **others)

    @property
    def stem(self) -> str:
        """The name as files may have it."""
        return file_name(self.name)

    def by_split(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Each part with its rows; one part called "" where there are none."""
        for split in self.splits or ("",):
            yield split, self.of_split(split)

    def of_split(self, split: str) -> Iterator[Row]:
        """The rows of one part; of "", all those that are in none."""
        return (row for row in self.rows if row.split == split)


class Exporter(Protocol):
    """A frozen dataclass whose fields are its options."""

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write a dataset into a folder, which is put in its place when this returns.

        The folder is empty, or holds what an interrupted run of the very same export left there:
        a file that was put in place whole may be kept, as `likewise.export.formats._images` does.

        Raises:
            OSError: the disk refuses; the caller explains and clears up.
        """
        ...
