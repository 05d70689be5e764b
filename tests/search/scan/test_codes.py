from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from likewise.core.vectors import Vectors, unit
from likewise.search.scan.codes import Codes, _fits
from likewise.search.scan.kernel import quantise, widen
from likewise.search.scan.view import View
from likewise.search.store.base import Segment
from likewise.search.store.lance import Lance

DIM = 8


def vectors(rows: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((rows, DIM)))


def add(store: Lance, names: str, seed: int) -> None:
    store.append(pa.table({"item_id": list(names)}), vectors(len(names), seed))


@pytest.fixture
def store(tmp_path: Path) -> Lance:
    store = Lance(tmp_path / "v", DIM, "demo")
    add(store, "abcde", 1)
    add(store, "fgh", 2)
    return store


def agrees(view: View, store: Lance) -> None:
    """Place by place the view holds the store's vectors, and codes of them."""
    for part in view.parts:
        codes, scales = quantise(widen(part.vectors))
        np.testing.assert_array_equal(part.codes, codes)
        np.testing.assert_array_equal(part.scales, scales)
    assert view.version == store.version
    assert len(view) == len(store)
    places = np.arange(len(store))
    rows = view.rows_of(places)
    assert view.indices_of(rows).tolist() == places.tolist()
    np.testing.assert_array_equal(view.take(rows), store.take(places))
    mask = places % 2 == 0
    through = view.row_mask(mask)
    assert through is not None
    assert np.flatnonzero(through).tolist() == rows[mask].tolist()


def generation(codes: Codes) -> str:
    return codes.follow().parts[0].generation


def test_follows_appends_without_starting_anew(tmp_path: Path, store: Lance) -> None:
    codes = Codes(store, tmp_path / "scan")
    view = codes.follow()
    agrees(view, store)
    assert view.live is None
    assert codes.follow() is view
    add(store, "ij", 3)
    agrees(codes.follow(), store)
    assert generation(codes) == view.parts[0].generation
    assert len(view) == 8  # the old view is a snapshot


def test_follows_deletes_and_replacements_without_starting_anew(
    tmp_path: Path, store: Lance
) -> None:
    codes = Codes(store, tmp_path / "scan")
    before = generation(codes)
    store.delete(["b", "h"])
    agrees(codes.follow(), store)
    add(store, "ax", 4)
    agrees(codes.follow(), store)
    add(store, "fg", 5)  # the last of their segment, which goes
    agrees(codes.follow(), store)
    assert generation(codes) == before
    agrees(Codes(store, tmp_path / "scan").follow(), store)


def test_segments_with_holes_are_taken_in_late(tmp_path: Path, store: Lance) -> None:
    store.delete(["a", "c", "e", "g"])
    agrees(Codes(store, tmp_path / "scan").follow(), store)


def test_starts_anew_when_files_were_joined(tmp_path: Path, store: Lance) -> None:
    codes = Codes(store, tmp_path / "scan")
    before = generation(codes)
    store.delete(["b"])
    store.optimize()
    agrees(codes.follow(), store)
    assert generation(codes) != before


def test_starts_anew_when_most_rows_are_gone(tmp_path: Path, store: Lance) -> None:
    codes = Codes(store, tmp_path / "scan")
    before = generation(codes)
    store.delete(list("abcde"))
    agrees(codes.follow(), store)
    assert generation(codes) != before
    store.delete(list("fgh"))
    assert len(codes.follow()) == 0
    add(store, "z", 9)
    agrees(codes.follow(), store)


def test_starts_anew_when_the_store_is_not_the_one(tmp_path: Path, store: Lance) -> None:
    Codes(store, tmp_path / "scan").follow()
    other = Lance(tmp_path / "other", DIM, "demo")
    add(other, "xyz", 7)
    agrees(Codes(other, tmp_path / "scan").follow(), other)


