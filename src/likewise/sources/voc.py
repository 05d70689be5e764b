"""Pascal VOC: JPEGImages/, an XML of boxes for each image in Annotations/, lists in ImageSets/."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree

from likewise.box import Box
from likewise.errors import BadInputError, NotFoundError
from likewise.sources._boxes import Drawn, finite, labelled, parts_of
from likewise.sources._files import named_as_image, walked
from likewise.sources._walk import walk
from likewise.sources.base import Item, Refused, Source, is_url, location

_IMAGES, _XML, _SETS = "JPEGImages", "Annotations", "ImageSets/Main"
_LARGEST = 4 << 20  # bytes of an XML
_SPLITS = ("train", "val", "test")
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
        skipped: how many files of JPEGImages are no images by their names.
    """

    root: str
    boxes: bool = False
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
        return os.path.join(self._folder, "")  # noqa: PTH118 - the slash is wanted

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, and with `boxes` one for each object after it."""
        self.skipped = 0
        splits = self._splits()
        for name, entry in walk(str(self._folder / _IMAGES)):
            whole = f"{_IMAGES}/{name}"
            if isinstance(entry, Refused):
                yield replace(entry, id=f"{_IMAGES}/{entry.id}")
            elif not named_as_image(name):
                self.skipped += 1
            else:
                stem = os.path.splitext(name)[0]  # noqa: PTH122 - a name, not a path
                metadata = {"split": splits[stem]} if stem in splits else {}
                item = walked(whole, entry, metadata)
                if isinstance(item, Item):
                    yield from self._with_objects(item, self._folder / _XML / f"{stem}.xml")
                elif item is not None:
                    yield item

    def _with_objects(self, item: Item, xml: Path) -> Iterator[Item | Refused]:
        try:
            size, drawn = _read(xml)
        except BadInputError as error:
            yield item
            yield Refused(f"{item.id}#", str(error))
            return
        item = labelled(item, (one.label for one in drawn))
        yield item
        if self.boxes:
            yield from parts_of(item, drawn, size)
        else:
            self.tally.add_boxes(len(drawn))

    def _splits(self) -> dict[str, str]:
        """The part of the dataset that each image is in, by its name without ending."""
        known: dict[str, str] = {}
        for split in _SPLITS:
            with suppress(FileNotFoundError, UnicodeDecodeError):
                text = (self._folder / _SETS / f"{split}.txt").read_text(encoding="utf-8")
                known |= {line.split()[0]: split for line in text.splitlines() if line.strip()}
        return known


def _read(xml: Path) -> tuple[tuple[int, int], list[Drawn]]:
    """Size of an image and the boxes on it; none where there is no XML.

    Raises:
        BadInputError: the XML is broken.
    """
    try:
        text = xml.read_bytes()
    except FileNotFoundError:
        return (0, 0), []
    except OSError as error:
        raise BadInputError(f"{xml.name} cannot be read ({error.strerror})") from error
    # Entities can make a small file very large, and VOC has no use for them.
    if len(text) > _LARGEST or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise BadInputError(f"{xml.name} is too large, or defines entities, which are not read")
    try:
        tree = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise BadInputError(f"{xml.name} is no XML that can be read ({error})") from error
    width, height = (_number(tree, f"size/{side}") for side in ("width", "height"))
    drawn = []
    for number, found in enumerate(tree.iter("object"), 1):
        label = (found.findtext("name") or "").strip()
        left, top, right, bottom = (
            _number(found, f"bndbox/{side}") for side in ("xmin", "ymin", "xmax", "ymax")
        )
        box = Box(left - 1, top - 1, right - left + 1, bottom - top + 1)
        flags = {flag: found.findtext(flag) for flag in _FLAGS if found.findtext(flag)}
        if label:
            drawn.append(Drawn(str(number), label, box, flags))
    known = finite(width, height) and width > 0 and height > 0
    return (int(width), int(height)) if known else (0, 0), drawn


def _number(tree: ElementTree.Element, path: str) -> float:
    try:
        return float(tree.findtext(path) or "")
    except ValueError:
        return float("nan")
