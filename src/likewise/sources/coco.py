"""COCO annotations: a JSON of images, categories and boxes, beside a folder of images."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import ijson
import numpy as np

from likewise.box import Box
from likewise.errors import BadInputError, NotFoundError
from likewise.sources import _rows
from likewise.sources._boxes import Drawn, finite, labelled, parts_of
from likewise.sources._files import folder_beside, look_at, path_id
from likewise.sources._json import parsing
from likewise.sources._places import is_web
from likewise.sources.base import Item, Refused, Source, is_url, location

_HEAD = 1 << 16  # bytes of a JSON that are looked at to tell what it is
_OWN = ("id", "file_name", "width", "height")  # of an image; all else is metadata
_TRIED = 20  # images that are looked for to find their folder


@dataclass(eq=False)
class Coco(Source):
    """Images that a COCO JSON names, with the names of their categories as the metadata "labels".

    With `boxes` each annotation is an item, too: the part of the image that is in its box. The
    JSON is parsed as a stream; of an annotation no more than the box and two numbers is kept.

    Attributes:
        root: the JSON, such as ``annotations/instances_val2017.json``.
        images: the folder that file names are relative to, seen from the JSON's or from the
            current one; looked for around the JSON unless given.
        boxes: whether each annotation with a box becomes an item of its own.
        skipped: 0.
    """

    root: str
    images: str = ""
    boxes: bool = False
    skipped: int = field(default=0, init=False)
    annotated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._file = Path(location(self.root))
        if is_url(self.root) or not self._file.is_file():
            raise NotFoundError(f"the COCO file '{self.root}' does not exist; check its spelling")
        folder = folder_beside(self._file, self.images) if self.images else self._found_folder()
        self._folder = folder
        self.images = os.path.relpath(folder, self._file.parent)  # so that it is looked for once
        self._said: tuple[int, dict[Any, str], _Annotations] | None = None

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a .json with images and annotations in it."""
        path = Path(location(what))
        if path.suffix.lower() != ".json" or is_url(what) or not path.is_file():
            return 0
        with path.open("rb") as file:
            head = file.read(_HEAD)
        named = re.search(rb'"(images|annotations|categories)"\s*:\s*\[', head)
        return 2 * int(head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and bool(named))

    @property
    def base(self) -> str:
        """The folder of images, with a slash."""
        return os.path.join(self._folder, "")  # noqa: PTH118 - the slash is wanted

    @property
    def name(self) -> str:
        """The JSON's name without its ending."""
        return self._file.stem

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, and with `boxes` one for each annotation after it.

        Raises:
            CorruptError: it is no JSON, or none of COCO.
        """
        categories, drawn = self._annotations()
        seen: set[str] = set()
        for number, image in enumerate(self._entries("images"), 1):
            name = image.get("file_name")
            if not isinstance(name, str) or not name:
                yield Refused(f"image {number}", "it has no 'file_name'")
                continue
            key = path_id(name, self.base)
            if key in seen:
                yield Refused(f"{key} (image {number})", "its file name is given twice")
                continue
            seen.add(key)
            rows = drawn.of(image.get("id"))
            yield from self._of_image(key, image, rows, categories)

    def _annotations(self) -> tuple[dict[Any, str], _Annotations]:
        """Categories by number, and all that is drawn; read again when the file has changed."""
        modified = self._file.stat().st_mtime_ns
        if self._said is None or self._said[0] != modified:
            categories = {
                entry["id"]: str(entry.get("name"))
                for entry in self._entries("categories")
                if _is_key(entry.get("id"))
            }
            drawn = _Annotations(self._entries("annotations"), self.boxes)
            self._said = modified, categories, drawn
        return self._said[1:]

    def _of_image(
        self,
        name: str,
        image: Mapping[str, Any],
        rows: list[tuple[Any, str, Box | None]],
        categories: Mapping[Any, str],
    ) -> Iterator[Item | Refused]:
        said = {key: value for key, value in image.items() if key not in _OWN}
        path = os.path.normpath(self._folder / name)
        item = look_at(name, path, _rows.plain({"image_id": image.get("id"), **said}))
        if isinstance(item, Refused):
            yield item
            return
        item = labelled(item, (categories.get(category, str(category)) for category, _, _ in rows))
        yield item
        if not self.boxes:
            self.tally.add_boxes(len(rows))
            return
        size = image.get("width"), image.get("height")
        if not finite(*size):
            yield Refused(f"{name}#", "its boxes cannot be placed: 'width' or 'height' is missing")
            return
        found = [
            Drawn(key, categories.get(category, str(category)), box)
            for category, key, box in rows
            if box is not None
        ]
        yield from parts_of(item, found, (int(size[0]), int(size[1])))  # type: ignore[arg-type]

    def _entries(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of one of the lists, one at a time."""
        try:
            with parsing(self.root, "write it again"), self._file.open("rb") as file:
                for entry in ijson.items(file, f"{name}.item", use_float=True):
                    if isinstance(entry, dict):
                        yield entry
        except OSError as error:
            raise BadInputError(f"{self.root} cannot be read ({error.strerror})") from error

    def _found_folder(self) -> Path:
        """The first folder around the JSON that has the first images.

        Raises:
            NotFoundError: there is none.
        """
        names = [
            str(image["file_name"])
            for image in islice(self._entries("images"), _TRIED)
            if isinstance(image.get("file_name"), str)
        ]
        if not names:
            raise BadInputError(
                f"{self.root} names no images; a COCO file with a list 'images' is wanted, each "
                "with a 'file_name'"
            )
        if any(map(is_web, names)):
            raise BadInputError(
                f"{self.root} names images by URL, such as {names[0]}; download them, or make a "
                "table of them and index that with --allow-urls"
            )
        around = _around(self._file)
        for folder in around:
            if any((folder / name).is_file() for name in names):
                return folder
        raise NotFoundError(
            f"'{names[0]}', the first image of {self.root}, is in none of "
            f"{', '.join(str(folder) for folder in around)}; say where with --set images=FOLDER"
        )


