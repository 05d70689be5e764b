"""Tasks for Label Studio: images with what the rule predicts and what people said already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from likewise.export.base import Dataset, Row
from likewise.export.formats._by_image import by_image, has_several_labels, image_facts
from likewise.export.formats._images import Images, Link, image_id, image_size
from likewise.export.formats._json_lists import write_json_list

LOCAL_FILES = "/data/local-files/?d="
"""Where Label Studio serves files of its own machine, once it is allowed to."""


@dataclass(frozen=True)
class LabelStudio:
    """Label Studio tasks with predictions and scores: ``tasks.json``, ``labels.xml``, ``images/``.

    What the rule or a round decided is a prediction, what a person said an annotation. Parts of
    images are rectangles. Several labels of an image are the choices of one task.

    Attributes:
        url: what an image's path in the dataset is put behind. The usual one is for local files:
            start Label Studio with LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true and the dataset
            as LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT.
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    url: str = LOCAL_FILES
    link: Link = "copy"

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        boxes = any(row.box is not None for row in dataset.rows)
        several = not boxes and has_several_labels(dataset)
        config = _config(dataset.classes, boxes, several)
        (folder / "labels.xml").write_text(config, encoding="utf-8")
        write_json_list(folder / "tasks.json", self._tasks(dataset, folder / "images", boxes))

    def _tasks(self, dataset: Dataset, home: Path, boxes: bool) -> Iterator[dict[str, Any]]:
        images = Images(self.link)
        version = f"likewise {dataset.stem} {dataset.about.get('rule', '')}".strip()
        groups = (rows for split in dataset.splits or ("",) for rows in by_image(dataset, split))
        for number, rows in enumerate(groups, 1):
            first = rows[0]
            name = images.put_image(first, home) if boxes else images.put(first, home)
            size = image_size(first)
            data = {
                "image": f"{self.url}{quote(f'images/{name}')}",
                "item": image_id(first),
                **({"split": first.split} if first.split else {}),
                **image_facts(rows),
            }
            predicted = [row for row in rows if row.decided_by in ("rule", "round")]
            labelled = [row for row in rows if row.decided_by in ("person", "given")]
            task: dict[str, Any] = {"id": number, "data": data}
            if predicted:
                task["predictions"] = [_prediction(predicted, size, boxes, version)]
            if labelled:
                regions = _regions(labelled, size, boxes)
                task["annotations"] = [{"result": regions, "was_cancelled": False}]
            yield json.loads(json.dumps(task, default=str))


def _prediction(
    rows: Sequence[Row], size: tuple[int, int], boxes: bool, version: str
) -> dict[str, Any]:
    regions = _regions(rows, size, boxes, True)
    return {"model_version": version, **_least_score(rows), "result": regions}


def _least_score(rows: Sequence[Row]) -> dict[str, float]:
    """The score of the least sure row, which is what needs a look; none where it is not 0 to 1.

    Label Studio refuses a prediction whose score is outside, as that of a rule without
    probabilities may be.
    """
    score = min(map(_sureness, rows))
    return {"score": score} if 0 <= score <= 1 else {}


def _sureness(row: Row) -> float:
    return row.score if row.probability is None else row.probability


def _regions(
    rows: Sequence[Row], size: tuple[int, int], boxes: bool, scores: bool = False
) -> list[dict[str, Any]]:
    """A rectangle for each row; without boxes one region with all labels, as a task has one."""
    groups = [[row] for row in rows] if boxes else [rows]
    return [
        _region(group, size, boxes) | (_least_score(group) if scores else {}) for group in groups
    ]


def _region(rows: Sequence[Row], size: tuple[int, int], boxes: bool) -> dict[str, Any]:
    row, (width, height) = rows[0], size
    region = {
        "id": sha256(row.id.encode()).hexdigest()[:10],
        "from_name": "label",
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
    }
    if not boxes:
        return {**region, "type": "choices", "value": {"choices": [row.label for row in rows]}}
    x, y, wide, high = row.box or (0, 0, width, height)
    left, top = max(0.0, x), max(0.0, y)
    right, bottom = min(float(width), x + wide), min(float(height), y + high)
    box = {
        "x": 100 * left / width,
        "y": 100 * top / height,
        "width": 100 * (right - left) / width,
        "height": 100 * (bottom - top) / height,
        "rotation": 0,
        "rectanglelabels": [row.label],
    }
    return {**region, "type": "rectanglelabels", "value": box}


def _config(classes: Sequence[str], boxes: bool, several: bool) -> str:
    """The labelling configuration to paste into the project."""
    outer, inner = ("RectangleLabels", "Label") if boxes else ("Choices", "Choice")
    lines = "".join(f"    <{inner} value={quoteattr(label)}/>\n" for label in classes)
    many = "multiple" if several else "single"
    choice = "" if boxes else f' choice="{many}" showInline="true"'
    return (
        '<View>\n  <Image name="image" value="$image" zoom="true"/>\n'
        f'  <{outer} name="label" toName="image"{choice}>\n{lines}  </{outer}>\n</View>\n'
    )
