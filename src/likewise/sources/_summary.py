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
class Omission:
    """What a source read and did not take, for one reason.

    Attributes:
        count: how many.
        reason: what they are, in the plural, such as "annotations of images that are not listed".
        example: the first of them.
    """

    count: int
    reason: str
    example: str

    def __str__(self) -> str:
        return f"{self.count:,} {self.reason}, such as {self.example}"


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
        annotated: whether this kind of source has labels at all.
    """

    images: int = 0
    labels: int = 0
    labelled: int = 0
    boxes: int = 0
    splits: Mapping[str, int] = field(default_factory=dict)
    omitted: tuple[Omission, ...] = ()
    annotated: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        names = ("images", "labels", "labelled", "boxes")
        return {
            **{name: getattr(self, name) for name in names},
            "splits": dict(self.splits),
            "omitted": [vars(omission) for omission in self.omitted],
        }

    def __str__(self) -> str:
        """One line.

        Example:
            >>> str(Summary(6, 7, 5, 7, {"train": 4, "val": 1}))
            '6 images, 7 labels on 5 images, 7 boxes, split: 4 train, 1 val, 1 none'
            >>> str(Summary(2, omitted=(Omission(1, "lines without a box", "line 3 of a.txt"),)))
            '2 images; left out: 1 lines without a box, such as line 3 of a.txt'
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
            known = {**self.splits, **({"none": rest} if rest else {})}
            parts.append("split: " + ", ".join(f"{n:,} {name}" for name, n in known.items()))
        line = ", ".join(parts)
        if self.omitted:
            line += "; left out: " + "; ".join(map(str, self.omitted))
        return line


class Tally:
    """Counts one walk over a source; see `Summary`."""

    def __init__(self, annotated: bool = False) -> None:
        self._annotated = annotated
        self._images = self._labels = self._labelled = self._boxes = 0
        self._splits: Counter[str] = Counter()
        self._omitted: dict[str, tuple[int, str]] = {}

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
        if count < 1:
            return
        before, first = self._omitted.get(reason, (0, " ".join(example.split())[:_LONGEST_EXAMPLE]))
        self._omitted[reason] = before + count, first

    def summary(self) -> Summary:
        """What was counted so far."""
        omitted = (Omission(n, reason, first) for reason, (n, first) in self._omitted.items())
        return Summary(
            images=self._images,
            labels=self._labels,
            labelled=self._labelled,
            boxes=self._boxes,
            splits=dict(sorted(self._splits.items())),
            omitted=tuple(omitted),
            annotated=self._annotated,
        )


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"