class _Annotations:
    """Category, key and box of every annotation by image, in numbers and sorted by image."""

    def __init__(self, entries: Iterator[dict[str, Any]], boxes: bool) -> None:
        self._numbers: dict[Any, int] = {}
        self._categories: list[Any] = []
        self._boxes = boxes
        category_numbers: dict[Any, int] = {}
        images, categories = array("l"), array("l")
        self._sides, self._keys = array("d"), list[Any]()
        for place, entry in enumerate(entries, 1):
            image, category = entry.get("image_id"), entry.get("category_id")
            if not (_is_key(image) and _is_key(category)):
                continue
            images.append(self._numbers.setdefault(image, len(self._numbers)))
            categories.append(category_numbers.setdefault(category, len(category_numbers)))
            if boxes:
                box = entry.get("bbox")
                known = isinstance(box, list) and len(box) == 4 and finite(*box)
                self._sides.extend(box if known else [float("nan")] * 4)  # type: ignore[arg-type]
                self._keys.append(entry.get("id", place))
        self._categories = list(category_numbers)
        image = np.array(images, dtype=np.int64)
        self._order = np.argsort(image, kind="stable")
        self._starts = np.searchsorted(image[self._order], np.arange(len(self._numbers) + 1))
        self._category = np.array(categories, dtype=np.int32)

    def of(self, image: Any) -> list[tuple[Any, str, Box | None]]:
        """Category, key and box of each annotation of an image, in the file's order."""
        number = self._numbers.get(image) if _is_key(image) else None
        if number is None:
            return []
        rows = self._order[self._starts[number] : self._starts[number + 1]].tolist()
        return [(self._categories[self._category[row]], *self._box(row)) for row in rows]

    def _box(self, row: int) -> tuple[str, Box | None]:
        if not self._boxes:
            return "", None
        sides = self._sides[4 * row : 4 * row + 4]
        return str(self._keys[row]), None if sides[0] != sides[0] else Box(*sides)


def _is_key(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _around(file: Path) -> list[Path]:
    """Folders in which the images of a COCO file are found as a rule."""
    here, up = file.parent, file.parent.parent
    part = re.sub(r"^(instances|person_keypoints|captions|panoptic|image_info)_", "", file.stem)
    named = [part, f"images/{part}", "images", "data", "."]
    return list(dict.fromkeys(Path(os.path.normpath(top / x)) for top in (here, up) for x in named))
