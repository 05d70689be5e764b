"""A label set as one dataset, in every format, and opened again."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from likewise.concepts.labelling import record_labels
from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError
from likewise.export.concept import ExportReport
from likewise.label_sets.answers import record_classes
from likewise.label_sets.exporting import export_label_set, plan_label_set
from likewise.label_sets.learning import learn_label_set, record_model
from likewise.label_sets.making import create_label_set
from likewise.registry import names
from likewise.sources.base import Refused, open_source
from likewise.workspace import Workspace

OPENED = {
    "csv": "shapes.csv",
    "jsonl": "shapes.jsonl",
    "parquet": "shapes.parquet",
    "folder": ".",
    "coco": "annotations/*.json",
    "yolo": ".",
    "webdataset": "*.tar",
    "huggingface": ".",
    "croissant": "images",
    "embedding_atlas": "shapes.parquet",
    "fiftyone": ".",
    "label_studio": "tasks.json",
}
"""What is opened of each format."""

WITHOUT_IMAGES = {"xmp"}  # sidecars, which are no dataset of their own
WITHOUT_COLUMNS = {"folder", "yolo"}
PARTS = {"train": 0.5, "val": 0.25, "test": 0.25}


@pytest.fixture
def learned(workspace: Workspace, answered: LabelSet) -> LabelSet:
    record_model(workspace, learn_label_set(workspace, "shapes", coverage=1))
    return answered


def labels_in(metadata: Mapping[str, Any]) -> set[str]:
    listed = metadata.get("labels") or ()
    return {str(metadata.get("label", "")), *listed, str(metadata.get("folder", "")).split("/")[-1]}


@pytest.mark.parametrize("form", sorted(set(names("export")) - WITHOUT_IMAGES))
def test_every_format_holds_all_classes_and_who_decided(
    workspace: Workspace, learned: LabelSet, tmp_path: Path, form: str
) -> None:
    target = tmp_path / "out"
    report = export_label_set(workspace, "shapes", target, form, parts=PARTS)
    assert report.written
    assert sum(report.counts.values()) == 24
    options: dict[str, Any] = (
        {"allow_folders": str(tmp_path)} if form in ("csv", "jsonl", "parquet") else {}
    )
    if form == "label_studio":
        options = {"predictions": True}
    paths = sorted(target.glob(OPENED[form])) if "*" in OPENED[form] else [target / OPENED[form]]
    found: dict[str, set[str]] = {}
    for path in paths:
        for item in open_source(path, options=options).items():
            assert not isinstance(item, Refused), item
            found[item.id] = labels_in(item.metadata)
            if form in WITHOUT_COLUMNS:
                continue
            by_people = item.metadata.get("people_label")
            by_model = item.metadata.get("machine_label")
            assert {str(by_people or by_model)} <= found[item.id]
            assert item.metadata["who"] == ("ana" if by_people else "round 1")
            if by_model:
                assert 0 < float(item.metadata["confidence"]) <= 1
    assert len(found) == 24
    for name in learned.classes:
        assert sum(name in labels for labels in found.values()) == 8


def rows_of(target: Path) -> list[dict[str, str]]:
    with (target / "shapes.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def exported(workspace: Workspace, target: Path, **options: Any) -> ExportReport:
    return export_label_set(workspace, "shapes", target, "csv", **options)


def test_people_come_before_the_model(
    workspace: Workspace, learned: LabelSet, tmp_path: Path
) -> None:
    record_classes(workspace, learned, {"disc/07.png": "square"}, "ben")
    record_labels(workspace, "square", [("square/07.png", "no")], "ben")
    report = exported(workspace, tmp_path / "out")
    rows = {row["id"]: row for row in rows_of(tmp_path / "out")}
    corrected = rows["disc/07.png"]
    assert (corrected["label"], corrected["decided_by"]) == ("square", "person")
    assert (corrected["people_label"], corrected["who"]) == ("square", "ben")
    assert rows["disc/06.png"]["decided_by"] == "round"
    assert float(rows["disc/06.png"]["probability"]) == float(rows["disc/06.png"]["confidence"])
    assert "square/07.png" not in rows
    assert report.not_chosen == {"no class that anybody is sure of": 1}
    assert "1 image(s) left out: no class" in report.left_out[-1]
    about = json.loads((tmp_path / "out" / "likewise.json").read_text())
    assert about["label_set"] == learned.to_json()
    assert about["machine_labels"]["round"] == 1
    assert about["not_chosen"] == report.not_chosen


def test_what_is_left_out_is_counted_by_its_reason(
    workspace: Workspace, answered: LabelSet, tmp_path: Path
) -> None:
    record_labels(workspace, "square", [("disc/00.png", "yes")], "ben")
    record_classes(workspace, answered, {"stripes/07.png": "none of these"}, "ben")
    report = exported(workspace, tmp_path / "out")
    assert report.not_chosen == {
        "several classes by people, to be settled": 1,
        "none of these, by people": 1,
        "no class that anybody is sure of": 14,
    }
    assert len(rows_of(tmp_path / "out")) == 8  # nothing was learned: people's answers alone


def test_a_least_probability_and_a_condition_narrow_it(
    workspace: Workspace, learned: LabelSet, tmp_path: Path
) -> None:
    sure = max(row.probability or 0 for row in plan_label_set(workspace, "shapes").chosen)
    some = plan_label_set(workspace, "shapes", min_confidence=sure)
    assert 9 < len(some.chosen) < 24
    where = plan_label_set(workspace, "shapes", where="item_id LIKE 'disc/%'")
    assert {row.label for row in where.chosen} == {"disc"}


def test_parts_spread_each_class_and_separate_nothing_alike(
    workspace: Workspace, learned: LabelSet, tmp_path: Path
) -> None:
    exported(workspace, tmp_path / "out", parts=PARTS)
    rows = rows_of(tmp_path / "out")
    part_of = {row["id"]: row["split"] for row in rows}
    assert set(part_of.values()) == set(PARTS)
    for digest in {row["digest"] for row in rows}:
        assert len({part_of[row["id"]] for row in rows if row["digest"] == digest}) == 1
    with pytest.raises(BadInputError, match="give one of them"):
        exported(workspace, tmp_path / "more", parts=PARTS, split="x")


def test_tags_have_a_row_each(workspace: Workspace, tmp_path: Path) -> None:
    tags = create_label_set(workspace, "shapes", ("red", "round"), exclusive=False).label_set
    record_classes(workspace, tags, [("disc/00.png", "red"), ("disc/00.png", "round")])
    exported(workspace, tmp_path / "out")
    assert [row["label"] for row in rows_of(tmp_path / "out")] == ["red", "round"]


def test_a_set_without_images_says_so(workspace: Workspace, tmp_path: Path) -> None:
    create_label_set(workspace, "shapes", ("disc", "square"))
    with pytest.raises(BadInputError, match="no image has a class of 'shapes'"):
        exported(workspace, tmp_path / "out")
    assert not (tmp_path / "out").exists()
