"""Datasets of strangers: names that lead out of the folder, nesting without end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from source_makers import picture, write_table, written

from likewise.errors import BadInputError, CorruptError
from likewise.images.decode import BadImageError, Limits
from likewise.sources._allowed_folders import is_inside, local_path
from likewise.sources._json import DEEPEST, opened_json
from likewise.sources.base import Item, Refused, Source, open_source

Maker = Callable[[Path, list[str]], Path]


def coco(path: Path, names: list[str]) -> Path:
    images = [{"id": n, "file_name": name} for n, name in enumerate(names)]
    text = json.dumps({"images": images, "annotations": [], "categories": []})
    path.with_suffix(".json").write_text(text)
    return path.with_suffix(".json")


def studio(path: Path, names: list[str]) -> Path:
    tasks = [{"data": {"image": name}} for name in names]
    path.with_suffix(".json").write_text(json.dumps(tasks))
    return path.with_suffix(".json")


def uploads(path: Path, names: list[str]) -> Path:
    return studio(path, [f"/data/local-files/?d={name}" for name in names])


def table(path: Path, names: list[str]) -> Path:
    return write_table(path.with_suffix(".csv"), [{"path": name} for name in names])


@pytest.fixture
def set_in(tmp_path: Path) -> Path:
    """A dataset's folder beside one with a private picture."""
    written(tmp_path, {"set/a.png": picture(1), "private/x.png": picture(2)})
    return tmp_path / "set"


def outcome(source: Source) -> tuple[list[str], dict[str, str]]:
    found = list(source.items())
    taken = [entry.id for entry in found if isinstance(entry, Item)]
    return taken, {entry.id: entry.reason for entry in found if isinstance(entry, Refused)}


@pytest.mark.parametrize("make", [coco, studio, uploads, table])
@pytest.mark.parametrize(
    "spelled",
    ["../private/x.png", "{top}/private/x.png", "file://{top}/private/x.png",
     "a/../../private/x.png"],
)  # fmt: skip
def test_names_that_lead_out_are_refused(set_in: Path, make: Maker, spelled: str) -> None:
    name = spelled.format(top=set_in.parent)
    path = make(set_in / "list", ["a.png", name])
    taken, refused = outcome(open_source(path))
    assert taken == ["a.png"]
    (why,) = refused.values()
    assert why.endswith(f"--allow-folder {set_in.parent}/private")
    allowed = open_source(path, options={"allow_folders": f"/none:{set_in.parent}/private"})
    taken, refused = outcome(allowed)
    assert taken == ["a.png", f"{set_in.parent}/private/x.png"]
    assert not refused


def test_a_coco_of_which_all_lead_out_says_how_to_allow_them(set_in: Path) -> None:
    path = coco(set_in / "list", [f"{set_in.parent}/private/x.png"])
    with pytest.raises(BadInputError, match=r"outside .*--allow-folder .*private$"):
        open_source(path)
    source = open_source(path, options={"allow_folders": str(set_in.parent / "private")})
    assert len(outcome(source)[0]) == 1


def test_inside_is_as_written_or_where_links_lead(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert is_inside(tmp_path / "link" / "a.png", [tmp_path / "real"])
    assert is_inside(tmp_path / "real" / "a.png", [tmp_path / "link"])
    assert not is_inside(tmp_path / "real" / ".." / "a.png", [tmp_path / "link"])
    assert not is_inside(tmp_path / "really" / "a.png", [tmp_path / "real"])
    assert local_path("file://else/where.png") == "file://else/where.png"


def nested(depth: int, lead: str = "", trail: str = "") -> bytes:
    return (lead + '{"a":[' * depth + "1" + "]}" * depth + trail).encode()


def read_all(path: Path) -> bytes:
    data = b""
    with opened_json(path, path, "write it again") as file:
        while block := file.read(1 << 16):
            data += block
    return data


@pytest.mark.parametrize("depth", [33, 3_000, 200_000])
@pytest.mark.parametrize(
    ("lead", "trail"),
    [('{"images":[{"file_name":"a.png","x":', '}],"annotations":[]}'),
     ('[{"data":{"image":"a.png","x":', "}}]")],
)  # fmt: skip
def test_deep_json_is_refused_in_a_sentence(
    set_in: Path, depth: int, lead: str, trail: str
) -> None:
    (set_in / "d.json").write_bytes(nested(depth, lead, trail))
    with pytest.raises(CorruptError, match=f"more than {DEEPEST} deep"):
        outcome(open_source(set_in / "d.json"))


def test_brackets_in_texts_are_no_depth(tmp_path: Path) -> None:
    texts = ["[" * 500, '"[{', "\\", "\\\\[", "NaN", "]" * 500, '{"', "é[" * 40]
    said: list[Any] = [{"data": {"image": text, "n": 1}} for text in texts] * 3000
    path = tmp_path / "a.json"
    path.write_text(json.dumps(said))
    assert read_all(path) == path.read_bytes()
    path.write_text(json.dumps([float("nan"), "NaN", float("-inf")] * 90_000))
    assert json.loads(read_all(path)) == [None, "NaN", None] * 90_000


def test_a_parquet_of_images_does_not_lead_out(set_in: Path) -> None:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    names = ["a.png", "../private/x.png", str(set_in.parent / "private" / "x.png")]
    rows = [{"image": {"bytes": None, "path": name}} for name in names]
    pq.write_table(pa.Table.from_pylist(rows, pa.schema([("image", kind)])), set_in / "t.parquet")
    source = open_source(set_in / "t.parquet", "huggingface")
    first, *others = source.items()
    assert isinstance(first, Item)
    assert source.read(first, Limits()) == picture(1)
    for item in others:
        assert isinstance(item, Item)
        with pytest.raises(BadImageError, match="--allow-folder"):
            source.read(item, Limits())
    options = {"allow_folders": str(set_in.parent / "private")}
    source = open_source(set_in / "t.parquet", "huggingface", options)
    *_, last = source.items()
    assert isinstance(last, Item)
    assert source.read(last, Limits()) == picture(2)
