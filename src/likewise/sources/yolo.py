"""YOLO: images/, a text file of boxes for each image in labels/, names of classes in data.yaml."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml

from likewise.box import Box
from likewise.decode import BadImageError
from likewise.errors import BadInputError, NotFoundError
from likewise.sources._boxes import Drawn, labelled, parts_of, size_of
from likewise.sources._files import named_as_image, walked
from likewise.sources._walk import walk
from likewise.sources.base import Item, Refused, Source, is_url, location

_NAMES = ("data.yaml", "dataset.yaml", "data.yml")
_CLASSES = ("classes.txt", "obj.names")
_SPLITS = ("train", "val", "test")
_LARGEST = 1 << 20  # bytes of a text of boxes or of a YAML


@dataclass(eq=False)
class Yolo(Source):
    """Images of a YOLO folder, with the names of what is in them as the metadata "labels".

    The boxes of ``images/a/b.jpg`` are in ``labels/a/b.txt``, a line each: class, centre and size
    as shares of the sides, or class and the corners of a polygon. With `boxes` each line is an
    item, too: the part of the image that is in the box.

    Attributes:
        root: the folder that has data.yaml (or classes.txt) in it, or the YAML itself.
        boxes: whether each line becomes an item of its own.
        skipped: how many files are no images by their names; texts of boxes do not count.
    """

    root: str
    boxes: bool = False
    skipped: int = field(default=0, init=False)
    ids_are_paths: ClassVar[bool] = True
    annotated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        where = Path(location(self.root))
        self._folder = where.parent if where.is_file() else where
        if is_url(self.root) or not self._folder.is_dir():
            raise NotFoundError(f"the folder '{self.root}' does not exist; check its spelling")
        self._yaml = where if where.is_file() else _first(self._folder, _NAMES)

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a folder with a data.yaml or a folder labels in it, and for such a YAML."""
        if is_url(what):
            return 0
        path = Path(location(what))
        if path.is_file():
            return 2 * int(path.suffix.lower() in (".yaml", ".yml"))
        known = _first(path, _NAMES) or ((path / "labels").is_dir() and (path / "images").is_dir())
        return 2 * int(bool(known))

    @property
    def base(self) -> str:
        """The folder, with a slash."""
        return os.path.join(self._folder, "")  # noqa: PTH118 - the slash is wanted

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._folder.name or "root"

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, and with `boxes` one for each line after it.

        Raises:
            BadInputError: the YAML cannot be read.
        """
        self.skipped = 0
        names, splits = self._described()
        for name, entry in walk(str(self._folder)):
            if isinstance(entry, Refused):
                yield entry
            elif not named_as_image(name):
                self.skipped += not name.endswith((".txt", ".yaml", ".yml", ".cache"))
            else:
                split = next((s for s, top in splits.items() if name.startswith(top)), None)
                metadata: dict[str, Any] = {"split": split} if split else {}
                item = walked(name, entry, metadata)
                if isinstance(item, Item):
                    yield from self._with_boxes(item, names)
                elif item is not None:
                    yield item

    def _with_boxes(self, item: Item, names: Mapping[int, str]) -> Iterator[Item | Refused]:
        lines, bad = _lines(self._folder / _labels_of(item.id))
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

    def _described(self) -> tuple[dict[int, str], dict[str, str]]:
        """Names of classes by number, and the beginning of the ids of each part."""
        if self._yaml is None:
            text = _first(self._folder, _CLASSES) or _first(self._folder / "labels", _CLASSES)
            lines = [] if text is None else text.read_text(encoding="utf-8").splitlines()
            return {number: line.strip() for number, line in enumerate(lines)}, {}
        try:
            if self._yaml.stat().st_size > _LARGEST:
                raise BadInputError(f"{self._yaml} is too large for a description of a dataset")
            said = yaml.safe_load(self._yaml.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            why = " ".join(str(error).split())[:120]
            raise BadInputError(f"{self._yaml} cannot be read as YAML ({why}); mend it") from error
        except OSError as error:
            raise BadInputError(f"{self._yaml} cannot be read ({error.strerror})") from error
        if not isinstance(said, dict) or not isinstance(said.get("names", {}), dict | list):
            raise BadInputError(
                f"{self._yaml} does not describe a YOLO dataset; one with 'names' is wanted"
            )
        return _class_names(said.get("names", {})), self._parts(said)

    def _parts(self, said: Mapping[str, Any]) -> dict[str, str]:
        home = str(said.get("path") or "")
        found: dict[str, str] = {}
        for split in _SPLITS:
            where = said.get(split)
            for one in where if isinstance(where, list) else [where]:
                if isinstance(one, str) and not one.endswith(".txt"):
                    for top in (self._folder / one, self._folder / home / one, Path(home) / one):
                        path = Path(os.path.normpath(top))
                        if path.is_dir() and path.is_relative_to(self._folder):
                            inside = path.relative_to(self._folder).as_posix()
                            found.setdefault(split, "" if inside == "." else f"{inside}/")
        return found


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
        if path.stat().st_size > _LARGEST:
            return [], [(0, f"{path.name} is too large for a text of boxes")]
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return [], []
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


def _class_names(said: Any) -> dict[int, str]:
    pairs = said.items() if isinstance(said, dict) else enumerate(said)
    return {int(number): str(name) for number, name in pairs if str(number).isdigit()}


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)
