"""Tables that name images: CSV, TSV, JSON lines, Parquet."""

from __future__ import annotations

import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_makers import picture, write_table, written

from likewise.core.escaping import marked
from likewise.errors import BadInputError, CorruptError, LikewiseError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.sources.base import UNKNOWN, Item, Refused, open_source, recognised
from likewise.sources.table import Table

ENDINGS = ["csv", "tsv", "jsonl", "parquet"]


def split(source: Table) -> tuple[dict[str, Item], dict[str, str]]:
    found = list(source.items())
    taken = {entry.id: entry for entry in found if isinstance(entry, Item)}
    return taken, {entry.id: entry.reason for entry in found if isinstance(entry, Refused)}


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    if path.suffix == ".tsv":
        lines = ["\t".join(rows[0]), *("\t".join(map(str, row.values())) for row in rows)]
        path.write_text("\n".join(lines) + "\n")
        return str(path)
    return str(write_table(path, rows))


@pytest.mark.parametrize("ending", ENDINGS)
def test_rows_become_items_with_their_columns(tmp_path: Path, ending: str) -> None:
    written(tmp_path / "img", {"a.png": picture(1), "b.png": picture(2)})
    rows = [
        {"file_name": "img/a.png", "class": "cat", "score": 1.5},
        {"file_name": "img/gone.png", "class": "dog", "score": 2.5},
        {"file_name": "./img//b.png", "class": "cat", "score": 3.5},
    ]
    path = write(tmp_path / f"t.{ending}", rows)
    assert recognised(path) == "table"
    source = Table(path)
    taken, refused = split(source)
    assert list(taken) == ["img/a.png", "img/b.png"]
    assert "missing" in refused["img/gone.png"]
    told = taken["img/b.png"].metadata
    assert (told["class"], float(told["score"])) == ("cat", 3.5)
    assert source.read(taken["img/b.png"], Limits()) == picture(2)
    assert source.path(taken["img/b.png"]) == tmp_path / "img" / "b.png"
    assert (source.name, source.count()) == ("t", 3 if ending == "parquet" else None)


def test_columns_are_found_by_name_by_look_or_are_said(tmp_path: Path) -> None:
    written(tmp_path, {"a.png": picture(1)})
    odd = write(tmp_path / "odd.csv", [{"k": "7", "where it is": "a.png", "note": "x"}])
    assert list(split(Table(odd))[0]) == ["a.png"]
    assert list(split(Table(odd, key_column="k"))[0]) == ["7"]
    two = write(tmp_path / "two.csv", [{"front": "a.png", "back": "b.png"}])
    with pytest.raises(BadInputError, match=r"--set path_column=NAME: front, back"):
        list(Table(two).items())
    assert list(split(Table(two, path_column="front"))[0]) == ["a.png"]
    with pytest.raises(BadInputError, match=r"no column 'side'; its columns: front, back"):
        list(Table(two, path_column="side").items())
    with pytest.raises(BadInputError, match=r"no column 'nr'"):
        list(Table(two, path_column="front", key_column="nr").items())
    with pytest.raises(
        BadInputError, match=r"no option 'colour'; its options: allow_folders, allow_urls"
    ):
        open_source(two, options={"colour": "red"})


def test_paths_may_be_absolute_or_seen_from_another_folder(tmp_path: Path) -> None:
    written(tmp_path / "elsewhere", {"a.png": picture(1), "b.png": picture(2)})
    (tmp_path / "tables").mkdir()
    path = write(tmp_path / "tables" / "t.csv", [
        {"path": "a.png"}, {"path": str(tmp_path / "elsewhere" / "b.png")},
        {"path": str(tmp_path / "tables" / "none.png")},
    ])  # fmt: skip
    source = Table(path, images=str(tmp_path / "elsewhere"))
    taken, refused = split(source)
    assert (list(taken), len(refused)) == (["a.png", "b.png"], 1)
    assert Table(path, images="../elsewhere").images == source.images == "../elsewhere"
    with pytest.raises(NotFoundError, match=r"'\.\./nowhere' is neither beside"):
        Table(path, images="../nowhere")


