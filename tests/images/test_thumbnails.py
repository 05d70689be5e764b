from __future__ import annotations

import hashlib
import io
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from bad_images import picture
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from likewise.errors import BadInputError, CorruptError, StorageError
from likewise.images.thumbnails import DigestOffsets, ThumbnailPack, make_thumbnail


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def jpeg(number: int) -> bytes:
    """Bytes that differ from number to number, some longer than one read."""
    return random.Random(number).randbytes(50_000 if number % 10 == 3 else number % 97)


def filled(folder: Path, count: int) -> Path:
    with ThumbnailPack(folder, write=True) as pack:
        for number in range(count):
            pack.add(digest(number), jpeg(number))
    return folder


def whole(folder: Path, write: bool = False) -> set[int]:
    """Which of the first hundred are there; those that are must be right."""
    with ThumbnailPack(folder, write=write) as pack:
        found = {number for number in range(100) if digest(number) in pack}
        assert len(pack) == len(found) or max(found) == 99
        for number in found:
            assert pack.get(digest(number)) == jpeg(number)
    return found


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (240, 180)),
        ((30, 9000), (1, 240)),
        ((240, 240), (240, 240)),
        ((7, 5), (7, 5)),
    ],
)
def test_a_thumbnail_is_small_and_shows_the_picture(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    data = make_thumbnail(picture().resize(size))
    thumbnail = Image.open(io.BytesIO(data))
    assert (thumbnail.format, thumbnail.mode, thumbnail.size) == ("JPEG", "RGB", expected)
    assert len(data) < 20_000
    reference = np.asarray(picture().resize(expected, Image.Resampling.BICUBIC), np.float64)
    assert np.abs(np.asarray(thumbnail) - reference).mean() < 30


def test_a_thumbnail_carries_nothing_but_pixels() -> None:
    image = picture()
    image.info.update(exif=b"Exif\0\0secret place", comment=b"secret", icc_profile=b"secret" * 100)
    assert b"secret" not in make_thumbnail(image)


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    folder = filled(tmp_path / "a" / "b", 100)
    assert whole(folder) == set(range(100))
    with ThumbnailPack(folder) as pack:
        assert pack.get(digest(100)) is None
        assert digest(100) not in pack
        with pytest.raises(BadInputError, match="opened for reading"):
            pack.add(digest(100), b"")
        for bad in ("", "ab", "zz" * 32, "a" * 63, "../../etc/passwd"):
            with pytest.raises(BadInputError, match="no SHA-256 digest"):
                pack.get(bad)


def test_a_later_thumbnail_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    with ThumbnailPack(tmp_path, write=True) as pack:
        pack.add(digest(1), b"old")
        pack.add(digest(1), b"new")
        assert (pack.get(digest(1)), len(pack)) == (b"new", 1)
    with ThumbnailPack(tmp_path) as pack:
        assert (pack.get(digest(1)), len(pack)) == (b"new", 1)


def test_a_reader_sees_what_was_flushed_after_a_refresh(tmp_path: Path) -> None:
    with ThumbnailPack(tmp_path / "later") as reader:
        assert len(reader) == 0
        with ThumbnailPack(tmp_path / "later", write=True) as writer:
            writer.add(digest(1), b"one")
            assert writer.get(digest(1)) == b"one"
            reader.refresh()
            assert digest(1) not in reader
            writer.flush()
            assert digest(1) not in reader
            reader.refresh()
            assert reader.get(digest(1)) == b"one"
            writer.add(digest(2), b"two")
        reader.refresh()
        assert reader.get(digest(2)) == b"two"


@given(cut=st.integers(0, 220_000), index_cut=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_cut_anywhere_it_still_opens_and_the_next_writer_mends_it(
    tmp_path_factory: pytest.TempPathFactory, cut: int, index_cut: int
) -> None:
    folder = filled(tmp_path_factory.mktemp("pack"), 20)
    pack, index = folder / "thumbs.pack", folder / "thumbs.index"
    os.truncate(pack, max(0, pack.stat().st_size - cut))
    os.truncate(index, max(0, index.stat().st_size - index_cut))
    if min(pack.stat().st_size, index.stat().st_size) >= 8:
        with ThumbnailPack(folder) as reader:
            for number in range(20):
                assert reader.get(digest(number)) in (None, jpeg(number))
    # The writer finds every whole record, whatever the index says, and none other.
    end, survivors = 8, set()
    for number in range(20):
        end += 44 + len(jpeg(number))
        if end <= pack.stat().st_size:
            survivors.add(number)
    assert whole(folder, write=True) == survivors
    with ThumbnailPack(folder, write=True) as writer:
        writer.add(digest(50), jpeg(50))
    assert whole(folder) == survivors | {50}


def test_without_its_index_the_pack_is_scanned(tmp_path: Path) -> None:
    folder = filled(tmp_path, 100)
    (folder / "thumbs.index").unlink()
    with ThumbnailPack(folder) as reader:
        assert len(reader) == 0
    assert whole(folder, write=True) == set(range(100))
    assert whole(folder) == set(range(100))


def test_without_its_pack_the_index_is_begun_again(tmp_path: Path) -> None:
    folder = filled(tmp_path, 30)
    (folder / "thumbs.pack").unlink()
    assert whole(folder, write=True) == set()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_flipped_byte_costs_at_most_that_thumbnail(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = filled(tmp_path_factory.mktemp("pack"), 20)
    path = folder / "thumbs.pack"
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(8, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with ThumbnailPack(folder) as reader:
        wrong = [n for n in range(20) if reader.get(digest(n)) != jpeg(n)]
        assert all(reader.get(digest(n)) is None for n in wrong)
    assert len(wrong) == 1
    # Scanned without the index, everything behind the damage is found as well.
    (folder / "thumbs.index").unlink()
    assert whole(folder, write=True) == set(range(20)) - set(wrong)


@given(offset=st.integers(0, 2**64 - 1))
@settings(max_examples=30, deadline=None)
def test_a_damaged_index_gives_nothing_wrong(
    tmp_path_factory: pytest.TempPathFactory, offset: int
) -> None:
    folder = filled(tmp_path_factory.mktemp("pack"), 5)
    index = folder / "thumbs.index"
    content = bytearray(index.read_bytes())
    content[8 + 32 : 8 + 40] = offset.to_bytes(8, "little")
    index.write_bytes(content)
    with ThumbnailPack(folder) as reader:
        assert reader.get(digest(0)) in (None, jpeg(0))
        assert reader.get(digest(1)) == jpeg(1)


def test_a_hole_in_the_pack_is_stepped_over_and_half_a_record_cut(tmp_path: Path) -> None:
    folder = filled(tmp_path, 3)
    pack = folder / "thumbs.pack"
    first, rest = pack.read_bytes()[: 8 + 44], pack.read_bytes()[8 + 44 :]
    hole = bytes(3_000_000)  # as after a power cut
    pack.write_bytes(first + hole + rest + first[8:30])
    (folder / "thumbs.index").unlink()
    assert whole(folder, write=True) == {0, 1, 2}
    assert pack.stat().st_size == len(first + hole + rest)
    assert whole(folder) == {0, 1, 2}


def test_a_reader_starts_over_when_the_index_was_cut(tmp_path: Path) -> None:
    folder = filled(tmp_path, 10)
    with ThumbnailPack(folder) as reader:
        os.truncate(folder / "thumbs.pack", 8)
        with ThumbnailPack(folder, write=True) as writer:
            writer.add(digest(50), jpeg(50))
        reader.refresh()
        assert reader.get(digest(50)) == jpeg(50)
        assert digest(1) not in reader


@given(st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2**40)), max_size=40)))
def test_offsets_are_a_dictionary(batches: list[list[tuple[int, int]]]) -> None:
    offsets, reference = DigestOffsets(), dict[int, int]()
    for number, batch in enumerate(batches):
        if number % 2:
            for key, offset in batch:
                offsets.add(key.to_bytes(8, "big") + bytes(24), offset)
        else:
            table = np.array(batch, np.uint64).reshape(-1, 2)
            offsets.add_many(table[:, 0], table[:, 1])
        reference.update(batch)
    assert len(offsets) == len(reference)
    for key in range(21):
        assert offsets.get(key.to_bytes(8, "big") + bytes(24)) == reference.get(key)


