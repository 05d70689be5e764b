"""COCO annotations: a JSON of images, categories and boxes, beside a folder of images."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import ijson

from likewise.errors import BadInputError, NotFoundError
from likewise.sources import _rows
from likewise.sources._allowed_folders import allowed_folders, is_inside, local_path, outside
from likewise.sources._boxes import Drawn, labelled, measured_parts
from likewise.sources._coco_annotations import Annotation, Annotations, key_of
from likewise.sources._files import folder_beside, look_at, path_id
from likewise.sources._json import opened_json
from likewise.sources._locations import is_web
from likewise.sources._summary import Tally
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash

_HEAD = 1 << 24  # bytes of a JSON that are looked at to tell what it is
_OWN = ("id", "file_name", "width", "height")  # of an image; all else is metadata


@dataclass(eq=False)
class Coco(Source):
    """Images that a COCO JSON names, with the names of their categories as the metadata "labels".

    With `boxes` each annotation is an item, too: the part of the image that is in its box, or
    that its polygons fit into. The JSON is parsed as a stream; of an annotation no more than the
    box and a few numbers is kept. Ids are the same whether they are numbers or text.

    Attributes:
        root: the JSON, such as ``annotations/instances_val2017.json``.
        images: the folder that file names are relative to, seen from the JSON's or from the
            current one; looked for around the JSON unless given.
        boxes: whether each annotation with a box becomes an item of its own.
        stored_pixels: boxes are in the pixels of the file as it is stored, before EXIF's turn.
        allow_folders: folders besides these whose images it may name, with `os.pathsep` between.
        skipped: 0.
    """

    root: str
    images: str = ""
    boxes: bool = False
    stored_pixels: bool = False
    allow_folders: str = ""
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
        self._parsed: tuple[int, dict[str, str], Annotations, Counter[str]] | None = None

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
        return with_slash(self._folder)

    @property
    def name(self) -> str:
        """The JSON's name without its ending."""
        return self._file.stem

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, and with `boxes` one for each annotation after it.

        Raises:
            CorruptError: it is no JSON, or none of COCO.
        """
        categories, annotations, last_parts = self._read()
        allowed = self._allowed(self._folder)
        annotations.begin()
        yielded: set[str] = set()
        ids: set[str | None] = {None}
        for number, image in enumerate(self._objects("images", self.tally), 1):
            image_id = key_of(image.get("id"))
            drawn = annotations.of(image_id) if image_id not in ids else []
            if image_id in ids and image_id is not None:
                reason = "images with the id of another one, left without labels"
                self.tally.omit(reason, f"image {number} with the id {image_id}")
            ids.add(image_id)
            name = image.get("file_name")
            if not isinstance(name, str) or not name:
                yield Refused(f"image {number}", "it has no 'file_name'")
                continue
            written = _last_part(name) if last_parts else _resolved(self._folder, name)
            path = os.path.normpath(self._folder / written)
            key = path_id(path, self.base)
            why = outside(path, allowed)
            if last_parts[_last_part(name)] > 1:
                why = f"another image is named {_last_part(name)}, too, in another folder"
            if key in yielded:
                yield Refused(f"{key} (image {number})", why or "its file name is given twice")
                continue
            yielded.add(key)
            entry = look_at(key, path, _metadata(image)) if why is None else None
            if isinstance(entry, Item):
                size = image.get("width"), image.get("height")
                yield from self._of_image(entry, drawn, categories, size)
            else:
                yield entry or Refused(key, str(why))
        annotations.end(self.tally)

    def _of_image(
        self, item: Item, drawn: list[Annotation], categories: Mapping[str, str], size: Any
    ) -> Iterator[Item | Refused]:
        unnamed = [region.category for region in drawn if region.category not in categories]
        if unnamed:
            reason = "annotations of a category without a name, labelled by its id"
            self.tally.note(reason, f"category {unnamed[0]} on {item.id}", len(unnamed))
        item = labelled(
            item, (categories.get(region.category, region.category) for region in drawn)
        )
        yield item
        if not self.boxes:
            self.tally.add_boxes(sum(region.has_box for region in drawn))
            return
        parts = [
            Drawn(region.key, categories.get(region.category, region.category), region.box)
            for region in drawn
            if region.box is not None
        ]
        yield from measured_parts(item, parts, size, self.stored_pixels, self.tally)

    def _read(self) -> tuple[dict[str, str], Annotations, Counter[str]]:
        """Categories by key, all annotations, and the last parts of names where they are needed.

        They are read again when the file has changed.
        """
        modified = self._file.stat().st_mtime_ns
        if self._parsed is None or self._parsed[0] != modified:
            categories = {
                key: str(entry["name"])
                for entry in self._objects("categories", Tally())
                if (key := key_of(entry.get("id"))) is not None and entry.get("name") is not None
            }
            annotations = Annotations(partial(self._objects, "annotations"), self.boxes)
            self._parsed = modified, categories, annotations, self._last_parts()
        return self._parsed[1:]

    def _last_parts(self) -> Counter[str]:
        """How often each last part of a name occurs, where it is all of a name that is true here.

        Label Studio writes the paths of its own server.
        """
        if any((self._folder / _resolved(self._folder, name)).is_file() for name in self._names()):
            return Counter()
        return Counter(map(_last_part, self._names()))

    def _allowed(self, folder: Path) -> tuple[str, ...]:
        return allowed_folders([folder, self._file.parent], self.allow_folders)

    def _objects(self, name: str, tally: Tally) -> Iterator[dict[str, Any]]:
        """The objects of one of the lists, one at a time; what else is in it is counted."""
        with opened_json(self._file, self.root, "write it again") as file:
            for number, entry in enumerate(ijson.items(file, f"{name}.item", use_float=True), 1):
                if isinstance(entry, dict):
                    yield entry
                else:
                    tally.omit(f"entries of '{name}' that are no objects", f"number {number}")

    def _names(self) -> Iterator[str]:
        for image in self._objects("images", Tally()):
            if isinstance(name := image.get("file_name"), str) and name:
                yield name

    def _found_folder(self) -> Path:
        """The first folder around the JSON that has one of the images.

        Raises:
            NotFoundError: there is none.
        """
        first = next(self._names(), None)
        if first is None:
            raise BadInputError(
                f"{self.root} names no images; a COCO file with a list 'images' is wanted, each "
                "with a 'file_name'"
            )
        if is_web(first):
            raise BadInputError(
                f"{self.root} names images by URL, such as {first}; download them, or make a "
                "table of them and index that with --allow-urls"
            )
        around = [folder for folder in _around(self._file) if folder.is_dir()]
        far: str | None = None
        for spelled in (_resolved, lambda folder, name: _last_part(name)):
            for name in self._names():
                for folder in around:
                    path = folder / spelled(folder, name)
                    if path.is_file():
                        if is_inside(path, self._allowed(folder)):
                            return folder
                        far = far or outside(os.path.normpath(path), self._allowed(folder))
        if far:
            raise BadInputError(f"'{first}', the first image of {self.root}, is {far}")
        raise NotFoundError(
            f"'{first}', the first image of {self.root}, is in none of "
            f"{', '.join(str(folder) for folder in around)}; say where with --set images=FOLDER"
        )


def _metadata(image: Mapping[str, Any]) -> dict[str, Any]:
    more = {key: value for key, value in image.items() if key not in _OWN}
    return _rows.plain({"image_id": image.get("id"), **more})


def _resolved(folder: Path, name: str) -> str:
    r"""A file name as this machine has it: a ``\`` of Windows is a slash, unless it is a letter."""
    name = local_path(name)
    if "\\" in name and not (folder / name).is_file():
        return name.replace("\\", "/")
    return name


def _last_part(name: str) -> str:
    return re.split(r"[\\/]", name)[-1]


def _around(file: Path) -> list[Path]:
    """Folders in which the images of a COCO file are found as a rule."""
    parent, up = file.parent, file.parent.parent
    part = re.sub(r"^(instances|person_keypoints|captions|panoptic|image_info)_", "", file.stem)
    named = [part, f"images/{part}", "images", "data", "."]
    found = [os.path.normpath(top / x) for top in (parent, up) for x in named]
    if not re.match(r"anno|label|json|coco|meta", parent.name, re.IGNORECASE):
        found.pop()  # else all that lies beside the dataset's folder could be named
    return list(map(Path, dict.fromkeys(found)))
