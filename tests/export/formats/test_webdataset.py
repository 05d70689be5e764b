"""What is written for WebDataset, streamed by `webdataset`."""

from __future__ import annotations

import gc
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import webdataset
from made_datasets import odd_dataset, odd_rows

from likewise.errors import BadInputError
from likewise.export.formats.webdataset import Webdataset


def streamed(shards: str) -> list[Any]:
    """The samples of shards; the library leaves their files to the garbage collector to close."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode("pil"))
        gc.collect()
    return samples


def test_images_classes_and_metadata_come_back_in_order(tmp_path: Path) -> None:
    rows = odd_rows(tmp_path / "photos", splits=("train", "val"))
    (tmp_path / "out").mkdir()
    Webdataset(3).write(odd_dataset(tmp_path / "photos", ("train", "val")), tmp_path / "out")
    classes = json.loads((tmp_path / "out" / "classes.json").read_text())
    for split in ("train", "val"):
        wanted = [row for row in rows if row.split == split]
        shards = str(tmp_path / "out" / (split + "-{000000..000002}.tar"))
        for row, sample in zip(wanted, streamed(shards), strict=True):
            assert classes[sample["cls"]] == row.label
            assert sample["png"].size == (32, 24)
            facts = sample["json"]
            assert (facts["id"], facts["digest"]) == (row.id, row.digest)
            assert facts["site"] == row.metadata["site"]


def test_a_shard_of_no_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="1 or more"):
        Webdataset(0).write(odd_dataset(tmp_path / "photos"), tmp_path)