def test_an_id_never_goes_up(tmp_path: Path) -> None:
    """It is a part of addresses, and two dots in one mean something else to browsers."""
    written(tmp_path / "img", {"a.png": picture(1)})
    (tmp_path / "tables").mkdir()
    path = write(tmp_path / "tables" / "t.csv", [{"path": "../img/a.png"}])
    source = Table(path, allow_folders=str(tmp_path / "img"))
    (item,) = split(source)[0].values()
    assert item.id == str(tmp_path / "img" / "a.png")
    assert source.read(item, Limits()) == picture(1)


def test_addresses_are_items_of_unknown_size(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.jsonl", [{"url": "HTTPS://x.example/a.jpg"}, {"url": "s3://b/c.png"}]
    )
    taken, _ = split(Table(path, allow_urls=True))
    assert {name: item.size for name, item in taken.items()} == {
        "HTTPS://x.example/a.jpg": UNKNOWN, "s3://b/c.png": UNKNOWN,
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["s3", "gs", "gcs", "az", "abfs"])
def test_buckets_are_read_with_nobodys_keys_unless_allowed(tmp_path: Path, scheme: str) -> None:
    """A table of a stranger's must not make likewise ask a bucket with the reader's own keys."""
    written(tmp_path, {"a.png": picture(1)})
    path = write(tmp_path / "t.csv", [{"path": "a.png"}, {"path": f"{scheme}://b/c.png"}])
    taken, refused = split(Table(path))
    assert list(taken) == ["a.png"]
    assert "--allow-urls" in refused[f"{scheme}://b/c.png"]
    assert len(split(Table(path, allow_urls=True))[0]) == 2


def test_a_bucket_named_by_the_person_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", [{"path": "c.png"}, {"path": "s3://other/c.png"}])
    taken, refused = split(Table(path, images="s3://mine/jpg"))
    assert [item.uri for item in taken.values()] == ["s3://mine/jpg/c.png"]
    assert list(refused) == ["s3://other/c.png"]


def test_what_is_heavy_or_says_nothing_is_no_metadata(tmp_path: Path) -> None:
    written(tmp_path, {"a.png": picture(1)})
    rows = {
        "path": ["a.png"], "vector": [np.arange(8.0)], "data": [b"..."], "none": [None],
        "nan": [float("nan")], "when": [date(2026, 1, 2)], "tags": [["x", "y"]],
        "image": [{"bytes": b"x", "path": "y"}], "n": [3], "yes": [True], "s": [{"k": 1}],
    }  # fmt: skip
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    (item,) = split(Table(str(tmp_path / "t.parquet")))[0].values()
    assert item.metadata == {
        "when": "2026-01-02", "tags": ["x", "y"], "n": 3, "yes": True, "s": {"k": 1},
    }  # fmt: skip


def test_a_bad_row_costs_that_row(tmp_path: Path) -> None:
    written(tmp_path, {"a.png": picture(1), "b.png": picture(2)})
    (tmp_path / "t.csv").write_text("path,n\na.png,1\nb.png\n,3\n\na.png,4\nb.png,5\n")
    taken, refused = split(Table(str(tmp_path / "t.csv")))
    assert list(taken) == ["a.png", "b.png"]
    assert list(refused) == ["row 2", "row 3", "a.png (row 5)"]
    (tmp_path / "t.jsonl").write_text('{"path": "a.png"}\n{"path"\n[1]\n\n{"path": 7}\n')
    taken, refused = split(Table(str(tmp_path / "t.jsonl")))
    assert (list(taken), list(refused)) == (["a.png"], ["row 2", "row 3", "row 5"])


