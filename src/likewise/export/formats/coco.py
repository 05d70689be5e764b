"""COCO: one JSON of images, categories and annotations, beside a folder of images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.core.file_names import file_name
from likewise.export.base import Dataset, Row
from likewise.export.formats._by_image import by_image, image_facts
from likewise.export.formats._images import Images, Link, image_id, image_size
from likewise.export.formats._json_lists import write_json


@dataclass(frozen=True)
class Coco:
    """COCO annotations: ``annotations/instances_default.json`` and ``images/``, or a pair a split.

    A part of an image is an annotation with its box. A whole image is one whose box is all of
    it, so that tools that know only boxes read its class, too; one for each of several labels.

    Attributes:
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    link: Link = "copy"

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        images = Images(self.link)
        (folder / "annotations").mkdir(exist_ok=True)
        for split in dataset.splits or ("",):
            name = file_name(split) if split else ""
            home = folder / "images" / name
            numbers: dict[str, int] = {}
            write_json(
                folder / "annotations" / f"instances_{name or 'default'}.json",
                {
                    "info": {"description": dataset.name, "version": "1.0"},
                    "licenses": [],
                    "categories": [
                        {"id": number, "name": label, "supercategory": ""}
                        for number, label in enumerate(dataset.classes, 1)
                    ],
                },
                images=_images(by_image(dataset, split), images, home, numbers),
                annotations=_annotations(dataset, split, numbers),
            )


def _images(
    groups: Iterator[list[Row]], images: Images, home: Path, numbers: dict[str, int]
) -> Iterator[dict[str, Any]]:
    for rows in groups:
        item = image_id(rows[0])
        numbers[item] = len(numbers) + 1
        width, height = image_size(rows[0])
        yield {"item": item, **image_facts(rows)} | {
            "id": numbers[item],
            "file_name": images.put_image(rows[0], home),
            "width": width,
            "height": height,
        }


def _annotations(dataset: Dataset, split: str, numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    categories = {label: number for number, label in enumerate(dataset.classes, 1)}
    for number, row in enumerate(dataset.of_split(split), 1):
        x, y, width, height = row.box or (0, 0, row.width, row.height)
        of_label = {name: row.metadata[name] for name in row.label_columns}
        yield of_label | {
            "id": number,
            "image_id": numbers[image_id(row)],
            "category_id": categories[row.label],
            "bbox": [x, y, width, height],
            "area": width * height,
            "iscrowd": 0,
            "segmentation": [],
            "item": row.id,
            "score": row.score,
            "probability": row.probability,
            "decided_by": row.decided_by,
        }
