"""Croissant metadata, validated and read by mlcroissant."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from made_datasets import odd_dataset, odd_rows

from likewise.export.formats.croissant import Croissant

mlcroissant = pytest.importorskip("mlcroissant")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_records_are_the_images_with_their_labels(tmp_path: Path) -> None:
    rows = {row.id: row for row in odd_rows(tmp_path / "photos", splits=("train", "val"))}
    (tmp_path / "out").mkdir()
    exporter = Croissant(license="https://creativecommons.org/licenses/by/4.0/")
    exporter.write(odd_dataset(tmp_path / "photos", ("train", "val")), tmp_path / "out")
    logging.getLogger("absl").setLevel(logging.ERROR)
    found = mlcroissant.Dataset(str(tmp_path / "out" / "croissant.json"))
    assert not found.metadata.issues.errors
    assert {str(one).split('"')[1] for one in found.metadata.issues.warnings} == {
        "http://mlcommons.org/croissant/citeAs", "https://schema.org/datePublished"
    }  # fmt: skip
    read = {}
    for record in found.records("images"):
        row = rows[record["images/id"].decode()]
        assert record["images/image"].size == (32, 24)
        assert record["images/split"].decode() == row.split
        assert record["images/depth"] == row.metadata["depth"]
        read[row.id] = record["images/label"].decode()
    assert read == {row.id: row.label for row in rows.values()}
