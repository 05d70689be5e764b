"""Exported datasets opened by the libraries that their formats are made for."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
import math
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import yaml
from PIL import Image


class Found(NamedTuple):
    """A label of an image as a library reads it; None for what the format does not keep."""

    item: str
    label: str
    split: str | None = None
    confidence: float | None = None


def pandas_table(target: Path) -> Iterator[Found]:
    pandas = pytest.importorskip("pandas", reason="pip install pandas to run this")
    (path,) = [*target.glob("shapes.*")]
    read = {
        ".csv": pandas.read_csv,
        ".jsonl": lambda path: pandas.read_json(path, lines=True),
        ".parquet": pandas.read_parquet,
    }[path.suffix]
    yield from map(_of_row, read(path).to_dict("records"))


def duckdb_table(target: Path) -> Iterator[Found]:
    """The table by the engine with which Embedding Atlas queries it."""
    duckdb = pytest.importorskip("duckdb", reason="pip install duckdb to run this")
    columns = "id, label, split, confidence, vector, image"
    query = f"SELECT {columns} FROM read_parquet('{target / 'shapes.parquet'}')"
    for item, label, split, confidence, vector, image in duckdb.sql(query).fetchall():
        assert math.isclose(float(np.linalg.norm(vector)), 1, abs_tol=1e-3)
        Image.open(io.BytesIO(image["bytes"])).verify()
        yield Found(item, label, split, confidence)


def class_folders(target: Path) -> Iterator[Found]:
    """Folders by scikit-learn, which takes a folder for a class, as ImageFolder does."""
    from sklearn.datasets import load_files

    for split in sorted(path for path in target.iterdir() if path.is_dir()):
        found = load_files(str(split), load_content=False)
        for path, number in zip(found.filenames, found.target, strict=True):
            Image.open(path).verify()
            yield Found(_id(Path(path)), found.target_names[number], split.name)


def yolo_boxes(target: Path) -> Iterator[Found]:
    """``data.yaml`` as Ultralytics 8.4 reads it, from any folder; labels lie where images do."""
    about = yaml.safe_load((target / "data.yaml").read_text(encoding="utf-8"))
    for split in ("train", "val", "test"):
        for path in sorted((Path(about.get("path") or target) / about[split]).iterdir()):
            text = Path(str(path).replace("/images/", "/labels/")).with_suffix(".txt").read_text()
            for line in text.splitlines():
                number, *box = line.split()
                assert [float(side) for side in box] == [0.5, 0.5, 1, 1]
                yield Found(_id(path), about["names"][int(number)], split)


def pycocotools_instances(target: Path) -> Iterator[Found]:
    coco = pytest.importorskip("pycocotools.coco", reason="pip install pycocotools to run this")
    for path in sorted((target / "annotations").iterdir()):
        split = path.stem.removeprefix("instances_")
        with contextlib.redirect_stdout(io.StringIO()):  # it prints
            opened = coco.COCO(str(path))
        for image in opened.loadImgs(opened.getImgIds()):
            Image.open(target / "images" / split / image["file_name"]).verify()
            for one in opened.loadAnns(opened.getAnnIds(imgIds=[image["id"]])):
                (category,) = opened.loadCats([one["category_id"]])
                yield Found(image["item"], category["name"], split, one["confidence"])


def hugging_face(target: Path) -> Iterator[Found]:
    with pytest.MonkeyPatch.context() as patch:
        cache = target.parent / f"cache-{target.name}"
        for name in ("HF_HOME", "HF_DATASETS_CACHE"):
            patch.setenv(name, str(cache))
        patch.setenv("HF_HUB_OFFLINE", "1")
        datasets = pytest.importorskip("datasets", reason="pip install datasets to run this")
        datasets.disable_progress_bars()
        loaded = datasets.load_dataset(str(target), cache_dir=str(cache / os.urandom(4).hex()))
    for split, part in loaded.items():
        named = getattr(part.features["label"], "int2str", str)
        for row in part:
            assert row["image"].size == (160, 120)
            label = named(row["label"])
            assert row["split"] == ("val" if split == "validation" else split)
            yield _of_row({**row, "label": label})


def webdataset_shards(target: Path) -> Iterator[Found]:
    webdataset = pytest.importorskip("webdataset", reason="pip install webdataset to run this")
    classes = json.loads((target / "classes.json").read_text())
    for shard in sorted(target.glob("*.tar")):
        with warnings.catch_warnings():  # it leaves files to the garbage collector to close
            warnings.simplefilter("ignore", ResourceWarning)
            samples = [*webdataset.WebDataset(str(shard), shardshuffle=False).decode("pil")]
            gc.collect()
        for sample in samples:
            assert sample["png"].size == (160, 120)
            facts = sample["json"]
            split = shard.stem.rpartition("-")[0]
            yield Found(facts["id"], classes[sample["cls"]], split, facts["confidence"])


def croissant_records(target: Path) -> Iterator[Found]:
    mlcroissant = pytest.importorskip("mlcroissant", reason="pip install mlcroissant to run this")
    logging.getLogger("absl").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = mlcroissant.Dataset(str(target / "croissant.json"))
        assert not opened.metadata.issues.errors
        records = [*opened.records("images")]
    for record in records:
        row = {key.removeprefix("images/"): value for key, value in record.items()}
        assert row["image"].size == (160, 120)
        yield _of_row({k: v.decode() if isinstance(v, bytes) else v for k, v in row.items()})


def fiftyone_importer(target: Path) -> Iterator[Found]:
    importers = pytest.importorskip(
        "fiftyone.utils.data.importers", reason="pip install fiftyone to run this"
    )
    for split in sorted(path for path in target.iterdir() if path.is_dir()):
        with importers.FiftyOneImageClassificationDatasetImporter(str(split)) as importer:
            for path, _, label in importer:
                Image.open(path).verify()
                for one in getattr(label, "classifications", [label]):
                    confidence = one["metadata_confidence"]  # also where a person decided
                    assert one.confidence in (None, confidence)
                    yield Found(one["item"], one.label, split.name, confidence)


def label_studio_interface(target: Path) -> Iterator[Found]:
    """Tasks whose answers the SDK's check finds to fit the configuration."""
    sdk = pytest.importorskip(
        "label_studio_sdk.label_interface", reason="pip install label-studio-sdk to run this"
    )
    interface = sdk.LabelInterface((target / "labels.xml").read_text(encoding="utf-8"))
    for task in _tasks(target):
        for one in (*task.get("annotations", ()), *task.get("predictions", ())):
            assert interface.validate_prediction(one, return_errors=True) == []
        yield from _of_task(task)


