"""What is written for FiftyOne, by its documented formats, and read by it where it is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_datasets import box_rows, dataset_of, odd_dataset, odd_rows

from likewise.export.formats.fiftyone import Fiftyone


def labels_of(folder: Path) -> dict[str, Any]:
    """The labels; every one has an image whose stem it is under."""
    written: dict[str, Any] = json.loads((folder / "labels.json").read_text())
    assert set(written) == {"classes", "labels"}
    assert set(written["labels"]) == {path.stem for path in (folder / "data").iterdir()}
    labels: dict[str, Any] = written["labels"]
    return labels


def test_classes_scores_and_metadata(tmp_path: Path) -> None:
    rows = {row.id: row for row in odd_rows(tmp_path / "photos")}
    (tmp_path / "out").mkdir()
    Fiftyone().write(odd_dataset(tmp_path / "photos"), tmp_path / "out")
    labels = labels_of(tmp_path / "out")
    assert len(labels) == len(rows)
    for label in labels.values():
        row = rows[label["attributes"]["item"]]
        assert (label["label"], label["confidence"]) == (row.label, row.probability)
        assert label["attributes"]["site"] == row.metadata["site"]


def test_splits_are_folders(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    Fiftyone().write(odd_dataset(tmp_path / "photos", ("train", "val")), tmp_path / "out")
    assert sum(len(labels_of(tmp_path / "out" / split)) for split in ("train", "val")) == 14


def test_parts_of_images_are_boxes_in_shares_of_the_sides(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    Fiftyone().write(dataset_of(box_rows(tmp_path / "photos")), tmp_path / "out")
    labels = labels_of(tmp_path / "out")
    assert labels["street 1"][0]["bounding_box"] == [0, 0, 1, 1]
    assert len(labels["street 0"]) == 5


@pytest.mark.parametrize("boxes", [False, True], ids=["classes", "boxes"])
def test_its_own_importer_reads_it(boxes: bool, tmp_path: Path) -> None:
    importers = pytest.importorskip(
        "fiftyone.utils.data.importers", reason="pip install fiftyone to run this"
    )
    rows = box_rows(tmp_path / "photos") if boxes else odd_rows(tmp_path / "photos")
    (tmp_path / "out").mkdir()
    Fiftyone().write(dataset_of(rows), tmp_path / "out")
    kind = "FiftyOneImageDetection" if boxes else "FiftyOneImageClassification"
    importer = getattr(importers, f"{kind}DatasetImporter")(str(tmp_path / "out"))
    read: list[Any] = []
    with importer:
        for path, _, label in importer:
            assert Path(path).is_file()
            read += label.detections if boxes else [label]
    assert {one["item"]: one.label for one in read} == {row.id: row.label for row in rows}
