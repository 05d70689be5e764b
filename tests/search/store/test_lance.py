"""What is Lance's own: heads that a power cut broke, a full disk, small files joined."""

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import lance
import numpy as np
import pyarrow as pa
import pytest

from likewise.core.files import sync
from likewise.core.vectors import Vectors, unit
from likewise.errors import (
    BadInputError,
    BusyError,
    CorruptError,
    MismatchError,
    NotFoundError,
    StorageError,
)
from likewise.search.store import lance as lance_store
from likewise.search.store.base import ITEM_SCHEMA
from likewise.search.store.lance import Lance

DIM = 16
_SYNC = "likewise.search.store._folder.sync"


def vectors(rows: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((rows, DIM)))


def items(ids: list[str]) -> pa.Table:
    return pa.table({"item_id": pa.array(ids, pa.string())})


def filled(path: Path, batches: int, rows: int = 3) -> Lance:
    store = Lance(path, DIM, "demo")
    for batch in range(batches):
        store.append(items([f"{batch}-{row}" for row in range(rows)]), vectors(rows, seed=batch))
    return store


def of_an_older_likewise(path: Path, rows: int, without: tuple[str, ...]) -> None:
    """A dataset as it was before some columns came to be."""
    kind = pa.list_(pa.float16(), DIM)
    vector = pa.field("vector", kind, nullable=False, metadata={"encoder": "demo"})
    fields = [field for field in ITEM_SCHEMA if field.name not in without]
    flat = pa.array(vectors(rows).astype(np.float16).ravel())
    columns = [pa.array([f"old-{row}" for row in range(rows)])]
    columns += [pa.nulls(rows, field.type) for field in fields[1:]]
    columns.append(pa.FixedSizeListArray.from_arrays(flat, DIM))
    table = pa.table(columns, schema=pa.schema([*fields, vector]))
    lance.write_dataset(table, str(path), data_storage_version="2.1")


_AT_FIRST = ("parent_id", "box")  # columns that the first datasets did not have


def test_an_older_dataset_gets_the_columns_that_came_since(tmp_path: Path) -> None:
    path = tmp_path / "v"
    of_an_older_likewise(path, 5, _AT_FIRST)
    (before,) = (path / "data").iterdir()
    store = Lance(path, DIM, "demo")
    assert list((path / "data").iterdir()) == [before]  # no row was written again
    assert store.ids().to_pylist() == [f"old-{row}" for row in range(5)]
    np.testing.assert_allclose(store.take(np.arange(5)), vectors(5), atol=1e-3)
    assert store.positions_where("box IS NULL AND parent_id IS NULL").tolist() == [0, 1, 2, 3, 4]
    new = items(["new", "old-2"]).append_column("parent_id", pa.array(["old-1", "x"]))
    store.append(new.append_column("box", pa.array([[1.0, 2.0, 3.5, 4.0], None])), vectors(2, 9))
    version = store.version
    store.optimize()
    for one in (store, Lance(path, DIM, "demo")):
        assert one.ids().to_pylist() == ["old-0", "old-1", "old-3", "old-4", "new", "old-2"]
        kept = one.facts(np.array([0, 4, 5]), ["parent_id", "box", "width"]).to_pylist()
        assert kept == [
            {"parent_id": None, "box": None, "width": None},
            {"parent_id": "old-1", "box": [1.0, 2.0, 3.5, 4.0], "width": None},
            {"parent_id": "x", "box": None, "width": None},
        ]
        np.testing.assert_allclose(one.take(np.array([4, 5])), vectors(2, 9), atol=1e-3)
    assert store.version > version


