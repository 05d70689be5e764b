"""YOLO as other tools describe it: path, Roboflow's dots, lists, Windows' slashes, hostile YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from source_makers import picture, written

from likewise.errors import BadInputError, CorruptError
from likewise.sources.base import Item, counted_items, open_source
from likewise.sources.yolo import Yolo


def dataset(top: Path, layout: str = "images/{part}", labels: str = "labels/{part}") -> Path:
    for part, numbers in (("train", (0, 1)), ("val", (2,))):
        for number in numbers:
            written(top, {
                f"{layout.format(part=part)}/{number}.png": picture(number),
                f"{labels.format(part=part)}/{number}.txt": b"1 .5 .5 .5 .5\n",
            })  # fmt: skip
    return top


def counts(source: Any) -> dict[str, Any]:
    list(counted_items(source))
    found: dict[str, Any] = source.tally.summary().to_json()
    return found


BOTH = {"train": 2, "val": 1}


@pytest.mark.parametrize(
    ("layout", "labels", "yaml"),
    [
        ("{part}/images", "{part}/labels", "train: ../train/images\nval: ../val/images\n"),
        ("images/{part}", "labels/{part}", "path: .\\\ntrain: images\\train\nval: images\\val\n"),
        ("images/{part}", "labels/{part}", "path: /no\ntrain: [images/train]\nval: images/val\n"),
        ("images/{part}", "labels/{part}", "train: train.txt\nval: val.txt\n"),
        ("images/{part}", "labels/{part}", "path: ./\ntrain: train.txt\nval: [val.txt]\n"),
    ],
)  # fmt: skip
def test_parts_in_every_spelling(tmp_path: Path, layout: str, labels: str, yaml: str) -> None:
    dataset(tmp_path, layout, labels)
    written(tmp_path, {
        "data.yaml": f"{yaml}names: [nut, bolt]\n".encode(),
        "train.txt": b"./images/train/0.png\r\nimages\\train\\1.png\r\n",
        "val.txt": f"{tmp_path}/images/val/2.png\n".encode(),
    })  # fmt: skip
    found = counts(Yolo(str(tmp_path)))
    assert (found["splits"], found["omitted"], found["labels"]) == (BOTH, [], 3)


@pytest.mark.parametrize("path", ["../data/bolts", "{top}/data/bolts"])
def test_images_elsewhere_are_read_when_their_folder_is_allowed(tmp_path: Path, path: str) -> None:
    dataset(tmp_path / "data" / "bolts")
    yaml = f"path: {path.format(top=tmp_path)}\ntrain: images/train\nval: images/val\nnames: [a, b]"
    written(tmp_path / "configs", {"a.yaml": yaml.encode(), "logo.png": picture(9)})
    what = str(tmp_path / "configs" / "a.yaml")
    with pytest.raises(BadInputError, match=rf"--allow-folder {tmp_path}/data/bolts$"):
        list(Yolo(what).items())
    source = open_source(what, options={"allow_folders": str(tmp_path / "data"), "boxes": True})
    found = counts(source)
    assert (found["images"], found["boxes"], found["splits"]) == (3, 3, BOTH)
    items = [entry for entry in source.items() if isinstance(entry, Item)]
    assert all(item.uri == source.base + item.id.partition("#")[0] for item in items)
    assert items[0].metadata == {"split": "train", "labels": ["b"]}


def test_what_is_not_there_is_counted(tmp_path: Path) -> None:
    dataset(tmp_path)
    written(tmp_path, {
        "data.yaml": b"train: train.txt\nval: images/val\ntest: ../test/images\nnames: [a]\n",
        "train.txt": b"images/train/0.png\n/elsewhere/1.png\n",
        "labels/train/lone.txt": b"0 .5 .5 .5 .5\n", "labels/train/1.txt": b"0 .5 .5\n",
    })  # fmt: skip
    found = counts(Yolo(str(tmp_path)))
    assert found["splits"] == {"train": 1, "val": 1}
    assert {one["reason"]: one["example"].partition(":")[0] for one in found["omitted"]} == {
        "parts of the YAML that are not here": "test",
        "lines of lists that name no image of the dataset": "line 2 of train.txt",
        "entries that cannot be used": "images/train/1.png#1",
        "texts of boxes without an image": "labels/train/lone.txt",
    }
    assert found["notes"][0]["count"] == 2


def test_aliases_of_aliases_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [" + ", ".join(["x"] * 9) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 9)]
    (tmp_path / "data.yaml").write_text("\n".join([*lines, "names: *a8"]))
    with pytest.raises(CorruptError, match="aliases"):
        list(Yolo(str(tmp_path)).items())