@pytest.mark.parametrize("name", ["thumbs.pack", "thumbs.index"])
def test_a_newer_format_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    path = filled(tmp_path, 3) / name
    content = path.read_bytes()
    newer = content.replace(b"01", b"02", 1)
    path.write_bytes(newer)
    for write in (False, True):
        with pytest.raises(CorruptError, match="newer format"):
            ThumbnailPack(tmp_path, write=write)
    assert path.read_bytes() == newer


_WRITER = """
import hashlib, random, sys
from likewise.images.thumbnails import ThumbnailPack
def jpeg(n): return random.Random(n).randbytes(50_000 if n % 10 == 3 else n % 97)
with ThumbnailPack(sys.argv[1], write=True) as pack:
    for n in range(100_000):
        pack.add(hashlib.sha256(str(n).encode()).hexdigest(), jpeg(n))
        if n % 3 == 0:
            pack.flush()
            print(n, flush=True)
"""


def test_killed_at_any_moment_it_keeps_what_was_flushed(tmp_path: Path) -> None:
    for _ in range(5):
        folder = tmp_path / "pack"
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(random.random() * 0.05)
            os.kill(process.pid, signal.SIGKILL)
            said = process.stdout.read().split()
        flushed = range(min(100, int(said[-1]) + 1 if said else 1))
        assert set(flushed) <= whole(folder)
        assert set(flushed) <= whole(folder, write=True)


