"""What is written for Hugging Face, loaded by `datasets`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_datasets import box_rows, dataset_of, odd_dataset, odd_rows

from likewise.export.formats.huggingface import Huggingface
from likewise.export.writing import write_dataset

_QUIET = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
pytestmark = _QUIET


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """`datasets.load_dataset`, off line and with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("hugging")
        for name in ("HF_HOME", "HF_DATASETS_CACHE"):
            patch.setenv(name, str(home))
        patch.setenv("HF_HUB_OFFLINE", "1")
        import datasets

        datasets.disable_progress_bars()
        yield lambda path, **how: datasets.load_dataset(
            str(path), cache_dir=str(home / os.urandom(4).hex()), **how
        )


@pytest.mark.parametrize("embed", [False, True], ids=["files", "embedded"])
def test_images_labels_and_metadata_come_back(load: Any, embed: bool, tmp_path: Path) -> None:
    rows = odd_rows(tmp_path / "photos", splits=("train", "val"))
    dataset = odd_dataset(tmp_path / "photos", ("train", "val"))
    write_dataset(Huggingface(embed, 3), dataset, tmp_path / "out", False, "digest")
    loaded = load(tmp_path / "out")
    assert set(loaded) == {"train", "validation"}
    for split, part in (("train", "train"), ("val", "validation")):
        label = loaded[part].features["label"]
        read = {}
        for one in loaded[part]:
            name = label.int2str(one["label"]) if embed else one["label"]
            read[one["id"]] = name, one["image"].size, one["site"], one["depth"]
        wanted = [row for row in rows if row.split == split]
        assert read == {
            row.id: (row.label, (32, 24), row.metadata["site"], row.metadata["depth"])
            for row in wanted
        }


def test_the_folder_is_an_imagefolder(load: Any, tmp_path: Path) -> None:
    write_dataset(Huggingface(), odd_dataset(tmp_path / "photos"), tmp_path / "out", False, "d")
    loaded = load("imagefolder", data_dir=str(tmp_path / "out"))
    assert list(loaded) == ["train"]
    assert loaded["train"].num_rows == 14
    assert "path" not in loaded["train"].features  # of the machine it was made on


@pytest.mark.parametrize("embed", [False, True], ids=["files", "embedded"])
def test_parts_of_images_are_cut_out(load: Any, embed: bool, tmp_path: Path) -> None:
    dataset = dataset_of(box_rows(tmp_path / "photos"))
    write_dataset(Huggingface(embed), dataset, tmp_path / "out", False, "digest")
    read = {one["id"]: one for one in load(tmp_path / "out")["train"]}
    assert read["street 1.png#2"]["image"].size == (14, 8)  # 50 to 64, 40 to 48: cut at the border
    assert read["street 1.png#2"]["box"] == [50.25, 40.5, 30.0, 30.0]
    assert read["street 0.png"]["box"] is None
