"""YOLO: images/, a text file of boxes for each image in labels/, names of classes in data.yaml."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from likewise.core.box import Box
from likewise.core.regular_files import read_text
from likewise.errors import LikewiseError, NotFoundError
from likewise.images.decode import BadImageError
from likewise.sources._allowed_folders import allowed_folders
from likewise.sources._boxes import Drawn, labelled, parts_of, size_of
from likewise.sources._files import named_as_image, walked
from likewise.sources._walk import walk
from likewise.sources._yolo_description import LARGEST, Description, described, first_of
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash

_NAMES = ("data.yaml", "dataset.yaml", "data.yml")


@dataclass(eq=False)
class Yolo(Source):
    """Images of a YOLO folder, with the names of what is in them as the metadata "labels".

    The boxes of ``images/a/b.jpg`` are in ``labels/a/b.txt``, a line each: class, centre and size
    as shares of the sides, or class and the corners of a polygon. With `boxes` each line is an
    item, too: the part of the image that is in the box.

    Attributes:
        root: the folder that has data.yaml (or classes.txt) in it, or the YAML itself.
        boxes: whether each line becomes an item of its own.
        allow_folders: folders besides its own that the YAML may lead to, with `os.pathsep`
            between.
        skipped: how many files are no images by their names; texts of boxes do not count.
    """

    root: str
    boxes: bool = False
    allow_folders: str = ""
    skipped: int = field(default=0, init=False)
    ids_are_paths: ClassVar[bool] = True
    annotated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        where = Path(location(self.root))
        self._folder = where.parent if where.is_file() else where
        if is_url(self.root) or not self._folder.is_dir():
            raise NotFoundError(f"the folder '{self.root}' does not exist; check its spelling")
        self._yaml = where if where.is_file() else first_of(self._folder, _NAMES)
        self._top = self._folder
        with suppress(LikewiseError, OSError):  # the walk says it
            self._top = self._described().folder

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a folder with a data.yaml or a folder labels in it, and for such a YAML."""
        if is_url(what):
            return 0
        path = Path(location(what))
        if path.is_file():
            return 2 * int(path.suffix.lower() in (".yaml", ".yml"))
        names = first_of(path, _NAMES) or (
            (path / "labels").is_dir() and (path / "images").is_dir()
        )
        return 2 * int(bool(names))

    @property
    def base(self) -> str:
        """The folder of the images and their boxes, with a slash."""
        return with_slash(self._top)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._folder.name or "root"

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, and with `boxes` one for each line after it.

        Raises:
            BadInputError: the YAML describes no dataset, or one that is elsewhere.
            CorruptError: it is no YAML.
        """
        self.skipped = 0
        about = self._described()
        self._top = about.folder
        self.tally.include(about.tally)
        read, texts = set[int](), set[str]()  # hashes take less memory than names
        for name, entry in walk(str(self._top), self.tally):
            if isinstance(entry, Refused):
                yield entry
            elif named_as_image(name):
                split = about.split_of(name)
                item = walked(name, entry, {"split": split} if split else {})
                if isinstance(item, Item):
                    read.add(hash(_labels_of(name)))
                    yield from self._with_boxes(item, about.names)
                elif item is not None:
                    yield item
            elif name.endswith(".txt"):
                if "labels" in name.split("/")[:-1] and name.rpartition("/")[2] != "classes.txt":
                    texts.add(name)
            else:
                self.skipped += not name.endswith((".yaml", ".yml", ".cache"))
        lone = [name for name in sorted(texts) if hash(name) not in read]
        self.tally.omit("texts of boxes without an image", "".join(lone[:1]), len(lone))

    def _described(self) -> Description:
        return described(
            self._folder, self._yaml, allowed_folders([self._folder], self.allow_folders)
        )

    def _with_boxes(self, item: Item, names: Mapping[int, str]) -> Iterator[Item | Refused]:
        lines, bad = _lines(self._top / _labels_of(item.id))
        unnamed = [int(line[0]) for _, line in lines if int(line[0]) not in names]
        if unnamed:
            reason = "boxes of a class without a name, labelled by its number"
            self.tally.note(reason, f"class {unnamed[0]} on {item.id}", len(unnamed))
        yield (item := labelled(item, (_named(names, line[0]) for _, line in lines)))
        yield from (Refused(f"{item.id}#{number}", why) for number, why in bad)
        if not self.boxes:
            self.tally.add_boxes(len(lines))
        if not (self.boxes and lines):
            return
        try:
            width, height = size_of(item.uri)
        except BadImageError:
            return  # the image is refused when it is read
        drawn = (
            Drawn(str(number), _named(names, line[0]), _box(line[1:], width, height))
            for number, line in lines
        )
        yield from parts_of(item, drawn, (width, height))


def _labels_of(image: str) -> str:
    """Where the boxes of an image are: ``labels`` for the last ``images`` of its path.

    Example:
        >>> _labels_of("images/train/images/a.b.jpg"), _labels_of("a.jpg")
        ('images/train/labels/a.b.txt', 'a.txt')
    """
    stem = os.path.splitext(image)[0]  # noqa: PTH122 - a name, not a path
    before, found, after = f"/{stem}".rpartition("/images/")
    return f"{before}/labels/{after}.txt"[1:] if found else f"{stem}.txt"


def _lines(path: Path) -> tuple[list[tuple[int, list[float]]], list[tuple[int, str]]]:
    """Numbers of the lines that are boxes, and what is wrong with the others."""
    good: list[tuple[int, list[float]]] = []
    bad: list[tuple[int, str]] = []
    try:
        if path.stat().st_size > LARGEST:
            return [], [(0, f"{path.name} is too large for a text of boxes")]
        text = read_text(path, "replace", LARGEST)
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [(0, f"{path.name} cannot be read ({error.strerror})")]
    for number, line in enumerate(text.splitlines(), 1):
        try:
            values = [float(word) for word in line.split()]
        except ValueError:
            values = [math.nan]
        if not values:
            continue
        shaped = len(values) in (5, 6) or (len(values) >= 7 and len(values) % 2 == 1)
        if not shaped or not all(map(math.isfinite, values)) or values[0] != int(values[0]):
            bad.append((number, f"line {number} of {path.name} is no class and box"))
        else:
            good.append((number, values))
    return good, bad


def _box(values: list[float], width: int, height: int) -> Box:
    """The box of a line without its class, in pixels; of a polygon, what it fits into."""
    if len(values) <= 5:  # centre and size, and maybe a confidence
        x, y, wide, high = values[:4]
        left, top = x - wide / 2, y - high / 2
    else:
        left, top = min(values[::2]), min(values[1::2])
        wide, high = max(values[::2]) - left, max(values[1::2]) - top
    return Box(left * width, top * height, wide * width, high * height)


def _named(names: Mapping[int, str], number: float) -> str:
    return names.get(int(number), str(int(number)))