def test_a_version_that_was_lost_and_written_again_is_told_apart(
    tmp_path: Path, store: Lance
) -> None:
    Codes(store, tmp_path / "scan").follow()
    version = store.version
    newest = min((tmp_path / "v" / "_versions").glob("*.manifest"))
    newest.write_bytes(bytes(newest.stat().st_size))
    again = Lance(tmp_path / "v", DIM, "demo")
    add(again, "xyz", 8)  # as many rows, under the same number
    assert again.version == version
    agrees(Codes(again, tmp_path / "scan").follow(), again)


@pytest.mark.parametrize("kind", ["codes", "scales", "vectors"])
@pytest.mark.parametrize("where", ["first", "last"])
def test_files_that_say_something_else_are_not_believed(
    tmp_path: Path, store: Lance, kind: str, where: str
) -> None:
    Codes(store, tmp_path / "scan").follow()
    (file,) = (tmp_path / "scan").glob(f"*.{kind}")
    content = bytearray(file.read_bytes())
    content[1 if where == "first" else -1] ^= 0x40
    file.write_bytes(content)
    agrees(Codes(store, tmp_path / "scan").follow(), store)


def test_zeros_after_a_power_cut_are_not_believed(tmp_path: Path, store: Lance) -> None:
    Codes(store, tmp_path / "scan").follow()
    for kind in ("codes", "scales", "vectors"):
        (file,) = (tmp_path / "scan").glob(f"*.{kind}")
        file.write_bytes(bytes(file.stat().st_size))
    agrees(Codes(store, tmp_path / "scan").follow(), store)


def test_a_reader_uses_the_files_of_the_writer_and_adds_in_private(
    tmp_path: Path, store: Lance
) -> None:
    Codes(store, tmp_path / "scan").follow()
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "scan").iterdir()}
    other = Lance(tmp_path / "v", DIM, "demo")
    reader = Codes(other, tmp_path / "scan", writable=False)
    agrees(reader.follow(), other)
    assert len(reader.follow().parts) == 1
    for names, seed in (("ij", 3), ("kl", 4)):
        add(store, names, seed)
        other.refresh()
        agrees(reader.follow(), other)
    store.delete(["a", "k"])
    other.refresh()
    agrees(reader.follow(), other)
    assert [len(part) for part in reader.follow().parts] == [8, 4]
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "scan").iterdir()} == before
    Codes(store, tmp_path / "scan").follow()
    add(store, "m", 5)
    other.refresh()
    agrees(reader.follow(), other)


def test_a_reader_needs_no_files_at_all(tmp_path: Path, store: Lance) -> None:
    reader = Codes(store, tmp_path / "scan", writable=False)
    agrees(reader.follow(), store)
    store.delete(["b"])
    store.optimize()
    agrees(reader.follow(), store)
    assert not (tmp_path / "scan").exists()


@pytest.mark.parametrize(
    ("runs", "wanted", "expected"),
    [
        ("", "ab", True),
        ("ab", "abc", True),
        ("ab", "bc", True),  # a was deleted
        ("ab", "cab", False),
        ("ab", "ba", False),
        ("abc", "acb", False),
        ("ab", "axb", False),  # x took the place of something between them
        ("abc", "c", False),  # mostly deleted rows
        ("abc", "cd", False),
        ("abc", "cdef", True),
        ("ab", "", False),
    ],
)
def test_what_is_there_must_be_the_beginning_of_what_is_wanted(
    runs: str, wanted: str, expected: bool
) -> None:
    segments = [Segment(name, 10, 0) for name in wanted]
    assert _fits([(name, 10) for name in runs], segments) is expected
    assert not _fits([(name, 9) for name in "ab"], [Segment("a", 10, 0), Segment("b", 10, 0)])


def test_nothing_is_there_before_anything_is(tmp_path: Path) -> None:
    empty = Lance(tmp_path / "v", DIM, "demo")
    for writable in (True, False):
        assert len(Codes(empty, tmp_path / "scan", writable).follow()) == 0
