"""Pascal VOC: JPEGImages/, an XML of boxes for each image in Annotations/, lists in ImageSets/."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

from likewise.core.box import Box
from likewise.core.regular_files import read_regular, read_text
from likewise.errors import BadInputError, NotFoundError
from likewise.sources._boxes import Drawn, finite, labelled, measured_parts
from likewise.sources._files import named_as_image, walked
from likewise.sources._walk import walk
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash

_IMAGES, _XML, _SETS = "JPEGImages", "Annotations", "ImageSets/Main"
_LARGEST = 4 << 20  # bytes of an XML
_SPLITS = ("train", "val", "test")
_LISTED = 1 << 28  # bytes of a list
_FLAGS = ("difficult", "truncated", "occluded", "pose")


@dataclass(eq=False)
class Voc(Source):
    """Images of a Pascal VOC folder, with the names of what is in them as the metadata "labels".

    With `boxes` each object is an item, too: the part of the image that is in its box. Boxes are
    read as VOC defines them: pixels counted from 1, the last one included. The lists of
    ImageSets/Main become the metadata "split".

    Attributes:
        root: the folder that has JPEGImages and Annotations in it.
        boxes: whether each object becomes an item of its own.
        stored_pixels: boxes are in the pixels of the file as it is stored, before EXIF's turn.
        skipped: how many files of JPEGImages are no images by their names.
    """

    root: str
    boxes: bool = False
    stored_pixels: bool = False
    skipped: int = field(default=0, init=False)
    ids_are_paths: ClassVar[bool] = True
    annotated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._folder = Path(location(self.root))
        if is_url(self.root) or not (self._folder / _IMAGES).is_dir():
            raise NotFoundError(
                f"there is no folder {_IMAGES} in '{self.root}'; give the folder that has "
                f"{_IMAGES} and {_XML} in it, such as VOCdevkit/VOC2012"
            )

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a folder with JPEGImages and Annotations in it."""
        path = Path(location(what))
        return 2 * int(not is_url(what) and all((path / x).is_dir() for x in (_IMAGES, _XML)))

    @property
    def base(self) -> str:
        """The folder, with a slash."""
        return with_slash(self._folder)

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, and with `boxes` one for each object after it."""
        self.skipped = 0
        lists = _Lists(self._folder / _SETS, self.tally)
        read = set[int]()  # hashes take less memory than names
        for name, entry in walk(str(self._folder / _IMAGES), self.tally):
            uri = f"{_IMAGES}/{name}"
            if isinstance(entry, Refused):
                yield replace(entry, id=f"{_IMAGES}/{entry.id}")
            elif not named_as_image(name):
                self.skipped += 1
            else:
                stem = os.path.splitext(name)[0]  # noqa: PTH122 - a name, not a path
                split = lists.split_of(name, stem)
                metadata = {"split": split} if split else {}
                read.add(hash(stem))
                item = walked(uri, entry, metadata)
                if isinstance(item, Item):
                    yield from self._with_objects(item, self._folder / _XML / f"{stem}.xml")
                elif item is not None:
                    yield item
        lists.end()
        self._count_lone(read)

    def _count_lone(self, read: set[int]) -> None:
        """Count the XMLs of images that are not there."""
        if (self._folder / _XML).is_dir():
            for name, entry in walk(str(self._folder / _XML), self.tally):
                if isinstance(entry, Refused) or not name.lower().endswith(".xml"):
                    self.tally.omit(f"files of {_XML} that are no XML", name)
                elif hash(name[:-4]) not in read:
                    self.tally.omit(f"XMLs of {_XML} without an image", name)

    def _with_objects(self, item: Item, xml: Path) -> Iterator[Item | Refused]:
        try:
            size, drawn, unnamed = _read(xml)
        except BadInputError as error:
            yield item
            yield Refused(f"{item.id}#", str(error))
            return
        item = labelled(item, (region.label for region in drawn))
        yield item
        self.tally.omit("objects without a name", xml.name, unnamed)
        if self.boxes:
            yield from measured_parts(item, drawn, size, self.stored_pixels, self.tally)
        else:
            self.tally.add_boxes(sum(finite(*region.box) for region in drawn))


class _Lists:
    """The lists of a dataset's parts: a name a line, in VOC's own with or without a 1 behind it."""

    def __init__(self, folder: Path, tally: Any) -> None:
        self._tally = tally
        self._lines: list[tuple[str, str]] = []
        self._unread = set[int]()
        self._exact: dict[str, int] = {}
        self._flagged: dict[str, int] = {}
        for split in _SPLITS:
            self._read(folder / f"{split}.txt", split)

    def split_of(self, name: str, stem: str) -> str | None:
        """The part that an image belongs to.

        Args:
            name: of the image, below JPEGImages.
            stem: the same without its ending.
        """
        for names in (self._exact, self._flagged):
            for key in (stem, name):
                if key in names:
                    self._unread.discard(names[key])
                    return self._lines[names[key]][0]
        return None

    def end(self) -> None:
        """Count the lines that named no image."""
        for number in sorted(self._unread):
            split, line = self._lines[number]
            self._tally.omit("lines of lists that name no image", f"'{line}' of {split}.txt")

    def _read(self, path: Path, split: str) -> None:
        try:
            if path.stat().st_size > _LISTED:
                self._tally.omit("lists that are too large", path.name)
                return
            text = read_text(path, "replace", _LISTED)
        except FileNotFoundError:
            return
        except OSError as error:
            self._tally.omit("lists that cannot be read", f"{path.name} ({error.strerror})")
            return
        for line in filter(None, map(str.strip, text.splitlines())):
            key = line.replace("\\", "/").removeprefix("./").removeprefix(f"{_IMAGES}/")
            number = len(self._lines)
            self._lines.append((split, line))
            self._unread.add(number)
            if key in self._exact and self._lines[self._exact[key]][0] != split:
                first = self._lines[self._exact[key]][0]
                self._tally.omit(
                    "images that a second list names, too", f"{key} in {first}, {split}"
                )
                self._unread.discard(number)
            self._exact.setdefault(key, number)
            name, _, flag = key.rpartition(" ")
            if flag in ("0", "1", "-1"):
                self._flagged.setdefault(name.strip(), number)


def _read(xml: Path) -> tuple[tuple[float, float], list[Drawn], int]:
    """Size of an image, the boxes on it, and how many objects have no name.

    Raises:
        BadInputError: the XML is broken.
    """
    try:
        text = read_regular(xml, _LARGEST)
    except FileNotFoundError:
        return (0, 0), [], 0
    except OSError as error:
        raise BadInputError(f"{xml.name} cannot be read ({error.strerror})") from error
    # Entities can make a small file very large, and VOC has no use for them.
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise BadInputError(f"{xml.name} defines entities, which are not read")
    try:
        tree = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise BadInputError(f"{xml.name} is no XML that can be read ({error})") from error
    width, height = (_number(tree, f"size/{side}") for side in ("width", "height"))
    drawn, unnamed = [], 0
    for number, found in enumerate(tree.iter("object"), 1):
        label = (found.findtext("name") or "").strip()
        left, top, right, bottom = (
            _number(found, f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")
        )
        box = Box(left - 1, top - 1, right - left + 1, bottom - top + 1)
        flags = {flag: found.findtext(flag) for flag in _FLAGS if found.findtext(flag)}
        if label:
            drawn.append(Drawn(str(number), label, box, flags))
        else:
            unnamed += 1
    return (width, height), drawn, unnamed


def _number(tree: ElementTree.Element, path: str) -> float:
    try:
        return float(tree.findtext(path) or "")
    except ValueError:
        return float("nan")
