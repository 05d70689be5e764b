"""Label Studio's JSON: tasks, each with an image, and what people drew or chose on it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import ijson

from likewise.errors import NotFoundError
from likewise.images.decode import Limits
from likewise.sources import _rows
from likewise.sources._allowed_folders import allowed_folders, local_path, outside
from likewise.sources._boxes import labelled
from likewise.sources._files import folder_beside, look_at, named_as_image, path_id
from likewise.sources._json import opened_json
from likewise.sources._label_studio_regions import image_facts, part_of, regions_of
from likewise.sources._locations import (
    file_at,
    read_location,
    remote_entry,
)
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash

_HEAD = 1 << 24  # bytes of a JSON that are looked at to tell what it is
_LOCAL, _UPLOAD = "/data/local-files/", "/data/upload/"


@dataclass(eq=False)
class LabelStudio(Source):
    """Images of Label Studio tasks, as it exports them ("JSON") or takes them in.

    What a person chose is the metadata "label", or "labels" where it is more than one or has
    boxes; what else a task's data says is metadata, too. Of several annotations the newest counts,
    before all others one that is the ground truth; those that were cancelled never do.

    Attributes:
        root: the JSON.
        images: the folder that local files and uploads lie in, seen from the JSON's or from the
            current one; the JSON's own unless given.
        image_key: which piece of a task's data is the image; ``image``, or else the first that is
            named like one, unless given.
        boxes: whether each rectangle becomes an item of its own.
        predictions: whether what a model predicted counts, too: its rectangles beside people's,
            its choice where no person chose.
        allow_urls: whether URLs may be read: http(s), and object storage with your own keys.
        allow_folders: folders besides these whose images it may name, with `os.pathsep` between.
        skipped: 0.
    """

    root: str
    images: str = ""
    image_key: str = ""
    boxes: bool = False
    predictions: bool = False
    allow_urls: bool = False
    allow_folders: str = ""
    skipped: int = field(default=0, init=False)
    annotated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._file = Path(location(self.root))
        if is_url(self.root) or not self._file.is_file():
            raise NotFoundError(f"the file of tasks '{self.root}' does not exist; check it")
        self._folder = self._file.parent
        if self.images:
            self._folder = folder_beside(self._file, self.images)
            self.images = os.path.relpath(self._folder, self._file.parent)
        default_folders = [self._folder, self._file.parent]
        self._allowed = allowed_folders(default_folders, self.allow_folders)

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a .json with a list of tasks in it."""
        path = Path(location(what))
        if path.suffix.lower() != ".json" or is_url(what) or not path.is_file():
            return 0
        with path.open("rb") as file:
            head = file.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
        return 2 * int(head.startswith(b"[") and bool(re.search(rb'"data"\s*:\s*\{', head)))

    @property
    def base(self) -> str:
        """The folder of images, with a slash."""
        return with_slash(self._folder)

    @property
    def name(self) -> str:
        """The JSON's name without its ending."""
        return self._file.stem

    def items(self) -> Iterator[Item | Refused]:
        """An item for each task, and with `boxes` one for each rectangle after it.

        Raises:
            CorruptError: it is no JSON.
            BadInputError: it has URLs, and they were not allowed.
        """
        yielded: set[str] = set()
        for number, task in enumerate(self._tasks(), 1):
            data = task.get("data")
            where, key = self._image(data) if isinstance(data, dict) else ("", "")
            if not isinstance(data, dict) or not where:
                yield Refused(f"task {number}", "it has no image in its data")
                continue
            item = self._located(where, {k: v for k, v in data.items() if k != key})
            if item.id in yielded:
                yield Refused(f"{item.id} (task {number})", "its image is that of another task")
                continue
            yielded.add(item.id)
            yield from [item] if isinstance(item, Refused) else self._labelled(item, task)

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of a task's image; see `Source.read`."""
        return read_location(item.uri, limits, item.size, self.allow_urls)

    def path(self, item: Item) -> Path | None:
        """The file that a task names."""
        return file_at(item.uri)

    def _tasks(self) -> Iterator[dict[str, Any]]:
        with opened_json(self._file, self.root, "export it again") as file:
            for task in ijson.items(file, "item", use_float=True):
                yield task if isinstance(task, dict) else {}

    def _image(self, data: Mapping[str, Any]) -> tuple[str, str]:
        """Where a task's image is, and which piece of its data says so; "" for nowhere."""
        image_field = self.image_key or ("image" if isinstance(data.get("image"), str) else "")
        for key, value in data.items():
            if isinstance(value, str) and value.strip():
                where = _location(value)
                if key == image_field or (not image_field and named_as_image(urlsplit(where).path)):
                    return where, key
        return "", ""

    def _located(self, where: str, metadata: Mapping[str, Any]) -> Item | Refused:
        plain = _rows.plain(metadata)
        entry = remote_entry(where, where, plain, self.allow_urls, self.root)
        if entry is not None:
            return entry
        path = os.path.normpath(self._folder / where)
        key = path_id(where, self.base)
        why = outside(path, self._allowed)
        return look_at(key, path, plain) if why is None else Refused(key, why)

    def _labelled(self, item: Item, task: Mapping[str, Any]) -> Iterator[Item | Refused]:
        regions = regions_of(task, self.predictions, self.tally, item.id)
        item = image_facts(item, regions)
        named = [region for region in regions if region.labels]
        names = [label for region in named for label in region.labels]
        boxed = [region for region in named if region.value is not None]
        if len(names) == 1 and not boxed:
            facts = {"label": names[0], "labelled_by": named[0].by,
                     "score": named[0].source.get("score")}  # fmt: skip
            item = replace(item, metadata={**item.metadata, **_rows.plain(facts)})
        else:
            item = labelled(item, names)
        yield item
        if not self.boxes:
            self.tally.add_boxes(len(boxed))
            return
        for region in boxed:
            yield from part_of(item, region, self.tally)


def _location(value: str) -> str:
    """Where a task's image is: Label Studio's own addresses as paths below its folder of files.

    Example:
        >>> _location("/data/local-files/?d=images/a%20b.png"), _location("/data/upload/7/tom.jpg")
        ('images/a b.png', '7/tom.jpg')
    """
    address = urlsplit(value)
    if address.path == _LOCAL and not address.scheme:
        return local_path((parse_qs(address.query).get("d") or [""])[0])
    if value.startswith(_UPLOAD):
        return unquote(value.removeprefix(_UPLOAD))
    return local_path(value)