def test_two_who_open_an_older_dataset_at_once(tmp_path: Path) -> None:
    of_an_older_likewise(tmp_path / "v", 3, _AT_FIRST)
    code = "import sys; from pathlib import Path; from likewise.search.store.lance import Lance"
    code += f"; print(len(Lance(Path(sys.argv[1]), {DIM}, 'demo').positions_where('box IS NULL')))"
    run = [sys.executable, "-c", code, str(tmp_path / "v")]
    people = [subprocess.Popen(run, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [person.communicate()[0] for person in people] == ["3\n"] * 3


def heads(path: Path) -> list[Path]:
    """Manifests, the newest first."""
    return sorted((path / "_versions").glob("*.manifest"))


def test_remembers_the_encoder_and_refuses_another(tmp_path: Path) -> None:
    filled(tmp_path / "v", 1)
    assert Lance(tmp_path / "v", DIM).encoder == "demo"
    with pytest.raises(MismatchError, match=r"made by the encoder demo, not by other"):
        Lance(tmp_path / "v", DIM, "other")
    with pytest.raises(MismatchError, match=r"have 16 columns and the encoder makes 8"):
        Lance(tmp_path / "v", 8, "demo")


def test_can_insist_that_there_is_something(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no vectors at"):
        Lance(tmp_path / "v", DIM, create=False)
    filled(tmp_path / "v", 1)
    assert len(Lance(tmp_path / "v", DIM, create=False)) == 3


@pytest.mark.parametrize(
    "damage", ["empty", "cut", "cut short", "zeros", "zeros before the footer"]
)
def test_sets_a_broken_head_aside_and_goes_on_from_the_version_before(
    tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "v"
    filled(path, 3)
    head = heads(path)[0]
    good = head.read_bytes()
    bad = {
        "empty": b"",
        "cut": good[: len(good) // 2],
        "cut short": good[:-30],
        "zeros": bytes(len(good)),
        "zeros before the footer": bytes(len(good) - 16) + good[-16:],
    }[damage]
    head.write_bytes(bad)

    store = Lance(path, DIM, "demo")

    assert store.repaired == (head.name,)
    assert head.with_suffix(".bad").read_bytes() == bad
    assert store.ids().to_pylist() == [f"{batch}-{row}" for batch in range(2) for row in range(3)]
    store.append(items(["new"]), vectors(1))
    again = Lance(path, DIM, "demo")
    assert again.repaired == ()
    assert again.ids().to_pylist()[-1] == "new"
    assert len(again) == 7


def test_sets_a_head_aside_whose_data_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "v"
    old = filled(path, 1)
    before = set((path / "data").iterdir())
    old.append(items(["lost"]), vectors(1))
    (fresh,) = set((path / "data").iterdir()) - before
    fresh.write_bytes(fresh.read_bytes()[:-1])
    store = Lance(path, DIM, "demo")
    assert len(store.repaired) == 1
    assert len(store) == 3


def test_a_first_commit_that_was_cut_is_an_empty_store(tmp_path: Path) -> None:
    path = tmp_path / "v"
    filled(path, 1)
    heads(path)[0].write_bytes(b"")
    store = Lance(path, DIM, "demo")
    assert (len(store), len(store.repaired)) == (0, 1)
    store.append(items(["new"]), vectors(1))
    assert Lance(path, DIM, "demo").ids().to_pylist() == ["new"]


def test_says_when_no_version_can_be_read_and_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "v"
    filled(path, 2)
    for manifest in heads(path):
        manifest.write_bytes(b"")
    with pytest.raises(CorruptError, match=r"none of the 2 versions in .* index again"):
        Lance(path, DIM, "demo")
    assert len(heads(path)) == 2


@pytest.mark.parametrize("failures", [1, 100])
def test_a_whole_head_that_could_not_be_opened_is_not_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    path = tmp_path / "v"
    filled(path, 2)
    before, left, real = len(heads(path)), [failures], lance.dataset

    def fails_at_first(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError("LanceError(IO): Input/output error (os error 5), /lance/io.rs:1:1")
        return real(*arguments, **options)

    monkeypatch.setattr(lance, "dataset", fails_at_first)
    if failures == 1:
        assert len(Lance(path, DIM, "demo")) == 6
    else:
        with pytest.raises(StorageError, match=r"cannot be read now .*os error 5\)\); nothing was"):
            Lance(path, DIM, "demo")
    monkeypatch.undo()
    assert len(heads(path)) == before
    assert len(Lance(path, DIM, "demo")) == 6


@pytest.mark.parametrize("left", range(3))
def test_too_many_open_files_are_said_and_set_no_head_aside(tmp_path: Path, left: int) -> None:
    path = tmp_path / "v"
    filled(path, 2)
    before = len(heads(path))
    taken = []
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        taken.append(os.open(tmp_path, os.O_RDONLY))
        highest = max(int(x.name) for x in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1 + left, allowed[1]))
        with contextlib.suppress(OSError):  # what is free below the highest number
            while len(taken) < 1000:
                taken.append(os.dup(taken[0]))
        for handle in taken[len(taken) - left :]:
            os.close(handle)
        del taken[len(taken) - left :]
        with contextlib.suppress(StorageError):
            assert len(Lance(path, DIM, "demo")) == 6
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, allowed)
        for handle in taken:
            os.close(handle)
    assert len(heads(path)) == before
    assert len(Lance(path, DIM, "demo")) == 6


def test_says_when_a_file_is_lost_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "v"
    filled(path, 2, rows=2000)
    store = Lance(path, DIM, "demo")
    for file in (path / "data").iterdir():
        file.unlink()
    with pytest.raises(CorruptError, match=r"cannot be read .* index again"):
        store.take(np.array([0]))
    with pytest.raises(CorruptError, match=r"cannot be read .* index again"):
        list(store.blocks())


def test_flushes_data_before_the_head_and_the_head_before_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v"
    store = filled(path, 1)
    flushed: list[tuple[str, int]] = []
    fsync = os.fsync

    def spy(handle: int) -> None:
        flushed.append((str(Path(f"/proc/self/fd/{handle}").readlink()), len(heads(path))))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", spy)
    before = {file for file in path.rglob("*") if file.is_file()}
    store.append(items(["0-1", "new"]), vectors(2))
    fresh = {file for file in path.rglob("*") if file.is_file()} - before

    early = {name for name, versions in flushed if versions == 1}
    late = {name for name, versions in flushed if versions == 2}
    data = {str(file) for file in fresh if file.parent.name in ("data", "_deletions")}
    assert len(data) == 2
    assert data <= early
    assert {str(path / "data"), str(path / "_deletions")} <= early
    assert {str(file) for file in fresh} - data <= late
    assert {str(path / "_versions"), str(heads(path)[0])} <= late


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_said_and_nothing_is_half_added(small_disk: Path) -> None:
    store = Lance(small_disk / "v", DIM, "demo")
    batch, rows = 0, 20_000
    with pytest.raises(StorageError, match=r"the disk is full at .*/v: [\d,]+ bytes") as caught:
        for batch in range(20):
            ids = [f"{batch}-{row}" for row in range(rows)]
            store.append(items(ids), vectors(rows))
    assert "nothing was added" in str(caught.value)
    assert batch > 0
    assert len(store) == len(store.ids()) == batch * rows
    assert Lance(small_disk / "v", DIM, "demo").ids().equals(store.ids())
    with pytest.raises(StorageError):
        store.append(items([f"new-{row}" for row in range(rows)]), vectors(rows))
    assert len(list((small_disk / "v" / "data").iterdir())) == batch  # no torso is left
    (small_disk / "filler").write_bytes(b"")
    with (small_disk / "filler").open("ab", buffering=0) as filler:
        try:
            while filler.write(bytes(512)):
                pass
        except OSError:
            pass
    with pytest.raises(StorageError, match="the disk is full"):
        store.delete(["0-0"])
    assert len(store) == batch * rows
    (small_disk / "filler").unlink()
    assert store.delete(["0-0"]) == 1


def test_a_folder_that_may_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Lance(tmp_path / "file" / "v", DIM, "demo")
    with pytest.raises(StorageError, match=r"the disk refused to write .* nothing was added"):
        store.append(items(["a"]), vectors(1))


@pytest.mark.parametrize("overtaken", ["before the commit", "within the commit"])
def test_of_two_writers_without_a_common_lock_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overtaken: str
) -> None:
    one, other = filled(tmp_path / "v", 1), Lance(tmp_path / "v", DIM, "demo")
    ids = ["a", "b", "c"]
    mine, theirs = (store.write_apart(items(ids), vectors(3)) for store in (one, other))
    if overtaken == "before the commit":
        one.adopt(mine, ids)
    else:

        def first(files: set[Path], path: Path) -> None:
            monkeypatch.setattr(_SYNC, sync)
            one.adopt(mine, ids)
            sync(files, path)

        monkeypatch.setattr(_SYNC, first)
    with pytest.raises(BusyError, match="by another process at the same time"):
        other.adopt(theirs, ids)
    there = Lance(tmp_path / "v", DIM, "demo")
    assert there.ids().to_pylist() == ["0-0", "0-1", "0-2", *ids]
    other.refresh()
    other.append(items(["d"]), vectors(1))
    assert len(other) == 7


def test_a_commit_that_fails_takes_its_files_with_it(tmp_path: Path) -> None:
    path = tmp_path / "v"
    store = filled(path, 2)
    data = set((path / "data").iterdir())
    (path / "_versions").rename(tmp_path / "hidden")
    (path / "_versions").write_text("in the way")
    with pytest.raises(StorageError, match="nothing was added"):
        store.append(items(["0-1", "new"]), vectors(2))
    assert set((path / "data").iterdir()) == data
    assert len(store) == 6
    (path / "_versions").unlink()
    (tmp_path / "hidden").rename(path / "_versions")
    store.append(items(["0-1", "new"]), vectors(2))
    assert len(Lance(path, DIM, "demo")) == 7


def test_refuses_places_that_are_not_there(tmp_path: Path) -> None:
    store = filled(tmp_path / "v", 1)
    for place in (-1, 3):
        with pytest.raises(BadInputError, match="not among the 3 rows"):
            store.take(np.array([0, place]))


def test_optimize_joins_files_and_keeps_rows_in_order(tmp_path: Path) -> None:
    store = filled(tmp_path / "v", 4)
    store.delete(["1-1"])
    ids, rows = store.ids().to_pylist(), np.concatenate(list(store.blocks()))
    version = store.version
    store.optimize()
    assert store.version > version
    assert len(store.segments()) == 1
    assert store.segments()[0].deleted == 0
    for one in (store, Lance(tmp_path / "v", DIM, "demo")):
        assert one.ids().to_pylist() == ids
        np.testing.assert_array_equal(np.concatenate(list(one.blocks())), rows)
    Lance(tmp_path / "other", DIM).optimize()


def test_optimize_deletes_what_a_kill_left_and_readers_keep_theirs(tmp_path: Path) -> None:
    store = filled(tmp_path / "v", 2)
    orphan = tmp_path / "v" / "data" / f"{'01' * 25}.lance"
    orphan.write_bytes(b"half a batch")
    reader = Lance(tmp_path / "v", DIM)
    store.optimize()
    assert not orphan.exists()
    assert len(np.concatenate(list(reader.blocks()))) == 6


def test_old_versions_are_forgotten_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lance_store, "_CLEAN_EVERY", 5)
    monkeypatch.setattr(lance_store, "_KEEP_VERSIONS", timedelta(0))
    store = filled(tmp_path / "v", 7)
    assert len(heads(tmp_path / "v")) <= 5
    assert len(store) == len(Lance(tmp_path / "v", DIM)) == 21


def test_segments_say_which_rows_live(tmp_path: Path) -> None:
    store = filled(tmp_path / "v", 2)
    store.delete(["1-1"])
    first, second = store.segments()
    assert (first.rows, first.deleted, second.rows, second.deleted) == (3, 0, 3, 1)
    assert store.segment_offsets(second.name).tolist() == [0, 2]
    ((offsets, rows),) = store.segment_blocks(second.name)
    assert offsets.tolist() == [0, 2]
    assert rows.dtype == np.float16
    np.testing.assert_allclose(rows, vectors(3, seed=1)[[0, 2]], atol=1e-3)
