"""What is written for YOLO, by what Ultralytics documents of it."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st
from made_datasets import LABELS, box_rows, dataset_of, odd_dataset

from likewise.core.box import Box
from likewise.export.base import Row
from likewise.export.formats.yolo import Yolo, box_lines
from likewise.sources.base import Item, Original
from likewise.sources.folder import Folder

HERE = Original(Item("a", "/a", 1, 0), Folder(str(Path(__file__).parents[1])))


def test_whole_images_are_class_folders_in_a_part(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    Yolo().write(odd_dataset(tmp_path / "photos", ("train", "val")), tmp_path / "out")
    found = {path.parent.relative_to(tmp_path / "out").parts
             for path in (tmp_path / "out").rglob("*") if path.is_file()}  # fmt: skip
    assert found == {(split, label) for split in ("train", "val") for label in LABELS}


def test_every_image_with_boxes_has_a_text_of_the_same_stem(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    Yolo().write(dataset_of(box_rows(tmp_path / "photos")), tmp_path / "out")
    facts = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
    assert facts["names"] == dict(enumerate(LABELS))
    assert (facts["train"], facts["val"]) == ("images/train", "images/train")
    images = {path.stem for path in (tmp_path / "out" / facts["train"]).iterdir()}
    texts = list((tmp_path / "out" / "labels" / "train").iterdir())
    assert images == {path.stem for path in texts} == {"street 0", "street 1"}
    counts = {path.stem: len(path.read_text().splitlines()) for path in texts}
    assert counts == {"street 0": 5, "street 1": 4}
    lines = (tmp_path / "out" / "labels" / "train" / "street 1.txt").read_text().splitlines()
    assert lines[0] == "0 0.5 0.5 1 1"
    assert (
        len((tmp_path / "out" / "labels" / "train" / "street 0.txt").read_text().splitlines()) == 5
    )
    assert lines[3].split()[1:] == ["0.1640625", "0.21875", "0.015625", "0.020833333"]


def test_whole_images_can_be_boxes_and_stems_differ(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    dataset = odd_dataset(tmp_path / "photos", ("train", "val", "test"))
    Yolo(task="detect").write(dataset, tmp_path / "out")
    facts = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
    assert facts["test"] == "images/test"
    texts = list((tmp_path / "out" / "labels").rglob("*.txt"))
    assert len({path.stem.casefold() for path in texts}) == len(dataset.rows)
    assert {path.read_text().split(" ", 1)[1] for path in texts} == {"0.5 0.5 1 1\n"}


numbers = st.floats(-2000, 3000, allow_nan=False)


@given(numbers, numbers, st.floats(0, 3000), st.floats(0, 3000), st.integers(1, 900))
def test_no_box_leaves_the_image(x: float, y: float, wide: float, high: float, side: int) -> None:
    """Shares of the sides, clipped at the borders; what is left is what lies inside."""
    row = Row("a#1", "/a", "barn", "rule", 0.5, None, 1, 1, "d", HERE, "a", Box(x, y, wide, high))
    whole = Row("a", "/a", "barn", "rule", 0.5, None, side, 2 * side, "d", HERE)
    first, *rest = box_lines([whole, row], {"barn": 0})
    assert first == "0 0.5 0.5 1 1\n"
    inside = min(x + wide, side) > max(x, 0) and min(y + high, 2 * side) > max(y, 0)
    assert len(rest) <= inside
    for line in rest:
        across, down, width, height = map(float, line.split()[1:])
        assert 0 < width <= 1
        assert 0 < height <= 1
        assert across - width / 2 >= -1e-7
        assert across + width / 2 <= 1 + 1e-7
        assert down - height / 2 >= -1e-7
        assert down + height / 2 <= 1 + 1e-7


def test_the_description_names_no_folder_of_its_own(tmp_path: Path) -> None:
    """Ultralytics takes a relative `path` from where it is started, and none from the file."""
    (tmp_path / "out").mkdir()
    Yolo(task="detect").write(odd_dataset(tmp_path / "photos"), tmp_path / "out")
    assert "path" not in yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
