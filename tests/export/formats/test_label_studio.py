"""Tasks for Label Studio, by the format that it documents for pre-annotated tasks."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
from made_datasets import LABELS, box_rows, dataset_of, odd_dataset, odd_rows

from likewise.export.formats.label_studio import LabelStudio

_PERCENT = {"type": "number", "minimum": 0, "maximum": 100}
_REGION = {
    "type": "object",
    "required": ["id", "from_name", "to_name", "type", "value"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "from_name": {"const": "label"},
        "to_name": {"const": "image"},
        "original_width": {"type": "integer"},
        "original_height": {"type": "integer"},
        "image_rotation": {"const": 0},
        "score": {"type": "number"},
        "type": {"enum": ["choices", "rectanglelabels"]},
        "value": {
            "oneOf": [
                {
                    "required": ["choices"],
                    "properties": {"choices": {"type": "array", "items": {"type": "string"}}},
                    "additionalProperties": False,
                },
                {
                    "required": ["x", "y", "width", "height", "rotation", "rectanglelabels"],
                    "properties": {
                        **dict.fromkeys(("x", "y", "width", "height"), _PERCENT),
                        "rotation": {"const": 0},
                        "rectanglelabels": {"type": "array", "items": {"type": "string"}},
                    },
                    "additionalProperties": False,
                },
            ]
        },
    },
    "additionalProperties": False,
}
_RESULT = {"type": "array", "minItems": 1, "items": _REGION}
TASKS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["data"],
        "properties": {
            "id": {"type": "integer"},
            "data": {"type": "object", "required": ["image"]},
            "predictions": {
                "type": "array",
                "items": {
                    "required": ["model_version", "score", "result"],
                    "properties": {"score": {"type": "number"}, "result": _RESULT},
                },
            },
            "annotations": {
                "type": "array",
                "items": {"required": ["result"], "properties": {"result": _RESULT}},
            },
        },
        "additionalProperties": False,
    },
}
"""Label Studio's basic JSON format: https://labelstud.io/guide/predictions."""


def written(folder: Path) -> list[dict[str, Any]]:
    """The tasks, checked against the schema and the configuration that goes with them."""
    tasks: list[dict[str, Any]] = json.loads((folder / "tasks.json").read_text())
    jsonschema_rs.validate(TASKS, tasks)
    view = ElementTree.parse(folder / "labels.xml").getroot()
    (image,) = view.iter("Image")
    assert (image.get("name"), image.get("value")) == ("image", "$image")
    (control,) = [one for one in view if one.get("toName") == "image"]
    assert control.get("name") == "label"
    allowed = {one.get("value") for one in control}
    for task in tasks:
        url = task["data"]["image"]
        assert url.startswith("/data/local-files/?d=")
        (path,) = parse_qs(urlsplit(url).query)["d"]
        assert (folder / path).is_file()
        for region in regions(task):
            kind = region["type"]
            assert control.tag.lower() == kind
            assert set(region["value"][kind]) <= allowed
    return tasks


def regions(task: dict[str, Any]) -> list[dict[str, Any]]:
    both = [*task.get("predictions", []), *task.get("annotations", [])]
    return [region for one in both for region in one["result"]]


def test_what_a_rule_says_is_a_prediction_and_what_a_person_says_an_annotation(
    tmp_path: Path,
) -> None:
    rows = {row.id: row for row in odd_rows(tmp_path / "photos")}
    (tmp_path / "out").mkdir()
    LabelStudio().write(odd_dataset(tmp_path / "photos"), tmp_path / "out")
    tasks = written(tmp_path / "out")
    assert len(tasks) == len(rows)
    for task in tasks:
        row = rows[task["data"]["item"]]
        assert task["data"]["site"] == row.metadata["site"]
        kind = "annotations" if row.decided_by == "person" else "predictions"
        assert set(task) == {"id", "data", kind}
        (region,) = regions(task)
        assert region["value"] == {"choices": [row.label]}
        if kind == "predictions":
            wanted = row.score if row.probability is None else row.probability
            assert task[kind][0]["score"] == wanted


def test_a_score_that_is_no_probability_is_left_out(tmp_path: Path) -> None:
    rows = [row for row in odd_rows(tmp_path / "photos") if row.decided_by == "rule"][:2]
    rows = [
        replace(row, probability=None, score=score)
        for row, score in zip(rows, (1.7, 0.4), strict=True)
    ]
    (tmp_path / "out").mkdir()
    LabelStudio().write(dataset_of(rows), tmp_path / "out")
    predictions = [task["predictions"][0] for task in json.loads(
        (tmp_path / "out" / "tasks.json").read_text())]  # fmt: skip
    assert [prediction.get("score") for prediction in predictions] == [None, 0.4]
    assert [prediction["result"][0].get("score") for prediction in predictions] == [None, 0.4]


def test_parts_of_images_are_rectangles_in_one_task(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    LabelStudio().write(dataset_of(box_rows(tmp_path / "photos")), tmp_path / "out")
    first, second = written(tmp_path / "out")
    assert len(regions(first)) == 5
    boxes = {region["id"]: region["value"] for region in regions(second)}
    sides = ("x", "y", "width", "height")
    assert {tuple(round(box[side], 3) for side in sides) for box in boxes.values()} >= {
        (0, 0, 100, 100),
        (0, 20.833, 25.781, 41.667),  # what lies outside is cut off
    }
    assert {box["rectanglelabels"][0] for box in boxes.values()} == set(LABELS)


def test_other_urls_than_local_files(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    exporter = LabelStudio(url="https://images.example.org/")
    exporter.write(odd_dataset(tmp_path / "photos"), tmp_path / "out")
    tasks = json.loads((tmp_path / "out" / "tasks.json").read_text())
    assert tasks[0]["data"]["image"] == "https://images.example.org/images/plain.png"
