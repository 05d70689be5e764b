"""COCO as other tools write it: ids as text, names of Windows, no boxes, odd numbers, EXIF."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from source_makers import picture, written

from likewise.core.box import Box
from likewise.sources.base import Item, Refused, counted_items, recognised
from likewise.sources.coco import Coco

IMAGES: list[dict[str, Any]] = [
    {"id": n, "file_name": f"{n}.png", "width": 64, "height": 48} for n in range(3)
]
DRAWN: list[dict[str, Any]] = [
    {"id": n, "image_id": n, "category_id": n % 2, "bbox": [1, 2, 30, 20]} for n in range(3)
]
NAMES = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]


def coco(
    folder: Path, images: list[Any], drawn: list[Any], names: list[Any] = NAMES, **more: Any
) -> Path:
    written(folder, {f"images/{n}.png": picture(n) for n in range(3)})
    path = folder / "set.json"
    said = {**more, "images": images, "annotations": drawn, "categories": names}
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def read(source: Coco) -> tuple[dict[str, Item], dict[str, str], dict[str, Any]]:
    found = list(counted_items(source))
    taken = {entry.id: entry for entry in found if isinstance(entry, Item)}
    refused = {entry.id: entry.reason for entry in found if isinstance(entry, Refused)}
    return taken, refused, source.tally.summary().to_json()


def as_text(entries: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [{**entry, key: str(entry[key])} for entry in entries]


@pytest.mark.parametrize(
    ("images", "drawn", "names"),
    [
        (as_text(IMAGES, "id"), DRAWN, NAMES),
        (IMAGES, as_text(DRAWN, "image_id"), NAMES),
        (IMAGES, DRAWN, as_text(NAMES, "id")),
        (IMAGES, [{**one, "category_id": float(one["category_id"])} for one in DRAWN], NAMES),
    ],
)
def test_ids_may_be_numbers_here_and_text_there(
    tmp_path: Path, images: Any, drawn: Any, names: Any
) -> None:
    taken, refused, counts = read(Coco(str(coco(tmp_path, images, drawn, names)), boxes=True))
    assert not refused
    labels = [item.metadata["labels"] for item in taken.values() if item.box is None]
    assert labels == [["cat"], ["dog"], ["cat"]]
    assert (counts["boxes"], counts["omitted"], counts["notes"]) == (3, [], [])


@pytest.mark.parametrize("boxes", [False, True])
def test_what_belongs_to_no_image_is_counted(tmp_path: Path, boxes: bool) -> None:
    drawn: list[Any] = [
        {**DRAWN[0], "image_id": 100}, {**DRAWN[1], "image_id": 100}, DRAWN[2],
        {"id": 7, "image_id": 1}, {"id": 8, "category_id": 1}, {**DRAWN[1], "category_id": 9}, 5,
    ]  # fmt: skip
    images = [*IMAGES, {**IMAGES[2], "file_name": "other.png"}, 6]
    _, _, counts = read(Coco(str(coco(tmp_path, images, drawn)), boxes=boxes))
    assert {one["reason"]: one["count"] for one in counts["omitted"]} == {
        "annotations of images that the list does not have": 2,
        "annotations without 'category_id'": 1,
        "annotations without 'image_id'": 1,
        "entries of 'annotations' that are no objects": 1,
        "entries of 'images' that are no objects": 1,
        "entries that cannot be used": 1,
        "images with the id of another one, left without labels": 1,
    }
    (note,) = counts["notes"]
    assert note["example"] == "category 9 on 1.png"
    assert (counts["labels"], counts["boxes"]) == (2, 2)


POLYGON = [[10, 10, 60, 10, 60, 40], [20, 5, 30, 8, 30, 20]]


@pytest.mark.parametrize("bbox", [None, [], [0, 0, 0, 0], [10, 10, float("nan"), 3]])
def test_a_polygon_without_a_box_has_the_box_that_it_fits_into(tmp_path: Path, bbox: Any) -> None:
    one: dict[str, Any] = {"id": 1, "image_id": 0, "category_id": 0, "segmentation": POLYGON}
    if bbox is not None:
        one["bbox"] = bbox
    taken, _, counts = read(Coco(str(coco(tmp_path, IMAGES, [one])), boxes=True))
    assert taken["0.png#1"].box == Box(10, 5, 50, 35)
    assert counts["omitted"] == []


def test_a_mask_alone_is_a_label_and_is_counted(tmp_path: Path) -> None:
    mask = {"counts": [1, 2], "size": [48, 64]}
    drawn = [{"id": 4, "image_id": 0, "category_id": 0, "segmentation": mask}]
    taken, _, counts = read(Coco(str(coco(tmp_path, IMAGES, drawn)), boxes=True))
    assert taken["0.png"].metadata["labels"] == ["cat"]
    (omitted,) = counts["omitted"]
    assert omitted["example"] == "annotation 4"


@pytest.mark.parametrize(
    "names",
    [("images\\{}.png", 3), ("images\\1/{}.png", 3), ("images/1/{}.png", 3),
     ("..\\..\\server\\media\\upload\\4\\{}.png", 3)],
)  # fmt: skip
def test_names_of_another_machine(tmp_path: Path, names: tuple[str, int]) -> None:
    images = [{**one, "file_name": names[0].format(one["id"])} for one in IMAGES]
    path = coco(tmp_path, images, DRAWN)
    for source in (Coco(str(path)), Coco(str(path), images=str(tmp_path / "images"))):
        taken, refused, counts = read(source)
        assert not refused
        assert [Path(name).name for name in taken] == ["0.png", "1.png", "2.png"]
        assert counts["labels"] == 3


def test_a_last_part_that_two_images_share_is_nobodys(tmp_path: Path) -> None:
    names = ["a/0.png", "b/0.png", "a/1.png"]
    images = [{**one, "file_name": name} for one, name in zip(IMAGES, names, strict=True)]
    taken, refused, _ = read(Coco(str(coco(tmp_path, images, DRAWN))))
    assert list(taken) == ["1.png"]
    assert all("another image is named 0.png" in why for why in refused.values())
    assert len(refused) == 2


def test_images_are_found_where_the_first_were_not_downloaded(tmp_path: Path) -> None:
    images = [{"id": n, "file_name": f"{n - 50}.png"} for n in range(53)]
    taken, refused, _ = read(Coco(str(coco(tmp_path, images, []))))
    assert list(taken) == ["0.png", "1.png", "2.png"]
    assert len(refused) == 50


def test_a_long_description_a_mark_and_numbers_that_json_lacks(tmp_path: Path) -> None:
    odd = {"text": 'NaN, -Infinity, \\" NaN', "value": float("nan"), "low": float("-inf")}
    images = [{**IMAGES[0], **odd}, *IMAGES[1:]]
    path = coco(tmp_path, images, DRAWN, info={"description": "words " * 20_000})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert recognised(str(path)) == "coco"
    taken, _, counts = read(Coco(str(path)))
    assert taken["0.png"].metadata == {"image_id": 0, "text": odd["text"], "labels": ["cat"]}
    assert counts["labels"] == 3


@pytest.fixture
def turned(tmp_path: Path) -> Path:
    """An image of 200 x 100 pixels that EXIF turns to 100 x 200."""
    path = coco(tmp_path, [], [])
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (200, 100), (9, 9, 9)).save(tmp_path / "images" / "t.jpg", exif=exif)
    return path


@pytest.mark.parametrize(
    ("size", "box", "stored", "notes"),
    [((100, 200), [10, 20, 30, 40], False, 0), ((200, 100), [10, 20, 30, 40], False, 1),
     ((200, 100), [20, 60, 40, 30], True, 0), ((None, None), [10, 20, 30, 40], False, 0)],
)  # fmt: skip
def test_boxes_of_a_turned_image(
    turned: Path, size: Any, box: Any, stored: bool, notes: int
) -> None:
    image = {"id": 1, "file_name": "t.jpg", "width": size[0], "height": size[1]}
    drawn = [{"id": 1, "image_id": 1, "category_id": 0, "bbox": box}]
    turned.write_text(json.dumps({"images": [image], "annotations": drawn, "categories": NAMES}))
    taken, refused, counts = read(Coco(str(turned), boxes=True, stored_pixels=stored))
    assert not refused
    assert taken["t.jpg#1"].box == Box(10, 20, 30, 40)
    assert len(counts["notes"]) == notes
    assert notes == 0 or "stored_pixels=true" in counts["notes"][0]["reason"]
