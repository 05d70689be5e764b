"""YOLO as Ultralytics reads it: class folders to classify, text files with boxes to detect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from likewise.core.file_names import FileNames, file_name
from likewise.export.base import Dataset, Row
from likewise.export.formats._by_image import by_image
from likewise.export.formats._images import Images, Link, image_size


@dataclass(frozen=True)
class Yolo:
    """YOLO: ``train/LABEL/NAME``; or ``images/``, ``labels/`` and ``data.yaml`` with boxes.

    Attributes:
        task: "classify", "detect", or "auto": detect where the dataset has parts of images. To
            detect, a whole image is a box that is all of it.
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    task: Literal["auto", "classify", "detect"] = "auto"
    link: Link = "copy"

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        boxes = any(row.box is not None for row in dataset.rows) if self.task == "auto" else False
        if self.task == "detect" or boxes:
            self._write_boxes(dataset, folder)
        else:
            self._write_classes(dataset, folder)

    def _write_classes(self, dataset: Dataset, folder: Path) -> None:
        images = Images(self.link)
        for split, rows in dataset.by_split():
            for row in rows:
                images.put(row, folder / _part(split) / file_name(row.label))

    def _write_boxes(self, dataset: Dataset, folder: Path) -> None:
        images = Images(self.link, FileNames(stems=True))
        classes = {label: number for number, label in enumerate(dataset.classes)}
        for split in dataset.splits or ("",):
            labels = folder / "labels" / _part(split)
            labels.mkdir(parents=True, exist_ok=True)
            for group in by_image(dataset, split):
                name = images.put_image(group[0], folder / "images" / _part(split))
                lines = box_lines(group, classes)
                (labels / f"{Path(name).stem}.txt").write_text("".join(lines))
        (folder / "data.yaml").write_text(_yaml(dataset), encoding="utf-8")


def box_lines(rows: Sequence[Row], classes: dict[str, int]) -> list[str]:
    """A line for each row of one image: class, centre and size as shares of the sides.

    What lies outside the image is cut off, and a box that is all outside is left out.
    """
    width, height = image_size(rows[0])
    lines = []
    for row in rows:
        x, y, wide, high = row.box or (0, 0, width, height)
        left, right = _clipped(x, x + wide, width)
        top, bottom = _clipped(y, y + high, height)
        if left < right and top < bottom:
            shares = ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
            lines.append(f"{classes[row.label]} " + " ".join(f"{x:.8g}" for x in shares) + "\n")
    return lines


def _clipped(start: float, end: float, side: int) -> tuple[float, float]:
    return min(max(start / side, 0.0), 1.0), min(max(end / side, 0.0), 1.0)


def _part(split: str) -> str:
    return file_name(split) if split else "train"


def _yaml(dataset: Dataset) -> str:
    """The file that training starts from; strings in JSON's form are YAML, too.

    It has no `path`: without one Ultralytics takes the file's own folder; "." is the current one.
    """
    parts = {_part(split): split for split in dataset.splits or ("",)}
    trained = "train" if "train" in parts else next(iter(parts))
    checked = next((name for name in ("val", "valid", "validation") if name in parts), trained)
    lines = [f"train: {_text(f'images/{trained}')}", f"val: {_text(f'images/{checked}')}"]
    if "test" in parts:
        lines.append('test: "images/test"')
    names = [f"  {number}: {_text(label)}" for number, label in enumerate(dataset.classes)]
    return "\n".join([*lines, "names:", *names]) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