def label_studio_json(target: Path) -> Iterator[Found]:
    """Tasks as the documentation has them."""
    for task in _tasks(target):
        yield from _of_task(task)


def exiv2_sidecars(target: Path) -> Iterator[Found]:
    """Keywords by the library of darktable and digiKam."""
    exiv2 = pytest.importorskip("pyexiv2", reason="pip install pyexiv2 to run this")
    for path in sorted(target.rglob("*.xmp")):
        with exiv2.Image(str(path)) as sidecar:
            found = sidecar.read_xmp()
        labels = found["Xmp.dc.subject"]
        assert found["Xmp.lr.hierarchicalSubject"] == [f"shapes|{label}" for label in labels]
        assert found["Xmp.digiKam.TagsList"] == [f"shapes/{label}" for label in labels]
        for label in labels:
            yield Found(path.relative_to(target).as_posix().removesuffix(".xmp"), label)


def _tasks(target: Path) -> list[dict[str, Any]]:
    """The tasks, one an image."""
    tasks: list[dict[str, Any]] = json.loads((target / "tasks.json").read_text(encoding="utf-8"))
    assert len({task["data"]["item"] for task in tasks}) == len(tasks)
    return tasks


def _of_task(task: dict[str, Any]) -> Iterator[Found]:
    data = task["data"]
    said = data["confidence"]
    for one in (*task.get("annotations", ()), *task.get("predictions", ())):
        (region,) = one["result"]
        for label in region["value"]["choices"]:
            confidence = said[label] if isinstance(said, dict) else said
            yield Found(data["item"], label, data["split"], confidence)


def _of_row(row: dict[str, Any]) -> Found:
    confidence = row["confidence"]
    missing = confidence is None or math.isnan(confidence)
    return Found(row["id"], row["label"], row["split"], None if missing else confidence)


def _id(path: Path) -> str:
    """The id that a file's name is made of."""
    return path.name.replace("__", "/")
