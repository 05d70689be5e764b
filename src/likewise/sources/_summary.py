"""Counts of what a source understood of what it read, and of what it left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likewise.sources.base import Item

_LONGEST_EXAMPLE = 200  # characters


@dataclass(frozen=True)
class Remark:
    """Entries of one kind that a source left out, or that it may have read wrongly.

    Attributes:
        count: how many.
        reason: what they are, in the plural, such as "annotations of images that are not listed".
        example: the first of them.
    """

    count: int
    reason: str
    example: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.count:,}), such as {self.example}"


@dataclass(frozen=True)
class Summary:
    """What a source understood in one whole walk.

    Attributes:
        images: images that it yielded; parts of images do not count.
        labels: labels of images, several of one image included.
        labelled: images that have a label.
        boxes: boxes, whether or not an item is made of each.
        splits: images by the part of the dataset that they belong to.
        omitted: everything else that was in it, the entries that were refused included.
        notes: what was read in one of two ways that the dataset leaves open.
        annotated: whether this kind of source has labels at all.
    """

    images: int = 0
    labels: int = 0
    labelled: int = 0
    boxes: int = 0
    splits: Mapping[str, int] = field(default_factory=dict)
    omitted: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    annotated: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        names = ("images", "labels", "labelled", "boxes")
        return {
            **{name: getattr(self, name) for name in names},
            "splits": dict(self.splits),
            "omitted": [vars(remark) for remark in self.omitted],
            "notes": [vars(remark) for remark in self.notes],
        }

    def __str__(self) -> str:
        """One line.

        Example:
            >>> str(Summary(6, 7, 5, 7, {"train": 4, "val": 1}))
            '6 images, 7 labels on 5 images, 7 boxes, split: 4 train, 1 val, 1 none'
            >>> str(Summary(2, omitted=(Remark(1, "lines without a box", "line 3 of a.txt"),)))
            '2 images; left out: lines without a box (1), such as line 3 of a.txt'
        """
        parts = [_counted(self.images, "image")]
        if self.labels:
            parts.append(f"{_counted(self.labels, 'label')} on {_counted(self.labelled, 'image')}")
        elif self.annotated:
            parts.append("no labels")
        if self.boxes:
            parts.append(_counted(self.boxes, "box", "boxes"))
        if self.splits:
            rest = self.images - sum(self.splits.values())
            counts = {**self.splits, **({"none": rest} if rest else {})}
            parts.append("split: " + ", ".join(f"{n:,} {name}" for name, n in counts.items()))
        line = ", ".join(parts)
        if self.omitted:
            line += "; left out: " + "; ".join(map(str, self.omitted))
        if self.notes:
            line += "; note: " + "; ".join(map(str, self.notes))
        return line


class Tally:
    """Counts one walk over a source; see `Summary`."""

    def __init__(self, annotated: bool = False) -> None:
        self._annotated = annotated
        self._images = self._labels = self._labelled = self._boxes = 0
        self._splits: Counter[str] = Counter()
        self._omitted: dict[str, tuple[int, str]] = {}
        self._notes: dict[str, tuple[int, str]] = {}

    def add(self, item: Item) -> None:
        """Count an item that the source yielded."""
        if item.box is not None:
            self._boxes += 1
            return
        self._images += 1
        metadata = item.metadata
        labels = metadata.get("labels")
        count = len(labels) if isinstance(labels, list) else int("label" in metadata)
        self._labels += count
        self._labelled += count > 0
        if split := metadata.get("split"):
            self._splits[str(split)] += 1

    def add_boxes(self, count: int) -> None:
        """Count boxes that are understood and of which no item is made."""
        self._boxes += count

    def omit(self, reason: str, example: str, count: int = 1) -> None:
        """Count what is left out; the first example of each reason is kept.

        Args:
            reason: what is left out, in the plural, such as "lines without a box"; one of few.
            example: which one it is.
            count: how many are left out.
        """
        _add(self._omitted, reason, example, count)

    def note(self, reason: str, example: str, count: int = 1) -> None:
        """Count what is read in one of two ways that the dataset leaves open; see `omit`."""
        _add(self._notes, reason, example, count)

    def include(self, other: Tally) -> None:
        """Take over what another one left out."""
        for reason, (count, first) in other._omitted.items():
            self.omit(reason, first, count)

    def summary(self) -> Summary:
        """What was counted so far."""
        return Summary(
            images=self._images,
            labels=self._labels,
            labelled=self._labelled,
            boxes=self._boxes,
            splits=dict(sorted(self._splits.items())),
            omitted=_remarks(self._omitted),
            notes=_remarks(self._notes),
            annotated=self._annotated,
        )


def _counted(count: int, singular: str, several: str = "") -> str:
    return f"{count:,} {singular if count == 1 else several or singular + 's'}"


def _add(remarks: dict[str, tuple[int, str]], reason: str, example: str, count: int) -> None:
    if count > 0:
        before, first = remarks.get(reason, (0, " ".join(example.split())[:_LONGEST_EXAMPLE]))
        remarks[reason] = before + count, first


def _remarks(counts: Mapping[str, tuple[int, str]]) -> tuple[Remark, ...]:
    return tuple(Remark(count, reason, first) for reason, (count, first) in counts.items())
