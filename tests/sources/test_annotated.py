"""COCO, YOLO and Pascal VOC: images with what is on them, and boxes as parts of images."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools.coco import COCO
from source_makers import coco, picture, pictures, voc, voc_xml, written, yolo

from likewise.core.box import Box
from likewise.errors import BadInputError, CorruptError, LikewiseError, NotFoundError
from likewise.indexing.index import index
from likewise.sources.base import Item, Refused, Source, counted_items, recognised
from likewise.sources.coco import Coco
from likewise.sources.voc import Voc
from likewise.sources.yolo import Yolo
from likewise.workspace import Workspace


def split(source: Source) -> tuple[dict[str, Item], dict[str, str]]:
    found = list(source.items())
    taken = {entry.id: entry for entry in found if isinstance(entry, Item)}
    return taken, {entry.id: entry.reason for entry in found if isinstance(entry, Refused)}


def boxes(source: Source) -> dict[str, tuple[Any, str, Box]]:
    taken, _ = split(source)
    return {
        name: (item.parent, item.metadata["label"], item.box)
        for name, item in taken.items()
        if item.box is not None
    }


# COCO


def write_coco(
    folder: Path, images: list[dict[str, Any]], annotations: list[dict[str, Any]]
) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for image in images:
        if "width" in image:
            written(folder, {str(image["file_name"]): picture(1)})
    path = folder / "instances.json"
    categories = [{"id": 1, "name": "cat"}, {"id": 17, "name": "café ☕"}]
    said = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(said))
    return str(path)


IMAGES = [
    {"id": 10, "file_name": "a.png", "width": 64, "height": 48, "date_captured": "2026"},
    {"id": "x", "file_name": "sub/b.png", "width": 64, "height": 48},
    {"id": 12, "file_name": "none.png"},
]
ANNOTATIONS: list[dict[str, Any]] = [
    {"id": 5, "image_id": "x", "category_id": 17, "bbox": [0, 0, 64, 48], "segmentation": [[1, 2]]},
    {"id": 6, "image_id": 10, "category_id": 1, "bbox": [1.5, 2, 30.25, 20], "iscrowd": 0},
    {"id": 7, "image_id": 10, "category_id": 17, "bbox": [60, 40, 10, 10]},
    {"id": 8, "image_id": 10, "category_id": 99, "bbox": [64, 0, 5, 5]},
    {"id": 9, "image_id": 10, "category_id": 1},
    {"image_id": None, "category_id": [1], "bbox": [0, 0, 1, 1]},
    {"id": 11, "image_id": 10, "category_id": 1, "bbox": [1, 2, "x", 2]},
]  # fmt: skip


def test_coco_images_know_what_is_on_them(tmp_path: Path) -> None:
    path = write_coco(tmp_path / "set", IMAGES, ANNOTATIONS)
    assert recognised(path) == "coco"
    taken, refused = split(Coco(path))
    assert {name: dict(item.metadata) for name, item in taken.items()} == {
        "a.png": {"image_id": 10, "date_captured": "2026", "labels": ["99", "café ☕", "cat"]},
        "sub/b.png": {"image_id": "x", "labels": ["café ☕"]},
    }
    assert list(refused) == ["none.png"]


def test_coco_boxes_are_parts_of_their_image(tmp_path: Path) -> None:
    path = write_coco(tmp_path / "set", IMAGES, ANNOTATIONS)
    source = Coco(path, boxes=True)
    assert boxes(source) == {
        "sub/b.png#5": ("sub/b.png", "café ☕", Box(0, 0, 64, 48)),
        "a.png#6": ("a.png", "cat", Box(1.5, 2, 30.25, 20)),
        "a.png#7": ("a.png", "café ☕", Box(60, 40, 10, 10)),
    }
    taken, refused = split(source)
    assert set(refused) == {"none.png", "a.png#8"}
    assert "no pixel of a picture of 64 x 48" in refused["a.png#8"]
    order = list(taken)
    assert order.index("a.png") < order.index("a.png#6") < order.index("sub/b.png")


def test_coco_says_what_its_own_tools_say(tmp_path: Path) -> None:
    made = coco(tmp_path, pictures(6))
    source = Coco(made.what, boxes=True)
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(made.what)
    said = {
        f"{theirs.imgs[x['image_id']]['file_name']}#{x['id']}": (
            theirs.imgs[x["image_id"]]["file_name"],
            theirs.cats[x["category_id"]]["name"],
            Box(*x["bbox"]),
        )
        for x in theirs.anns.values()
    }
    assert boxes(source) == said


@pytest.mark.parametrize(
    ("layout", "json_at"),
    [("val2017", "annotations/instances_val2017.json"), ("images/val", "annotations/val.json"),
     ("images", "annotations/x.json"), ("data", "labels.json"), (".", "x.json"),
     ("images/val", "annotations/instances_val.json")],
)  # fmt: skip
def test_coco_images_are_found_around_the_json(tmp_path: Path, layout: str, json_at: str) -> None:
    made = coco(tmp_path / "made", pictures(2))
    (tmp_path / "set" / json_at).parent.mkdir(parents=True)
    Path(made.what).rename(tmp_path / "set" / json_at)
    target = tmp_path / "set" / layout
    target.parent.mkdir(parents=True, exist_ok=True)
    for folder in (tmp_path / "made" / "images").iterdir():
        (target / folder.name).parent.mkdir(parents=True, exist_ok=True)
        folder.rename(target / folder.name)
    assert len(split(Coco(str(tmp_path / "set" / json_at)))[0]) == 2


def test_coco_elsewhere_is_asked_for(tmp_path: Path) -> None:
    made = coco(tmp_path / "made", pictures(2))
    far = tmp_path / "far"
    (tmp_path / "made" / "images").rename(far)
    with pytest.raises(NotFoundError, match=r"'kind-0/0\.png', the first image .*images=FOLDER"):
        Coco(made.what)
    assert Coco(made.what, images=str(far)).images == "../../far"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [('{"images": [{"file_name": "a.png"}, ', CorruptError, "cannot be read as JSON"),
     ('{"images": []}', BadInputError, "names no images"),
     ("[1, 2]", BadInputError, "names no images"),
     ('{"images": [{"file_name": "https://x.org/a.jpg"}]}', BadInputError, "by URL")],
)  # fmt: skip
def test_what_is_no_coco(tmp_path: Path, text: str, error: type[LikewiseError], words: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(error, match=words):
        list(Coco(str(tmp_path / "a.json")).items())


def test_boxes_are_searched_and_shown_as_what_is_in_them(tmp_path: Path) -> None:
    """Two halves of one picture, the left red and the right blue."""
    pixels = np.zeros((64, 128, 3), np.uint8)
    pixels[:, :64, 0], pixels[:, 64:, 2] = 220, 220
    (tmp_path / "set").mkdir()
    Image.fromarray(pixels).save(tmp_path / "set" / "both.png")
    said = {
        "images": [{"id": 1, "file_name": "both.png", "width": 128, "height": 64}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 64, 64]},
            {"id": 2, "image_id": 1, "category_id": 2, "bbox": [64, 0, 64, 64]},
        ],
        "categories": [{"id": 1, "name": "red"}, {"id": 2, "name": "blue"}],
    }
    (tmp_path / "set" / "c.json").write_text(json.dumps(said))
    workspace = tmp_path / "w.likewise"
    assert index(tmp_path / "set" / "c.json", workspace).added == 1
    report = index(tmp_path / "set" / "c.json", workspace, options={"boxes": True})
    assert (report.added, report.unchanged, report.missing) == (2, 1, 0)
    with Workspace(workspace) as place:
        facts = place.collection.facts(["both.png#1", "both.png#2"], ["parent_id", "width"])
        assert facts == [{"parent_id": "both.png", "width": 64}] * 2
        for name, colour in (("both.png#1", (220, 0, 0)), ("both.png#2", (0, 0, 220))):
            with Image.open(io.BytesIO(place.collection.original(name).read())) as part:
                assert part.size == (64, 64)
                assert part.convert("RGB").getpixel((32, 32)) == colour
    assert index(tmp_path / "set" / "c.json", workspace).unchanged == 3  # boxes are remembered


# YOLO


def one_yolo(folder: Path, lines: str, size: tuple[int, int] = (100, 50)) -> Yolo:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (9, 9, 9)).save(folder / "images" / "a.png")
    written(folder, {"labels/a.txt": lines.encode(), "data.yaml": b"names: [cat, dog]\n"})
    return Yolo(str(folder), boxes=True)


def test_yolo_boxes_at_the_borders(tmp_path: Path) -> None:
    lines = "\n".join([
        "0 0.5 0.5 1 1",  # all of it
        "1 0.05 0.1 0.1 0.2",  # left and top edge
        "1 0.95 0.9 0.1 0.2 0.83",  # right and bottom edge, with a confidence
        "0 1.0 1.0 0.5 0.5",  # half outside
        "0 1.5 0.5 0.5 0.5",  # outside
        "0 0.5 0.5 0 0.5",  # no width
        "7 0.1 0.1 0.9 0.1 0.9 0.9",  # a polygon of a class without a name
        "", "cat 0.5 0.5 1 1", "0 0.5 0.5", "0 nan 0.5 1 1", "0.5 0.5 0.5 1 1",
    ])  # fmt: skip
    source = one_yolo(tmp_path, lines)
    found = {name: (label, box) for name, (_, label, box) in boxes(source).items()}
    assert {name.partition("#")[2]: label for name, (label, _) in found.items()} == {
        "1": "cat", "2": "dog", "3": "dog", "4": "cat", "7": "7",
    }  # fmt: skip
    assert found["images/a.png#1"][1] == Box(0, 0, 100, 50)
    assert found["images/a.png#2"][1].pixels(100, 50) == (0, 0, 10, 10)
    assert found["images/a.png#3"][1].pixels(100, 50) == (90, 40, 100, 50)
    assert found["images/a.png#4"][1].pixels(100, 50) == (75, 37, 100, 50)
    assert found["images/a.png#7"][1].pixels(100, 50) == (10, 5, 90, 45)
    _, refused = split(source)
    assert {name.partition("#")[2] for name in refused} == {"5", "6", "9", "10", "11", "12"}
    assert "no pixel" in refused["images/a.png#5"]
    assert "no width" in refused["images/a.png#6"]
    assert "no class and box" in refused["images/a.png#9"]


@given(st.tuples(*[st.floats(0, 1)] * 4), st.integers(1, 500), st.integers(1, 500))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_yolo_box_inside_is_kept_whatever_the_size(
    tmp_path: Path, sides: tuple[float, float, float, float], width: int, height: int
) -> None:
    left, right = sorted(sides[:2])
    top, bottom = sorted(sides[2:])
    x, y, wide, high = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    source = one_yolo(tmp_path, f"0 {x} {y} {wide} {high}\n", (width, height))
    found = list(boxes(source).values())
    if wide * width > 0.01 and high * height > 0.01:
        ((_, _, box),) = found
        edges = box.pixels(width, height)
        assert 0 <= edges[0] <= left * width + 0.01
        assert right * width - 0.01 <= edges[2] <= width
        assert edges[1] <= top * height + 0.01
        assert bottom * height - 0.01 <= edges[3]
    elif wide == 0 or high == 0:
        assert not found


def test_yolo_knows_its_parts_and_names_in_every_spelling(tmp_path: Path) -> None:
    for part, number in (("train", 0), ("val", 1)):
        written(tmp_path, {f"images/{part}/{number}.png": picture(number),
                           f"labels/{part}/{number}.txt": b"1 .5 .5 .1 .1\n"})  # fmt: skip
    (tmp_path / "data.yaml").write_text(
        f"path: {tmp_path}\ntrain: images/train\nval: [images/val]\nnames: {{1: 'b', 0: a}}\n"
    )
    for what in (tmp_path, tmp_path / "data.yaml"):
        assert recognised(str(what)) == "yolo"
        taken, refused = split(Yolo(str(what)))
        assert not refused
        assert {name: dict(item.metadata) for name, item in taken.items()} == {
            "images/train/0.png": {"split": "train", "labels": ["b"]},
            "images/val/1.png": {"split": "val", "labels": ["b"]},
        }
    (tmp_path / "data.yaml").unlink()
    written(tmp_path, {"classes.txt": b"cat\ndog\n"})
    assert recognised(str(tmp_path)) == "yolo"
    taken, _ = split(Yolo(str(tmp_path)))
    assert taken["images/val/1.png"].metadata == {"labels": ["dog"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [("names: [a, b", "cannot be read as YAML"), ("- 1\n- 2\n", "does not describe"),
     ("names: 7\n", "does not describe"), ("!!python/object/apply:os.system ['x']", "YAML"),
     ("names: [[a, b]]\n", "does not describe"), ("names: " + "[" * 100_000, "YAML"),
     ("nc: " + "9" * 9000 + "\n", "cannot be read as YAML"), ("date: 2026-99-99", "as YAML")],
)  # fmt: skip
def test_a_yaml_that_describes_no_dataset(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises((BadInputError, CorruptError), match=words):
        list(Yolo(str(tmp_path)).items())


# Pascal VOC


def test_voc_counts_pixels_from_one_and_includes_the_last(tmp_path: Path) -> None:
    root = tmp_path / "VOC2007"
    xml = voc_xml(64, 48, [("cat", (1, 1, 64, 48)), ("dog", (2, 3, 2, 3)), ("dog", (65, 1, 70, 9))])
    written(root, {"JPEGImages/a.png": picture(1), "Annotations/a.xml": xml,
                   "JPEGImages/b.png": picture(2), "JPEGImages/notes.txt": b"",
                   "ImageSets/Main/train.txt": b"a\n",
                   "ImageSets/Main/val.txt": b"b 1\n"})  # fmt: skip
    assert recognised(str(root)) == "voc"
    source = Voc(str(root), boxes=True)
    taken, refused = split(source)
    assert taken["JPEGImages/a.png"].metadata == {"split": "train", "labels": ["cat", "dog"]}
    assert taken["JPEGImages/b.png"].metadata == {"split": "val"}
    assert boxes(source) == {
        "JPEGImages/a.png#1": ("JPEGImages/a.png", "cat", Box(0, 0, 64, 48)),
        "JPEGImages/a.png#2": ("JPEGImages/a.png", "dog", Box(1, 2, 1, 1)),
    }
    assert list(refused) == ["JPEGImages/a.png#3"]
    assert source.skipped == 1


@pytest.mark.parametrize("size", [(64, 48), (48, 64), (0, 0), None])
def test_voc_sizes_are_those_of_the_files(tmp_path: Path, size: Any) -> None:
    width, height = size or (1, 1)
    xml = voc_xml(width, height, [("cat", (41, 11, 60, 40))])
    if size is None:
        xml = xml.partition(b"<size>")[0] + xml.partition(b"</size>")[2]
    written(tmp_path, {"JPEGImages/a.png": picture(1), "Annotations/a.xml": xml})
    found = boxes(Voc(str(tmp_path), boxes=True))
    assert found["JPEGImages/a.png#1"][2] == Box(40, 10, 20, 30)


def test_voc_lists_name_images_with_blanks_dots_and_endings(tmp_path: Path) -> None:
    names = ["my photo 1", "my photo", "a.b.c", "good", "flag", "none"]
    written(tmp_path, {f"JPEGImages/{name}.png": picture(n) for n, name in enumerate(names)})
    written(tmp_path, {
        "Annotations/lone.xml": voc_xml(64, 48, []),
        "Annotations/good.xml": voc_xml(64, 48, [("", (1, 1, 9, 9))]),
        "ImageSets/Main/train.txt": b"\xef\xbb\xbfmy photo 1\r\na.b.c\ngone\n",
        "ImageSets/Main/val.txt": b"good.png\nJPEGImages/my photo.png\nflag  1\na.b.c\n",
    })  # fmt: skip
    source = Voc(str(tmp_path))
    found = {entry.id: entry for entry in counted_items(source)}
    splits = {Path(name).stem: item.metadata.get("split") for name, item in found.items()
              if isinstance(item, Item)}  # fmt: skip
    assert splits == {"my photo 1": "train", "my photo": "val", "a.b.c": "train", "good": "val",
                      "flag": "val", "none": None}  # fmt: skip
    assert {one.reason: one.example for one in source.tally.summary().omitted} == {
        "images that a second list names, too": "a.b.c in train, val",
        "lines of lists that name no image": "'gone' of train.txt",
        "XMLs of Annotations without an image": "lone.xml",
        "objects without a name": "good.xml",
    }


@pytest.mark.parametrize(
    ("xml", "words"),
    [(b"<annotation><object>", "no XML"), (b"", "no XML"),
     (b'<!DOCTYPE x [<!ENTITY a "b">]><annotation>&a;</annotation>', "defines entities")],
)  # fmt: skip
def test_a_broken_xml_costs_its_boxes_and_not_its_image(
    tmp_path: Path, xml: bytes, words: str
) -> None:
    written(tmp_path, {"JPEGImages/a.png": picture(1), "Annotations/a.xml": xml})
    taken, refused = split(Voc(str(tmp_path), boxes=True))
    assert list(taken) == ["JPEGImages/a.png"]
    assert words in refused["JPEGImages/a.png#"]


@pytest.mark.parametrize("make", [yolo, voc, coco])
def test_a_workspace_takes_boxes_of_every_kind(tmp_path: Path, make: Any) -> None:
    made = make(tmp_path, pictures(2))
    report = index(made.what, tmp_path / "w.likewise", options={"boxes": True})
    assert (report.added, report.failed) == (4, ())
    with Workspace(tmp_path / "w.likewise") as place:
        parts = place.collection.facts(place.collection.ids(), ["parent_id"])
        assert sum(row["parent_id"] is not None for row in parts) == 2
