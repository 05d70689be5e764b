"""A FIFO, or a file of holes, in the place of a file that a dataset is described by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from shapes import draw_shapes

_XML = (
    "<annotation><size><width>160</width><height>120</height></size><object><name>disc</name>"
    "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
    "</annotation>"
)
_YAML = "path: .\ntrain: images\nval: images\nnames: [disc]\n"


def yolo(folder: Path, images: Path) -> Path:
    (folder / "labels").mkdir()
    images.rename(folder / "images")
    (folder / "labels" / "00.txt").write_text("0 .5 .5 .2 .2\n")
    (folder / "data.yaml").write_text(_YAML)
    return folder


def yolo_lists(folder: Path, images: Path) -> Path:
    yolo(folder, images)
    (folder / "data.yaml").write_text("train: train.txt\nval: val.txt\nnames: [disc]\n")
    for part in ("train", "val"):
        (folder / f"{part}.txt").write_text("images/00.png\n")
    return folder


def voc(folder: Path, images: Path) -> Path:
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    (folder / "Annotations").mkdir()
    images.rename(folder / "JPEGImages")
    (folder / "Annotations" / "00.xml").write_text(_XML)
    (folder / "ImageSets" / "Main" / "train.txt").write_text("00\n")
    return folder


def fiftyone(folder: Path, images: Path) -> Path:
    images.rename(folder / "data")
    (folder / "labels.json").write_text(json.dumps({"classes": ["a"], "labels": {"00": 0}}))
    return folder


def coco(folder: Path, images: Path) -> Path:
    images.rename(folder / "images")
    listed = [{"id": 1, "file_name": "00.png", "width": 160, "height": 120}]
    facts = {"images": listed, "annotations": [], "categories": [{"id": 1, "name": "disc"}]}
    (folder / "annotations.json").write_text(json.dumps(facts))
    return folder


def image_folder(suffix: str) -> Callable[[Path, Path], Path]:
    def make(folder: Path, images: Path) -> Path:
        images.rename(folder / "train")
        (folder / "train" / f"metadata.{suffix}").write_text("file_name,label\n00.png,disc\n")
        return folder

    return make


PLACES = {
    "labels/00.txt": yolo,
    "data.yaml": yolo,
    "train.txt": yolo_lists,
    "Annotations/00.xml": voc,
    "ImageSets/Main/train.txt": voc,
    "labels.json": fiftyone,
    "annotations.json": coco,
    "train/metadata.csv": image_folder("csv"),
    "train/metadata.jsonl": image_folder("jsonl"),
    "train/metadata.parquet": image_folder("parquet"),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel caps address space")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["FIFO", "holes"])
def test_indexing_ends(tmp_path: Path, place: str, kind: str) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    dataset = PLACES[place](folder, draw_shapes(tmp_path / "shapes", 1) / "disc")
    path = dataset / place
    path.unlink()
    if kind == "FIFO":
        os.mkfifo(path)
    else:
        with path.open("wb") as file:
            file.truncate(40 << 30)
    code = "import sys; from likewise.sources.base import open_source\n"
    code += "print(sum(1 for _ in open_source(sys.argv[1]).items()))"
    done = subprocess.run(
        ["sh", "-c", 'ulimit -v 4000000; exec "$@"', "sh",
         sys.executable, "-c", code, str(dataset)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    lines = done.stderr.splitlines()
    assert done.returncode == 0 or lines[-1].startswith("likewise.errors."), done.stderr
    assert "MemoryError" not in done.stderr
    assert "Shortage" not in done.stderr
