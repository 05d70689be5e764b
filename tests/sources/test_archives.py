"""Zips, tars and shards: read in place, whatever they hold and however they are named."""

from __future__ import annotations

import io
import json
import os
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pytest
import webdataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_makers import picture, pictures, write_tar, write_zip

from likewise.errors import BadInputError, CorruptError, LikewiseError, NotFoundError
from likewise.images.decode import BadImageError, Limits
from likewise.sources.archive import Archive
from likewise.sources.base import Item, Refused, Source, recognised
from likewise.sources.webdataset import Webdataset

HOSTILE = (
    "../out.png", "a/../../out.png", "/etc/out.png", "C:/out.png", "..\\out.png",
    "a\\..\\..\\b.png",
)  # fmt: skip

names = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0/\\:"),
    min_size=1,
    max_size=9,
).map(lambda text: f"{text}.png")


def split(source: Source) -> tuple[dict[str, Item], dict[str, str]]:
    found = list(source.items())
    taken = {entry.id: entry for entry in found if isinstance(entry, Item)}
    return taken, {entry.id: entry.reason for entry in found if isinstance(entry, Refused)}


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_names_that_lead_out_and_links_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in (*HOSTILE, "good.png"):
                archive.writestr(name, picture(1))
            link = zipfile.ZipInfo("link.png")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
    else:
        with tarfile.open(path, "w") as tar:
            for name in (*HOSTILE, "good.png"):
                info = tarfile.TarInfo(name)
                info.size = len(picture(1))
                tar.addfile(info, io.BytesIO(picture(1)))
            for kind, name in (
                (tarfile.SYMTYPE, "link.png"), (tarfile.LNKTYPE, "hard.png"),
                (tarfile.CHRTYPE, "device.png"), (tarfile.FIFOTYPE, "fifo.png"),
            ):  # fmt: skip
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, "../../etc/passwd"
                tar.addfile(info)
    taken, refused = split(Archive(str(path)))
    assert list(taken) == ["good.png"]
    assert {name for name, why in refused.items() if "leads out" in why} == set(HOSTILE)
    assert "a link" in refused["link.png"]
    assert len(refused) == len(HOSTILE) + (1 if ending == "zip" else 4)
    assert {found.name for found in tmp_path.iterdir()} == {path.name}


