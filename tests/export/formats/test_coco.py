"""What is written for COCO, read by pycocotools."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
from made_datasets import BOXES, box_rows, dataset_of, odd_dataset, odd_rows
from PIL import Image
from pycocotools.coco import COCO

from likewise.export.formats.coco import Coco


def opened(path: Path) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # it prints
        return COCO(str(path))


def test_classes_come_back_with_their_images(tmp_path: Path) -> None:
    rows = odd_rows(tmp_path / "photos")
    (tmp_path / "out").mkdir()
    Coco().write(odd_dataset(tmp_path / "photos"), tmp_path / "out")
    coco = opened(tmp_path / "out" / "annotations" / "instances_default.json")
    names = {one["id"]: one["name"] for one in coco.loadCats(coco.getCatIds())}
    images = {one["id"]: one for one in coco.loadImgs(coco.getImgIds())}
    read = {}
    for one in coco.loadAnns(coco.getAnnIds()):
        image = images[one["image_id"]]
        file = tmp_path / "out" / "images" / image["file_name"]
        assert one["bbox"] == [0, 0, 32, 24]
        assert (image["width"], image["height"]) == (32, 24)
        read[one["item"]] = names[one["category_id"]], file.read_bytes(), one["score"]
        assert image["site"].startswith("site ")
    assert read == {
        row.id: (row.label, Path(row.path).read_bytes(), pytest.approx(row.score)) for row in rows
    }


def test_a_split_has_files_of_its_own_and_the_same_categories(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    dataset = odd_dataset(tmp_path / "photos", ("train", "val", "test"))
    Coco().write(dataset, tmp_path / "out")
    parts = {name: opened(tmp_path / "out" / "annotations" / f"instances_{name}.json")
             for name in dataset.splits}  # fmt: skip
    assert [part.loadCats(part.getCatIds()) for part in parts.values()] == 3 * [
        parts["train"].loadCats(parts["train"].getCatIds())
    ]
    assert sum(len(part.getImgIds()) for part in parts.values()) == len(dataset.rows)
    for name, part in parts.items():
        for one in part.loadImgs(part.getImgIds()):
            assert (tmp_path / "out" / "images" / name / one["file_name"]).is_file()


def test_parts_of_images_are_boxes_in_one_image(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    Coco().write(dataset_of(box_rows(tmp_path / "photos")), tmp_path / "out")
    coco = opened(tmp_path / "out" / "annotations" / "instances_default.json")
    assert len(coco.getImgIds()) == 2
    first, second = coco.getImgIds()
    assert [one["bbox"] for one in coco.loadAnns(coco.getAnnIds(imgIds=[second]))] == [
        list(box) for box in BOXES
    ]
    assert len(coco.getAnnIds(imgIds=[first])) == len(BOXES) + 1
    assert (coco.imgs[second]["width"], coco.imgs[second]["height"]) == (64, 48)


def test_an_image_with_boxes_is_stored_upright(tmp_path: Path) -> None:
    rows = box_rows(tmp_path / "photos", images=1)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Image.new("RGB", (48, 64), "red").save(rows[0].path, "PNG", exif=exif)
    (tmp_path / "out").mkdir()
    Coco().write(dataset_of(rows), tmp_path / "out")
    (image,) = (tmp_path / "out" / "images").iterdir()
    with Image.open(image) as stored:
        assert stored.size == (64, 48)
        assert not stored.getexif()
