"""FiftyOne's own plain format: a folder of images, data/, and one JSON of labels, labels.json."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import ijson

from likewise.core.box import Box
from likewise.core.regular_files import open_regular
from likewise.errors import NotFoundError
from likewise.images.decode import BadImageError
from likewise.sources import _rows
from likewise.sources._boxes import Drawn, finite, labelled, parts_of, size_of
from likewise.sources._files import named_as_image, walked
from likewise.sources._json import opened_json
from likewise.sources._walk import walk
from likewise.sources.base import Item, Refused, Source, is_url, location, with_slash

_LABELS, _IMAGES = "labels.json", "data"
_HEAD = 1 << 10  # bytes of a JSON that are looked at; one of COCO has the same name
_OWN = ("label", "bounding_box", "attributes", "mask", "mask_path")


@dataclass(eq=False)
class Fiftyone(Source):
    """Images of a FiftyOne dataset, with the label and its attributes as metadata.

    It reads what FiftyOne exports as FiftyOneImageClassificationDataset or
    FiftyOneImageDetectionDataset: ``data/`` and ``labels.json``, or folders that have these in
    them, whose names become the metadata "split". An image with one class has it as "label"; what
    is on one with several, or with boxes, is "labels".

    Attributes:
        root: the folder.
        boxes: whether each box becomes an item of its own.
        skipped: how many files of data/ are no images by their names.
    """

    root: str
    boxes: bool = False
    skipped: int = field(default=0, init=False)
    ids_are_paths: ClassVar[bool] = True
    annotated: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.root = os.fspath(self.root)
        self._folder = Path(location(self.root))
        if is_url(self.root) or not _parts(self._folder):
            raise NotFoundError(
                f"there is no {_LABELS} of FiftyOne with a folder {_IMAGES} beside it in "
                f"'{self.root}', nor in a folder of it; check its spelling"
            )

    @classmethod
    def recognises(cls, what: str) -> int:
        """2 for a folder with both in it, or with folders that have both in them."""
        return 2 * int(not is_url(what) and bool(_parts(Path(location(what)))))

    @property
    def base(self) -> str:
        """The folder, with a slash."""
        return with_slash(self._folder)

    def items(self) -> Iterator[Item | Refused]:
        """An item for each image, and with `boxes` one for each box after it.

        Raises:
            CorruptError: a labels.json is no JSON.
        """
        self.skipped = 0
        for split in _parts(self._folder):
            home = f"{split}/{_IMAGES}" if split else _IMAGES
            samples = _read(self._folder / split / _LABELS)
            for name, entry in walk(str(self._folder / home), self.tally):
                if isinstance(entry, Refused):
                    yield replace(entry, id=f"{home}/{entry.id}")
                elif not named_as_image(name):
                    self.skipped += 1
                else:
                    stem = os.path.splitext(name)[0]  # noqa: PTH122 - a name, not a path
                    target = json.loads(samples.pop(stem, "null"))
                    metadata = {"split": split} if split else {}
                    item = walked(f"{home}/{name}", entry, metadata)
                    if isinstance(item, Item):
                        yield from self._labelled(item, target)
                    elif item is not None:
                        yield item
            for stem in samples:
                yield Refused(
                    f"{home}/{stem}", f"missing: {_LABELS} names it, {_IMAGES} has it not"
                )

    def _labelled(self, item: Item, target: Any) -> Iterator[Item | Refused]:
        several = isinstance(target, list)
        listed = [label for label in (target if several else [target]) if isinstance(label, dict)]
        if not several:
            facts = {**_more(listed[0]), "label": listed[0]["label"]} if listed else {}
            yield replace(item, metadata={**item.metadata, **facts})
            return
        facts = {} if any("bounding_box" in label for label in listed) else _in_all(listed)
        item = replace(item, metadata={**item.metadata, **facts})
        item = labelled(item, (label["label"] for label in listed))
        yield item
        boxed = [(key, label) for key, label in enumerate(listed, 1) if "bounding_box" in label]
        if not self.boxes:
            self.tally.add_boxes(len(boxed))
        if not (self.boxes and boxed):
            return
        try:
            size = size_of(item.uri)
        except BadImageError:
            return  # the image is refused when it is read
        drawn = [
            Drawn(str(key), label["label"], _box(label["bounding_box"], size), _more(label))
            for key, label in boxed
        ]
        yield from parts_of(item, drawn, size)


def _parts(folder: Path) -> list[str]:
    """Folders with labels and images in them, from this one: "" for itself, or those in it."""
    if _is_dataset(folder):
        return [""]
    try:
        return sorted(path.name for path in folder.iterdir() if _is_dataset(path))
    except OSError:
        return []


def _is_dataset(folder: Path) -> bool:
    try:
        if not (folder / _IMAGES).is_dir():
            return False
        with open_regular(folder / _LABELS) as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return False
    return re.match(rb'\s*\{\s*"(classes"\s*:|labels"\s*:\s*\{)', head) is not None


def _read(path: Path) -> dict[str, str]:
    """What is said of each image by its name without ending, as JSON to keep it small."""
    with opened_json(path, path, "write it again") as file:
        classes = [str(name) for name in ijson.items(file, "classes.item")]
    with opened_json(path, path, "write it again") as file:
        found = ijson.kvitems(file, "labels", use_float=True)
        return {key: json.dumps(_named(target, classes)) for key, target in found}


def _named(target: Any, classes: Sequence[str]) -> Any:
    """A target whose labels are objects with the names of their classes; None for none."""
    if isinstance(target, list):
        return [name for name in (_named(x, classes) for x in target) if name is not None]
    name = target if isinstance(target, dict) else {"label": target}
    label = name.get("label")
    if isinstance(label, int) and not isinstance(label, bool) and 0 <= label < len(classes):
        label = classes[label]
    return None if label is None else {**name, "label": str(label)}


def _more(label: Mapping[str, Any]) -> dict[str, Any]:
    """What a label says besides its class: its confidence and its attributes."""
    attributes = label.get("attributes")
    facts = {key: value for key, value in label.items() if key not in _OWN}
    return _rows.plain({**(attributes if isinstance(attributes, dict) else {}), **facts})


def _in_all(labels: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all labels of an image say alike besides their classes: it is of the image."""
    first, *others = [_more(label) for label in labels] or [{}]
    return {
        key: value
        for key, value in first.items()
        if all(key in other and other[key] == value for other in others)
    }


def _box(shares: Any, size: tuple[int, int]) -> Box:
    """Left, top, width and height as shares of the sides, in pixels; of no size where bad."""
    if not (isinstance(shares, list) and len(shares) == 4 and finite(*shares)):
        return Box(0, 0, 0, 0)
    (x, y, wide, high), (width, height) = shares, size
    return Box(x * width, y * height, wide * width, high * height)