@given(st.lists(names, min_size=1, max_size=6, unique=True), st.sampled_from(["zip", "tar"]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_name_leads_back_to_its_bytes(tmp_path: Path, wanted: list[str], ending: str) -> None:
    files = {f"b/{name}": picture(number) for number, name in enumerate(wanted)}
    path = tmp_path / f"x.{ending}"
    (write_zip if ending == "zip" else write_tar)(path, files)
    source = Archive(str(path))
    taken, refused = split(source)
    hidden = {name for name in files if name.startswith("b/.")}
    assert not refused
    assert set(taken) == set(files) - hidden
    for name, item in taken.items():
        assert source.read(item, Limits()) == files[name]


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_odd_names_of_every_kind(tmp_path: Path, ending: str) -> None:
    odd = [
        "a b.png", "-leading.png", "new\nline.png", "naïve ☃.png", "nai\u0308ve ☃.png", "Case.png",
        "case.png", "@1.png", "x@77.png", "a#b?c.png", f"{'x' * 251}.png", "日本/語.png", "%2e.png",
    ]  # fmt: skip
    files = {name: picture(number) for number, name in enumerate(odd)}
    path = tmp_path / f"@7 x.{ending}"
    (write_zip if ending == "zip" else write_tar)(path, files)
    source = Archive(str(path))
    taken, refused = split(source)
    assert (set(taken), refused) == (set(odd), {})
    assert all(source.read(item, Limits()) == files[name] for name, item in taken.items())


def test_a_zip_bomb_is_refused_by_what_it_says_and_by_what_it_does(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("honest.png", bytes(64 << 20))
        archive.writestr("liar.png", bytes(32 << 20))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.rfind(signature)  # the last member's size: what it says is a thousandth
        data[place + offset : place + offset + 4] = struct.pack("<I", 32 << 10)
    path.write_bytes(data)
    source = Archive(str(path))
    taken, _ = split(source)
    with pytest.raises(BadImageError, match=r"64 megabytes, above.*--max-megabytes"):
        source.read(taken["honest.png"], Limits(max_megabytes=1))
    tracemalloc.start()
    with pytest.raises(BadImageError, match="broken in its archive"):
        source.read(taken["liar.png"], Limits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_encrypted_repeated_and_damaged_members_cost_one_picture_each(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of the name that is there twice
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("good.png", "twice.png", "twice.png", "damaged.png", "locked.png"):
                archive.writestr(name, picture(1))
            archive.writestr("notes.txt", "x")
            archive.writestr("__MACOSX/._good.png", "x")
            archive.writestr("folder/", "")
    data = bytearray(path.read_bytes())
    at = data.find(b"damaged.png") + 40
    data[at] ^= 0xFF
    central = data.rfind(b"PK\x01\x02", 0, data.rfind(b"locked.png"))
    data[central + 8] |= 1
    path.write_bytes(data)
    source = Archive(str(path))
    taken, refused = split(source)
    assert set(taken) == {"good.png", "twice.png", "damaged.png"}
    assert set(refused) == {"twice.png (again)", "locked.png"}
    assert "encrypted" in refused["locked.png"]
    assert source.skipped == 1
    with pytest.raises(BadImageError, match="broken in its archive"):
        source.read(taken["damaged.png"], Limits())


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.zip", b"no zip at all", "cannot be read as a zip"),
        ("a.zip", b"", "cannot be read as a zip"),
        ("a.tar", b"no tar at all" * 100, "cannot be read as a tar"),
        ("a.tar", b"\x1f\x8b" + bytes(600), "compressed as a whole"),
    ],
)
def test_what_is_no_archive_is_said_so(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(LikewiseError, match=words):
        list(Archive(str(tmp_path / name)).items())


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "A.TAR.XZ", "a.tar.zst"])
def test_a_tar_that_is_compressed_as_a_whole_says_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert recognised(str(tmp_path / name)) == "archive"
    with pytest.raises(BadInputError, match="unpack it to a plain .tar"):
        Archive(str(tmp_path / name))


def test_a_tar_that_changed_is_not_read_at_the_old_places(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", pictures())
    source = Archive(str(tmp_path / "a.tar"))
    item = next(iter(split(source)[0].values()))
    os.utime(tmp_path / "a.tar", ns=(1, 1))
    with pytest.raises(BadImageError, match="changed"):
        source.read(item, Limits())


@pytest.mark.parametrize("cut", ["in a header", "in a member", "garbage"])
def test_a_damaged_tar_is_not_taken_for_a_short_one(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "a.tar"
    write_tar(path, pictures())
    data = bytearray(path.read_bytes())
    second = 512 + -(-len(pictures()["kind-0/0.png"]) // 512) * 512
    if cut == "garbage":
        data[second : second + 512] = b"x" * 512
    else:
        del data[second + (100 if cut == "in a header" else 512 + 10) :]
    path.write_bytes(data)
    with pytest.raises(CorruptError, match="cannot be read as a tar"):
        list(Archive(str(path)).items())


# Shards


def write_shards(folder: Path, shards: int, each: int) -> dict[str, bytes]:
    """Shards as the webdataset library writes them; answers the pictures by key."""
    folder.mkdir(exist_ok=True)
    given: dict[str, bytes] = {}
    for shard in range(shards):
        with webdataset.TarWriter(str(folder / f"{shard:03d}.tar")) as writer:
            for number in range(each):
                key = f"{shard:03d}{number:04d}"
                given[key] = picture(shard * each + number)
                writer.write({
                    "__key__": key, "png": given[key], "cls": number % 3,
                    "json": {"caption": f"no. {number}", "size": [1, 2]}, "txt": "words",
                })  # fmt: skip
    return given


def test_shards_of_the_library_come_in_with_all_that_was_said(tmp_path: Path) -> None:
    given = write_shards(tmp_path / "shards", 3, 4)
    pattern = f"{tmp_path}/shards/{{000..002}}.tar"
    assert recognised(pattern) == recognised(str(tmp_path / "shards")) == "webdataset"
    source = Webdataset(pattern)
    taken, refused = split(source)
    assert not refused
    there = {f"{key[:3]}/{key}.png": data for key, data in given.items()}
    assert {name: source.read(item, Limits()) for name, item in taken.items()} == there
    assert taken["001/0010002.png"].metadata == {
        "shard": "001.tar", "cls": "2", "caption": "no. 2", "size": [1, 2], "txt": "words",
    }  # fmt: skip
    # and the library sees the same samples in the same order
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        theirs = [s["__key__"] for s in webdataset.WebDataset(pattern, shardshuffle=False)]
    assert [Path(name).stem for name in taken] == theirs


def test_one_tar_of_samples_keeps_its_names_and_one_without_is_an_archive(tmp_path: Path) -> None:
    write_shards(tmp_path / "shards", 1, 2)
    one = str(tmp_path / "shards" / "000.tar")
    assert recognised(one) == "webdataset"
    assert list(split(Webdataset(one))[0]) == ["0000000.png", "0000001.png"]
    write_tar(tmp_path / "plain.tar", pictures())
    assert recognised(str(tmp_path / "plain.tar")) == "archive"


def test_a_sample_may_have_several_pictures_and_broken_words(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", {
        "k.png": picture(1), "k.seg.png": picture(2), "k.json": b"{not json", "k.txt": b"\xff\xfe",
        "l.json": b"[1, 2]", "l.cls": b"3\n", "m.png": picture(3), "m.json": b"[1]",
    })  # fmt: skip
    source = Webdataset(str(tmp_path / "a.tar"))
    taken, refused = split(source)
    assert not refused
    assert {name: dict(item.metadata) for name, item in taken.items()} == {
        "k.png": {"shard": "a.tar"}, "k.seg.png": {"shard": "a.tar"},
        "m.png": {"shard": "a.tar", "json": "[1]"},
    }  # fmt: skip
    assert source.skipped == 2, "of the sample without a picture"
    (texts,) = source.tally.summary().omitted
    assert (texts.count, texts.reason) == (2, "texts that cannot be read")
    assert texts.example.startswith("k.json (")


def test_a_damaged_shard_costs_that_shard(tmp_path: Path) -> None:
    write_shards(tmp_path / "shards", 3, 2)
    (tmp_path / "shards" / "001.tar").write_bytes(b"x" * 2000)
    taken, refused = split(Webdataset(str(tmp_path / "shards")))
    assert sorted({name[:3] for name in taken}) == ["000", "002"]
    assert list(refused) == ["001.tar"]


def test_ranges_are_those_of_the_library(tmp_path: Path) -> None:
    for name in ("a-08", "a-09", "a-10", "b-08", "c-1", "c-2"):
        write_tar(tmp_path / f"{name}.tar", {"x.png": picture(1), "x.cls": b"1"})
    for pattern, count in (("{a,b}-{08..10}.tar", 4), ("c-{2..1}.tar", 2), ("c-{1..900}.tar", 2)):
        assert len(split(Webdataset(f"{tmp_path}/{pattern}"))[0]) == count
    with pytest.raises(NotFoundError, match="no shard"):
        Webdataset(f"{tmp_path}/d-{{0..9}}.tar")
    with pytest.raises(BadInputError, match="smaller range"):
        Webdataset(f"{tmp_path}/{{0..9}}{{0..99999999}}.tar")


def test_many_shards_stream_in_bounded_memory(tmp_path: Path) -> None:
    """A short form of benchmarks/sources.py: memory does not grow with the shards."""
    peaks = []
    for shards in (4, 24):
        folder = tmp_path / f"{shards}"
        folder.mkdir()
        sample = {f"{n:04d}.png": b"x" * 500 for n in range(100)}
        sample |= {f"{n:04d}.json": json.dumps({"n": n}).encode() for n in range(100)}
        write_tar(folder / "0.tar", dict(sorted(sample.items())))
        for shard in range(1, shards):
            os.link(folder / "0.tar", folder / f"{shard}.tar")
        source = Webdataset(str(folder))
        tracemalloc.start()
        assert sum(1 for _ in source.items()) == 100 * shards
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 20 * 10_000  # bytes; the items of a shard are six times that


def members_with(names: list[tuple[bytes, int]]) -> bytes:
    """A zip whose names are these very bytes, made by these systems, without the flag of UTF-8."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, (name, system) in enumerate(names):
            info = zipfile.ZipInfo(str(number) * len(name))
            info.create_system = system
            archive.writestr(info, picture(len(name)))
    whole = file.getvalue()
    for number, (name, _) in enumerate(names):
        whole = whole.replace(str(number).encode() * len(name), name)
    return whole


@pytest.mark.parametrize("system", [0, 3])
def test_backslashes_of_windows_part_folders(tmp_path: Path, system: int) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(members_with([(b"photos\\cat\\1.png", system), (b"photos\\2.png", system)]))
    source = Archive(str(path))
    taken, refused = split(source)
    assert not refused
    assert {name: item.metadata["folder"] for name, item in taken.items()} == {
        "photos/cat/1.png": "photos/cat", "photos/2.png": "photos",
    }  # fmt: skip
    assert source.read(taken["photos/cat/1.png"], Limits()) == picture(16)


def test_a_backslash_beside_slashes_is_a_letter(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(members_with([(b"photos/a\\b.png", 3), (b"photos/2.png", 3)]))
    assert set(split(Archive(str(path)))[0]) == {"photos/a\\b.png", "photos/2.png"}


def test_names_of_a_zip_that_does_not_say_their_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(members_with([("写真.png".encode("cp932"), 0), (b"plain.png", 0)]))
    source = Archive(str(path))
    assert len(split(source)[0]) == 2
    assert "--set encoding=cp932" in str(source.tally.summary())
    source = Archive(str(path), encoding="cp932")
    taken, _ = split(source)
    assert set(taken) == {"写真.png", "plain.png"}
    assert source.read(taken["写真.png"], Limits()) == picture(8)
    path.write_bytes(members_with([("写真.png".encode(), 3)]))
    assert set(split(Archive(str(path)))[0]) == {"写真.png"}
    with pytest.raises(BadInputError, match="'cp9' is no encoding"):
        Archive(str(path), encoding="cp9")