def test_a_full_disk_is_told_and_costs_nothing_that_was_there(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with ThumbnailPack(tmp_path, write=True) as pack:
            pack.add(digest(0), jpeg(0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
            with pytest.raises(StorageError, match=r"cannot take 50044 more bytes \(File too"):
                pack.add(digest(3), jpeg(3))
            assert digest(3) not in pack
            assert (tmp_path / "thumbs.pack").stat().st_size == 8 + 44 + len(jpeg(0))
            pack.add(digest(1), jpeg(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert whole(tmp_path) == {0, 1}
    assert whole(tmp_path, write=True) == {0, 1}


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be written to"):
        ThumbnailPack(tmp_path / "file" / "thumbnails", write=True)


def test_threads_may_read_while_one_adds(tmp_path: Path) -> None:
    wrong: list[int] = []
    done = threading.Event()
    with ThumbnailPack(tmp_path, write=True) as pack:

        def look() -> None:
            while not done.is_set():
                for number in range(100):
                    if digest(number) in pack and pack.get(digest(number)) != jpeg(number):
                        wrong.append(number)

        readers = [threading.Thread(target=look) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(100):
            pack.add(digest(number), jpeg(number))
            len(pack)  # sorts what came
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []


def test_a_million_open_without_an_object_for_each(tmp_path: Path) -> None:
    count = 1_000_000
    rows = np.zeros(count, dtype=[("digest", "V32"), ("offset", "<u8")])
    rows["digest"] = np.frombuffer(np.random.default_rng(0).bytes(32 * count), "V32")
    rows["offset"] = 8 + 44 * np.arange(count)
    filled(tmp_path, 0)
    with (tmp_path / "thumbs.index").open("ab") as file:
        file.write(rows.tobytes())
    tracemalloc.start()
    with ThumbnailPack(tmp_path) as pack:
        assert len(pack) == count
        assert rows["digest"][777].tobytes().hex() in pack
        assert digest(1) not in pack
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150 * count
