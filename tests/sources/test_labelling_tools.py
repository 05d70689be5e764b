"""What FiftyOne and Label Studio export, as a person would have left it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from source_makers import MAKERS, choice, picture, pictures, served, written

from likewise.core.box import Box
from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.images.decode import Limits
from likewise.sources import _web
from likewise.sources.base import Item, Refused, Source, counted_items, recognised
from likewise.sources.fiftyone import Fiftyone
from likewise.sources.label_studio import LabelStudio


def split(source: Source) -> tuple[dict[str, Item], dict[str, str]]:
    found = list(source.items())
    taken = {entry.id: entry for entry in found if isinstance(entry, Item)}
    return taken, {entry.id: entry.reason for entry in found if isinstance(entry, Refused)}


# FiftyOne


def fifty(folder: Path, labels: dict[str, Any], images: int = 4, **more: Any) -> str:
    written(folder, {f"data/{n}.png": picture(n) for n in range(images)})
    (folder / "labels.json").write_text(json.dumps({**more, "labels": labels}))
    return str(folder)


def test_classes_in_every_spelling_that_fiftyone_writes(tmp_path: Path) -> None:
    labels = {"0": 1, "1": "cat", "2": {"label": 0, "confidence": 0.5, "attributes": {"n": 7}},
              "3": None, "9": "dog"}  # fmt: skip
    taken, refused = split(Fiftyone(fifty(tmp_path, labels, classes=["cat", "dog"])))
    assert {name: dict(item.metadata) for name, item in taken.items()} == {
        "data/0.png": {"label": "dog"},
        "data/1.png": {"label": "cat"},
        "data/2.png": {"label": "cat", "confidence": 0.5, "n": 7},
        "data/3.png": {},
    }
    assert list(refused) == ["data/9"]


def test_boxes_of_fiftyone_at_the_borders(tmp_path: Path) -> None:
    shares = [[0, 0, 1, 1], [0.75, 0.5, 0.5, 0.5], [1.5, 0, 0.5, 1], [0, 0, 0, 1], "none"]
    drawn = [{"label": "cat", "bounding_box": sides, "index": n} for n, sides in enumerate(shares)]
    labels = {"0": [*drawn, {"label": "wall"}], "1": ["cat", 7]}
    taken, refused = split(Fiftyone(fifty(tmp_path, labels, classes=None), boxes=True))
    boxes = {name: item.box for name, item in taken.items() if item.box}
    assert boxes == {"data/0.png#1": Box(0, 0, 64, 48), "data/0.png#2": Box(48, 24, 32, 24)}
    assert taken["data/0.png#2"].metadata == {"label": "cat", "index": 1}
    assert taken["data/0.png"].metadata == {"labels": ["cat", "wall"]}
    assert taken["data/1.png"].metadata == {"labels": ["7", "cat"]}
    assert set(refused) == {"data/0.png#3", "data/0.png#4", "data/0.png#5"}


def test_a_coco_of_the_same_layout_is_none_of_fiftyone(tmp_path: Path) -> None:
    fifty(tmp_path, {"0": "cat"})
    assert recognised(str(tmp_path)) == "fiftyone"
    coco = {"info": {}, "images": [{"id": 1, "file_name": "0.png"}], "annotations": []}
    (tmp_path / "labels.json").write_text(json.dumps(coco))
    assert recognised(str(tmp_path)) == "folder"
    with pytest.raises(NotFoundError, match=r"no labels\.json of FiftyOne"):
        Fiftyone(str(tmp_path))
    (tmp_path / "labels.json").write_text('{"classes": ["cat"], "labels": {"0": ')
    with pytest.raises(CorruptError, match="cannot be read as JSON"):
        list(Fiftyone(str(tmp_path)).items())


# Label Studio


def studio(folder: Path, tasks: list[Any]) -> str:
    written(folder, {f"images/{n}.png": picture(n) for n in range(4)})
    path = folder / "export.json"
    path.write_text(json.dumps(tasks))
    return str(path)


def task(image: Any, *annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    data = {"image": image, "site": "x"}
    return {"id": 1, "data": data, "annotations": list(annotations), **more}


def said(*regions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"result": list(regions), **more}


def rectangle(label: str, x: float, y: float, wide: float, high: float, **more: Any) -> Any:
    value = {"x": x, "y": y, "width": wide, "height": high, "rotation": 0,
             "rectanglelabels": [label]}  # fmt: skip
    return {"id": f"{label}-{x}", "value": value, "original_width": 64, "original_height": 48,
            "image_rotation": 0, **more}  # fmt: skip


def test_the_newest_annotation_counts_and_a_cancelled_one_never(tmp_path: Path) -> None:
    old, new = {"updated_at": "2026-01-01"}, {"updated_at": "2026-02-01"}
    path = studio(tmp_path, [
        task("images/0.png", said(choice("new"), **new), said(choice("old"), **old)),
        task("images/1.png", said(choice("skipped"), was_cancelled=True)),
        task("images/2.png", said(choice("truth"), ground_truth=True, **old),
             said(choice("new"), **new)),
        task("images/3.png", predictions=[said({**choice("guess"), "score": 0.9})]),
    ])  # fmt: skip
    assert recognised(path) == "label_studio"
    taken, refused = split(LabelStudio(path))
    assert not refused
    assert (
        split(
            LabelStudio(
                studio(tmp_path / "ids", [task("images/0.png", predictions=[8])]), predictions=True
            )
        )[1]
        == {}
    )  # as it is exported: numbers only
    labels = {name: item.metadata.get("label") for name, item in taken.items()}
    assert labels == {"images/0.png": "new", "images/1.png": None, "images/2.png": "truth",
                      "images/3.png": None}  # fmt: skip
    assert taken["images/0.png"].metadata["site"] == "x"
    (last,) = [item for item in split(LabelStudio(path, predictions=True))[0].values()
               if item.id == "images/3.png"]  # fmt: skip
    assert dict(last.metadata) == {
        "site": "x", "label": "guess", "labelled_by": "rule", "score": 0.9,
    }  # fmt: skip


def test_what_a_person_chose_replaces_a_prediction(tmp_path: Path) -> None:
    path = studio(tmp_path, [
        task("images/0.png", said(choice("house", "mine")),
             predictions=[said(choice("barn", "its"))]),
    ])  # fmt: skip
    taken, _ = split(LabelStudio(path, predictions=True))
    assert taken["images/0.png"].metadata["label"] == "house"


def test_rectangles_are_parts_and_turned_ones_are_told(tmp_path: Path) -> None:
    turned = rectangle("far", 3, 3, 10, 10)
    turned["value"]["rotation"] = 30
    path = studio(tmp_path, [
        task("images/0.png", said(
            rectangle("cat", 0, 0, 100, 100), rectangle("dog", 75, 50, 25, 50), turned,
            rectangle("bad", 1, 1, 1, 1, original_width=None),
            {"id": "p", "value": {"points": [[1, 2]], "polygonlabels": ["pond"]}},
        )),
    ])  # fmt: skip
    taken, refused = split(LabelStudio(path, boxes=True))
    assert taken["images/0.png"].metadata["labels"] == ["bad", "cat", "dog", "far"]
    assert {item.metadata["label"]: item.box for item in taken.values() if item.box} == {
        "cat": Box(0, 0, 64, 48), "dog": Box(48, 24, 16, 24),
    }  # fmt: skip
    assert set(refused) == {"images/0.png#far-3", "images/0.png#bad-1"}


def test_what_is_said_of_a_region_stays_with_its_rectangle(tmp_path: Path) -> None:
    def more(region: Any, kind: str, name: str, said: Any) -> Any:
        place = {key: region["value"][key] for key in ("x", "y", "width", "height")}
        return {**region, "type": kind, "from_name": name, "value": {**place, **said}}

    car, van, plate = (rectangle(label, 0, 0, 50, 50) for label in ("car", "van", "plate"))
    bare = {**rectangle("x", 0, 0, 50, 50), "id": "bare"}
    bare["value"].pop("rectanglelabels")
    path = studio(tmp_path, [
        task("images/0.png", said(car, more(car, "choices", "state", {"choices": ["broken"]}),
                                  more(van, "rating", "stars", {"rating": 4}), van)),
        task("images/1.png", said(plate, more(plate, "textarea", "note", {"text": ["AB 12"]}))),
        task("images/2.png", said(bare, more(bare, "choices", "state", {"choices": ["new"]}))),
        task("images/3.png", said({**choice("house"), "id": None}, {**choice("old"), "id": None},
                                  {"id": "t", "from_name": "memo", "type": "textarea",
                                   "value": {"text": ["a", "b"]}})),
    ])  # fmt: skip
    taken, refused = split(LabelStudio(path, boxes=True))
    assert not refused
    parts = {name: item.metadata for name, item in taken.items() if item.box}
    assert [(one["label"], one.get("state"), one.get("stars"), one.get("note"))
            for one in parts.values()] == [
        ("car", "broken", None, None), ("van", None, 4, None), ("plate", None, None, "AB 12"),
        ("new", None, None, None),
    ]  # fmt: skip
    assert taken["images/0.png"].metadata["labels"] == ["car", "van"]
    assert taken["images/3.png"].metadata["labels"] == ["house", "old"]
    assert taken["images/3.png"].metadata["memo"] == ["a", "b"]


def test_what_does_not_count_in_a_task_is_counted(tmp_path: Path) -> None:
    written_to = studio(tmp_path, [
        task("images/0.png", said(choice("a")), said(choice("b"), was_cancelled=True),
             said({"type": "relation", "from_id": "a"}, choice("c"),
                  {"id": "p", "type": "polygonlabels",
                   "value": {"points": [[1, 2]], "polygonlabels": ["pond"]}}),
             predictions=[said(choice("guess"))]),
    ])  # fmt: skip
    path = Path(written_to)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert recognised(str(path)) == "label_studio"
    source = LabelStudio(str(path))
    (item,) = counted_items(source)
    assert isinstance(item, Item)
    assert item.metadata["label"] == "c"
    assert {one.reason: one.count for one in source.tally.summary().omitted} == {
        "annotations beside the one that counts": 1,
        "annotations that were cancelled": 1,
        "predictions, which --set predictions=true reads": 1,
        "regions that are no rectangles (polygonlabels)": 1,
        "results without a value, such as relations": 1,
    }


def test_images_are_found_however_a_task_names_them(tmp_path: Path) -> None:
    path = studio(tmp_path, [
        task("/data/local-files/?d=images/0.png"), task("/data/upload/images/1.png"),
        task(str(tmp_path / "images" / "2.png")), {"data": {"photo": "images/3.png", "n": 1}},
        task("images/none.png"), task("images/0.png"), task(7), "no task", {"data": []},
    ])  # fmt: skip
    taken, refused = split(LabelStudio(path))
    assert list(taken) == [f"images/{n}.png" for n in range(4)]
    assert dict(taken["images/3.png"].metadata) == {"n": 1}
    assert list(refused) == ["images/none.png", "images/0.png (task 6)", "task 7", "task 8",
                             "task 9"]  # fmt: skip
    inside = studio(tmp_path / "far", [task("0.png")])
    taken, _ = split(LabelStudio(inside, images=str(tmp_path / "images")))
    assert list(taken) == ["0.png"]


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(_web, "is_public", lambda address: True)
    with served(written(tmp_path / "web", {"a.png": picture(5)})) as address:
        yield f"{address}/a.png"


def test_urls_only_where_they_are_allowed(tmp_path: Path, web: str) -> None:
    path = studio(tmp_path, [task(web)])
    with pytest.raises(BadInputError, match="--allow-urls"):
        split(LabelStudio(path))
    source = LabelStudio(path, allow_urls=True)
    ((name, item),) = split(source)[0].items()
    assert (name, source.read(item, Limits())) == (web, picture(5))


def test_buckets_only_where_they_are_allowed(tmp_path: Path) -> None:
    path = studio(tmp_path, [task("s3://b/a.png"), task("gs://b/a.png")])
    taken, refused = split(LabelStudio(path))
    assert not taken
    assert all("--allow-urls" in why for why in refused.values())
    assert len(split(LabelStudio(path, allow_urls=True))[0]) == 2


def test_what_is_no_list_of_tasks(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"data": {"image": "a.png"}}, ')
    with pytest.raises(CorruptError, match="cannot be read as JSON"):
        list(LabelStudio(str(tmp_path / "a.json")).items())
    (tmp_path / "b.json").write_text('[{"id": 1}]')
    assert recognised(str(tmp_path / "b.json")) is None
    made = MAKERS["label_studio"](tmp_path / "made", pictures())
    assert recognised(made.what) == "label_studio"
