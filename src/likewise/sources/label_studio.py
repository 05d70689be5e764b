"""Label Studio's JSON: tasks, each with an image, and what people drew or chose on it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import ijson

from likewise.box import Box
from likewise.decode import Limits
from likewise.errors import BadInputError, NotFoundError
from likewise.sources import _rows
from likewise.sources._boxes import Drawn, finite, labelled, parts_of
from likewise.sources._confine import allowed_folders, local_path, outside
from likewise.sources._files import folder_beside, look_at, named_as_image, path_id
from likewise.sources._json import opened_json
from likewise.sources._places import file_at, is_web, read_place
from likewise.sources.base import UNKNOWN, Item, Refused, Source, is_url, location

_HEAD = 1 << 16  # bytes of a JSON that are looked at to tell what it is
_LOCAL, _UPLOAD = "/data/local-files/", "/data/upload/"
_KINDS = ("choices", "rectanglelabels")


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
        allow_urls: whether what http(s) URLs lead to may be downloaded.
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
        own = [self._folder, self._file.parent]
        self._allowed = allowed_folders(own, self.allow_folders)

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
        return os.path.join(self._folder, "")  # noqa: PTH118 - the slash is wanted

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
        seen: set[str] = set()
        for number, task in enumerate(self._tasks(), 1):
            data = task.get("data")
            where, key = self._image(data) if isinstance(data, dict) else ("", "")
            if not isinstance(data, dict) or not where:
                yield Refused(f"task {number}", "it has no image in its data")
                continue
            item = self._located(where, {k: v for k, v in data.items() if k != key})
            if item.id in seen:
                yield Refused(f"{item.id} (task {number})", "its image is that of another task")
                continue
            seen.add(item.id)
            yield from [item] if isinstance(item, Refused) else self._labelled(item, task)

    def read(self, item: Item, limits: Limits) -> bytes:
        """The bytes of a task's image; see `Source.read`."""
        return read_place(item.uri, limits, item.size)

    def path(self, item: Item) -> Path | None:
        """The file that a task names."""
        return file_at(item.uri)

    def _tasks(self) -> Iterator[dict[str, Any]]:
        with opened_json(self._file, self.root, "export it again") as file:
            for task in ijson.items(file, "item", use_float=True):
                yield task if isinstance(task, dict) else {}

    def _image(self, data: Mapping[str, Any]) -> tuple[str, str]:
        """Where a task's image is, and which piece of its data says so; "" for nowhere."""
        wanted = self.image_key or ("image" if isinstance(data.get("image"), str) else "")
        for key, value in data.items():
            if isinstance(value, str) and value.strip():
                where = _place(value)
                if key == wanted or (not wanted and named_as_image(urlsplit(where).path)):
                    return where, key
        return "", ""

    def _located(self, where: str, metadata: Mapping[str, Any]) -> Item | Refused:
        said = _rows.plain(metadata)
        if is_web(where):
            if not self.allow_urls:
                raise BadInputError(
                    f"{self.root} has URLs, such as {where}; nothing is downloaded unless you say "
                    "so with --allow-urls"
                )
            return Item(where, where, UNKNOWN, 0, said)
        if is_url(where):
            return Item(where, where, UNKNOWN, 0, said)
        path = os.path.normpath(self._folder / where)
        key = path_id(where, self.base)
        why = outside(path, self._allowed)
        return look_at(key, path, said) if why is None else Refused(key, why)

    def _labelled(self, item: Item, task: Mapping[str, Any]) -> Iterator[Item | Refused]:
        said = _newest(task.get("annotations") or task.get("completions"))
        guessed = _newest(task.get("predictions")) if self.predictions else []
        if any("choices" in one["value"] for one in said):
            guessed = [one for one in guessed if "choices" not in one["value"]]
        regions = {str(one.get("id")): {**one, "by": "rule"} for one in guessed}
        regions |= {str(one.get("id")): {**one, "by": "person"} for one in said}
        chosen = [(key, one, _labels(one)) for key, one in regions.items()]
        names = [label for _, _, labels in chosen for label in labels]
        boxed = any("x" in one["value"] for _, one, _ in chosen)
        if len(names) == 1 and not boxed:
            ((_, one, _),) = (entry for entry in chosen if entry[2])
            known = {"label": names[0], "labelled_by": one["by"], "score": one.get("score")}
            item = replace(item, metadata={**item.metadata, **_rows.plain(known)})
        else:
            item = labelled(item, names)
        yield item
        for key, one, labels in chosen:
            if not (labels and "x" in one["value"]):
                continue
            if self.boxes:
                yield from _part(item, key, one, labels[0])
            else:
                self.tally.add_boxes(1)


def _part(item: Item, key: str, region: Mapping[str, Any], label: str) -> Iterator[Item | Refused]:
    """The part of an image that is in a rectangle, whose sides are percents of the image's."""
    value = region["value"]
    size = region.get("original_width"), region.get("original_height")
    shares = [value.get(side) for side in ("x", "y", "width", "height")]
    if value.get("rotation") or region.get("image_rotation"):
        yield Refused(f"{item.id}#{key}", "its rectangle or its image was turned")
    elif not finite(*size, *shares) or 0 in size:
        yield Refused(f"{item.id}#{key}", "its rectangle has no sides, or no size of the image")
    else:
        width, height = (int(side) for side in size if side is not None)
        x, y, wide, high = (float(share) / 100 for share in shares if share is not None)
        box = Box(x * width, y * height, wide * width, high * height)
        more = _rows.plain({"labelled_by": region["by"], "score": region.get("score")})
        yield from parts_of(item, [Drawn(key, label, box, more)], (width, height))


def _newest(results: Any) -> list[dict[str, Any]]:
    """Regions of the annotation or prediction that counts; none where there is none."""
    listed = [one for one in results if isinstance(one, dict)] if isinstance(results, list) else []
    valid = [one for one in listed if not one.get("was_cancelled")]
    if not valid:
        return []
    best = max(
        enumerate(valid),
        key=lambda it: (bool(it[1].get("ground_truth")), str(it[1].get("updated_at", "")), it[0]),
    )[1]
    regions = best.get("result")
    return [
        one
        for one in (regions if isinstance(regions, list) else [])
        if isinstance(one, dict) and isinstance(one.get("value"), dict)
    ]


def _labels(region: Mapping[str, Any]) -> Sequence[str]:
    """The classes of a choice or a rectangle; none for another kind of region."""
    for kind in _KINDS:
        if isinstance(given := region["value"].get(kind), list):
            return [str(label) for label in given]
    return []


def _place(value: str) -> str:
    """Where a task's image is: Label Studio's own addresses as paths below its folder of files.

    Example:
        >>> _place("/data/local-files/?d=images/a%20b.png"), _place("/data/upload/7/ab12-tom.jpg")
        ('images/a b.png', '7/ab12-tom.jpg')
    """
    own = urlsplit(value)
    if own.path == _LOCAL and not own.scheme:
        return local_path((parse_qs(own.query).get("d") or [""])[0])
    if value.startswith(_UPLOAD):
        return unquote(value.removeprefix(_UPLOAD))
    return local_path(value)
