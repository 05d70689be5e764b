"""What FiftyOne imports: a folder of images and one JSON of labels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.core.file_names import FileNames, file_name
from likewise.export.base import Dataset, Row
from likewise.export.formats._by_image import by_image, has_several_labels
from likewise.export.formats._images import Images, Link, image_size
from likewise.export.formats._json_lists import write_json

_TAKEN = frozenset({"id", "label", "confidence", "logits", "tags", "bounding_box", "mask",
                    "mask_path", "index", "instance", "item", "score", "decided_by"})  # fmt: skip


@dataclass(frozen=True)
class Fiftyone:
    """What FiftyOne imports: ``data/`` and ``labels.json``, in a folder for each split.

    It is a FiftyOneImageClassificationDataset, or a FiftyOneImageDetectionDataset where there are
    parts of images. Every image has a list of labels where any image has several. Scores and
    metadata come as attributes of the labels, under `metadata_NAME` where a label has that itself.

    Attributes:
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    link: Link = "copy"

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        images = Images(self.link, FileNames(stems=True))
        boxes = any(row.box is not None for row in dataset.rows)
        several = not boxes and has_several_labels(dataset)
        for split in dataset.splits or ("",):
            home = folder / file_name(split) if split else folder
            home.mkdir(exist_ok=True)
            write_json(
                home / "labels.json",
                {"classes": list(dataset.classes)},
                labels=_labels(by_image(dataset, split), images, home / "data", boxes, several),
            )


def _labels(
    groups: Iterator[list[Row]], images: Images, home: Path, boxes: bool, several: bool
) -> Iterator[tuple[str, Any]]:
    """The label of each image by its file's stem, which is how they are told apart."""
    for group in groups:
        if boxes:
            name = images.put_image(group[0], home)
            yield Path(name).stem, _detections(group)
        else:
            name = images.put(group[0], home)
            listed = [_labelled(row) for row in group]
            yield Path(name).stem, listed if several else listed[0]


def _detections(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Boxes as shares of the sides: left, top, width, height."""
    width, height = image_size(rows[0])
    found = []
    for row in rows:
        x, y, wide, high = row.box or (0, 0, width, height)
        shares = [x / width, y / height, wide / width, high / height]
        found.append({"bounding_box": shares, **_labelled(row)})
    return found


def _labelled(row: Row) -> dict[str, Any]:
    more = {
        f"metadata_{key}" if key in _TAKEN else key: value
        for key, value in row.metadata.items()
        if key.isidentifier() and not key.startswith("_")
    }
    facts = {"item": row.id, "score": row.score, "decided_by": row.decided_by}
    return {
        "label": row.label,
        "confidence": row.probability,
        "attributes": json.loads(json.dumps({**facts, **more}, default=str)),
    }