@pytest.mark.parametrize(
    ("name", "data", "error", "words"),
    [
        ("t.csv", b"path\n\xff\xfe.png\n", BadInputError, "not text in UTF-8"),
        ("t.csv", b"path,path\na,b\n", BadInputError, "two columns 'path'"),
        ("t.csv", b"x,y\n1,2\n", BadInputError, "--set path_column=NAME: x, y"),
        ("t.csv", b'path\n"' + b"x" * (1 << 20) + b'x"\n', BadInputError, "not a CSV table"),
        ("t.jsonl", b"x" * (1 << 24) + b"\n", BadInputError, "no table of JSON lines"),
        ("t.parquet", b"PAR1 not really", CorruptError, "cannot be read as Parquet"),
        ("t.parquet", b"", CorruptError, "cannot be read as Parquet"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_said_in_a_sentence(
    tmp_path: Path, name: str, data: bytes, error: type[LikewiseError], words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=words) as raised:
        list(Table(str(tmp_path / name)).items())
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_a_table_that_is_none_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"")
    with pytest.raises(BadInputError, match=r"no table by its name; one ending in \.csv"):
        Table(str(tmp_path / "t.xlsx"))
    with pytest.raises(BadInputError, match="nor of another kind that is read"):
        open_source(str(tmp_path / "t.xlsx"))


names = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0/"), min_size=1, max_size=12
).filter(lambda name: name.strip(". ") == name.strip(" ") != "")


@given(st.lists(names, min_size=1, max_size=5, unique=True), st.sampled_from(ENDINGS))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_name_survives_a_table(tmp_path: Path, wanted: list[str], ending: str) -> None:
    files = {f"{number}-{name}": picture(number) for number, name in enumerate(wanted)}
    written(tmp_path / "p", files)
    if ending == "tsv":
        return
    rows = [{"path": f"p/{name}"} for name in files]
    source = Table(str(write_table(tmp_path / f"t.{ending}", rows)))
    taken, refused = split(source)
    assert not refused
    assert list(taken) == [f"p/{name}" for name in files]
    for (name, item), data in zip(taken.items(), files.values(), strict=True):
        assert source.read(item, Limits()) == data, name


def test_names_that_a_spreadsheet_would_run_come_back_from_their_mark(tmp_path: Path) -> None:
    odd = ["-a.png", "=b.png", "+c.png", "@d.png", "'=e.png", "\tf.png"]
    written(tmp_path, {name: picture(1) for name in odd})
    path = write_table(tmp_path / "t.csv", [{"path": marked(name)} for name in odd])
    assert list(split(Table(str(path)))[0]) == odd


def test_a_row_that_names_a_folder_or_a_null_byte_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps({"path": p}) + "\n" for p in ("folder.png", "a\0b.png")))
    _, refused = split(Table(str(path)))
    assert "a folder" in refused["folder.png"]
    assert "cannot be looked at" in refused["a\0b.png"]


def test_a_file_that_changed_into_a_fifo_does_not_hang(tmp_path: Path) -> None:
    import os

    written(tmp_path, {"a.png": picture(1)})
    source = Table(write(tmp_path / "t.csv", [{"path": "a.png"}]))
    (item,) = split(source)[0].values()
    (tmp_path / "a.png").unlink()
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(BadImageError, match="not a regular file"):
        source.read(item, Limits())


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "csv"])
def test_many_rows_stream_in_bounded_memory(tmp_path: Path, ending: str) -> None:
    """A short form of benchmarks/sources.py: only the ids are kept."""
    peaks = []
    for count in (2_000, 8_000):
        rows = [{"path": f"s3://b/{n:08d}.png", "text": f"{n} " * 40} for n in range(count)]
        source = Table(write(tmp_path / f"{count}.{ending}", rows), allow_urls=True)
        del rows
        tracemalloc.start()
        assert sum(isinstance(entry, Item) for entry in source.items()) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 6_000 * 200  # bytes a row; a row as it is has 400 and more


@pytest.mark.parametrize(
    ("lines", "column"),
    [("{}.png,kind", "label"), ("kind,{}.png", "label"), ("{}.png,1,kind", "column 3")],
)
def test_a_table_without_a_header_loses_no_image(tmp_path: Path, lines: str, column: str) -> None:
    written(tmp_path, {f"{n}.png": picture(n) for n in range(3)})
    path = tmp_path / "t.csv"
    path.write_text("".join(lines.format(n) + "\n" for n in range(3)))
    taken, refused = split(Table(str(path)))
    assert not refused
    assert list(taken) == ["0.png", "1.png", "2.png"]
    assert {item.metadata[column] for item in taken.values()} == {"kind"}


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    names = [f"c{n}" for n in range(100_000)]
    path.write_text(",".join(["path", *names]) + "\n" + ",".join(["a.png", *names]) + "\n")
    with pytest.raises(BadInputError, match="100,001 columns and 16,384 are read at most"):
        list(Table(str(path)).items())


def test_many_columns_are_looked_at_once_each(tmp_path: Path) -> None:
    written(tmp_path, {"a.png": picture(1)})
    path = tmp_path / "t.csv"
    names = [f"c{n}" for n in range(16_000)]
    path.write_text(",".join(["path", *names]) + "\n" + ",".join(["a.png", *names]) + "\n")
    assert split(Table(str(path)))[0]["a.png"].metadata["c15999"] == "c15999"
