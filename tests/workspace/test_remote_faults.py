"""Workspaces in object storage when it refuses, hangs up, or other machines write there, too."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pytest
from bucket_gate import Gate, storage
from far_workspaces import Seed, get, objects, problems, put, rows_at

from likewise.core.vectors import unit
from likewise.distribute.shards import Local
from likewise.encoders.base import open_encoder
from likewise.errors import BadInputError, BusyError, MismatchError, StorageError
from likewise.indexing.index import index
from likewise.maintenance.doctor import repair
from likewise.search.store.lance import Lance
from likewise.workspace import Workspace, writer_lock
from likewise.workspace.remote import local_folder

WorkerPool: TypeAlias = type[Local[Any, Any]] | None


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.distribute.shards.ROWS", 3)
    monkeypatch.setattr("likewise.indexing.shard_writer._SECONDS", 0.0)  # one commit a shard


@pytest.fixture
def more(pictures: Path) -> Path:
    """What the workspace knows, and six pictures that it does not."""
    for number in range(6):
        data = (pictures / "square" / f"0{number % 4}.png").read_bytes()
        (pictures / f"{number}.png").write_bytes(data + bytes(number + 1))
    return pictures


def names(url: str) -> list[object]:
    """Ids, each as often as it is there; nothing may be wrong with the workspace."""
    return [row[0] for row in rows_at(url)]


def names_in(pictures: Path) -> list[str]:
    return sorted(str(path.relative_to(pictures)) for path in pictures.rglob("*.png"))


# No permission


def test_without_permission_nothing_is_made(
    pictures: Path, seed: Seed, url: str, gate: Gate
) -> None:
    gate.denies = lambda method, path: method in ("PUT", "POST")
    with pytest.raises(StorageError, match=rf"{url} may not be written \(AccessDenied\)") as error:
        index(pictures, url, seed.encoder)
    assert "put credentials that may into the environment" in str(error.value)
    assert not local_folder(url).exists()
    gate.denies = lambda method, path: True
    for code in ("AccessDenied", "InvalidAccessKeyId"):  # which is no damage
        gate.code = code
        with pytest.raises(StorageError, match=rf"may not be read \({code}\)"):
            Workspace(url)


def test_a_bucket_that_may_only_be_read_is_searched(far: str, more: Path, gate: Gate) -> None:
    gate.denies = lambda method, path: method != "GET" and method != "HEAD"
    with Workspace(far) as place:
        assert len(place.collection.vectors(["disc/00.png"])) == 1
        assert problems(place) == []
    for crew in (None, Local):
        with pytest.raises(StorageError, match=r"may not be written .* nothing was added"):
            index(more, far, crew=crew)


# A connection that is cut


def test_a_reading_that_is_cut_once_costs_nothing(far: str, gate: Gate) -> None:
    gate.cuts = lambda method, path: method == "GET" and "/data/" in path and not gate.cut
    with Workspace(far) as place:
        assert len(set(place.collection.ids())) == 12
    assert gate.cut == 1


@pytest.mark.parametrize("what", ["/data/", "/_versions/"])
def test_a_writing_that_is_cut_once_costs_nothing(
    far: str, more: Path, gate: Gate, what: str
) -> None:
    gate.drops = lambda method, path: method == "PUT" and what in path and not gate.dropped
    assert index(more, far, crew=Local).added == 6
    assert gate.dropped == 1
    assert names(far) == names_in(more)


@pytest.mark.parametrize("what", ["/data/", "/_versions/"])
@pytest.mark.parametrize("crew", [None, Local])
def test_an_upload_that_is_cut_loses_what_it_was_about_until_the_next_run(
    seed: Seed, far: str, more: Path, gate: Gate, what: str, crew: WorkerPool
) -> None:
    gate.drops = lambda method, path: method == "PUT" and what in path
    with pytest.raises(
        StorageError, match="check the connection and run the same command again"
    ) as error:
        index(more, far, crew=crew)
    assert "\n" not in str(error.value)
    assert gate.dropped >= 2
    gate.open()
    assert rows_at(far) == seed.rows
    report = index(more, far, crew=crew)
    assert (report.added, report.unchanged) == (6, 12)
    assert names(far) == names_in(more)


def test_what_was_committed_before_the_connection_went_is_kept(
    far: str, more: Path, gate: Gate
) -> None:
    def second_commit(method: str, path: str) -> bool:
        made = [name for name in objects(far) if name.endswith(".manifest")]
        return method == "PUT" and len(made) > at_first

    at_first = sum(name.endswith(".manifest") for name in objects(far))
    gate.drops = second_commit
    with pytest.raises(StorageError, match="what was committed is kept"):
        index(more, far, crew=Local)
    gate.open()
    assert len(names(far)) == 15
    report = index(more, far, crew=Local)
    assert (report.added, report.unchanged) == (3, 15)
    assert names(far) == names_in(more)


def test_one_that_is_gone_when_a_workspace_is_made_leaves_nothing_here(
    pictures: Path, seed: Seed, url: str, gate: Gate
) -> None:
    gate.drops = lambda method, path: path.endswith("workspace.json") and method == "PUT"
    with pytest.raises(StorageError, match="check the connection"):
        index(pictures, url, seed.encoder)
    assert not local_folder(url).exists()
    gate.open()
    assert index(pictures, url, seed.encoder).added == 12


def test_one_that_is_gone_is_said(far: str, gate: Gate) -> None:
    Workspace(far).close()
    gate.cuts = lambda method, path: True
    with Workspace(far) as place, pytest.raises(StorageError, match="check the connection") as e:
        place.collection.ids()
    assert "\n" not in str(e.value)


def test_a_commit_whose_answer_is_lost_is_known_for_one_s_own(url: str, gate: Gate) -> None:
    store = store_at(url)
    store.append(*some("a"))
    gate.cuts = lambda method, path: method == "PUT" and "/_versions/" in path
    store.append(*some("b"))
    assert gate.cut >= 1
    gate.open()
    assert store_at(url).ids().to_pylist() == ["a", "b"]


# A fragment that is half there


def test_a_half_written_fragment_is_found_and_made_again(
    pictures: Path, seed: Seed, far: str
) -> None:
    first = next(name for name in objects(far) if "/data/" in name)
    put(first, get(first)[: len(get(first)) // 2])
    with Workspace(far) as place:
        assert any("not what was written; run likewise doctor --repair" in x
                   for x in problems(place))  # fmt: skip
        with writer_lock(place.path):
            assert "took out 6 images" in repair(place)[0]
        assert len(place.collection) == 6
    assert index(pictures, far).added == 6
    assert rows_at(far) == seed.rows


@pytest.mark.parametrize("harm", ["half of it", "gone"])
def test_what_a_worker_wrote_by_half_is_not_taken(url: str, harm: str) -> None:
    store = store_at(url)
    store.append(*some("a"))
    before = set(objects(url))
    part = store.write_apart(*some("b", "c"))
    (written,) = set(objects(url)) - before
    if harm == "gone":
        storage().rm_file(written)
    else:
        put(written, get(written)[:200])
    with pytest.raises(StorageError, match="not there or cut short"):
        store.adopt(part, ["b", "c"])
    assert store_at(url).ids().to_pylist() == ["a"]


# Two drivers


def on_another_machine(local: Path, what: Callable[[], Any]) -> None:
    """Do it where no local folder of the workspace is known yet."""
    here = os.environ["LIKEWISE_LOCAL"]
    os.environ["LIKEWISE_LOCAL"] = str(local)
    try:
        what()
    finally:
        os.environ["LIKEWISE_LOCAL"] = here


@pytest.mark.parametrize(("one", "other"), [(None, Local), (Local, None), (Local, Local)])
def test_of_two_drivers_on_two_machines_one_is_refused_and_nothing_is_lost(
    far: str,
    more: Path,
    tmp_path: Path,
    one: WorkerPool,
    other: WorkerPool,
) -> None:
    reports: list[object] = []

    def meanwhile(done: int, total: int) -> None:
        if not reports:
            reports.append(None)
            run = lambda: reports.append(index(more, far, crew=other))  # noqa: E731
            on_another_machine(tmp_path / "machine-2", run)

    with pytest.raises(BusyError, match=r"vectors/.* by another process .* on another machine"):
        index(more, far, crew=one, progress=meanwhile)
    assert names(far) == names_in(more)
    again = index(more, far, crew=one)
    assert (again.added, again.unchanged) == (0, 18)
    assert names(far) == names_in(more)


def test_of_two_that_make_a_workspace_at_once_the_last_is_right_and_nothing_is_lost(
    pictures: Path, seed: Seed, url: str, tmp_path: Path, gate: Gate
) -> None:
    """The other one is told; what it has begun here holds nothing that anybody decided."""
    encoder, begun = open_encoder(seed.encoder), list[str]()

    def meanwhile(method: str, path: str) -> bool:
        if method == "PUT" and path.endswith("workspace.json") and not begun:
            begun.append(path)
            run = lambda: Workspace.create(url, encoder).close()  # noqa: E731
            on_another_machine(tmp_path / "machine-2", run)
        return False

    gate.denies = meanwhile
    assert index(pictures, url, encoder).added == 12
    with pytest.raises(MismatchError, match="another workspace there now; keep what was decided"):
        on_another_machine(tmp_path / "machine-2", lambda: names(url))
    on_another_machine(tmp_path / "machine-3", lambda: index(pictures, url))
    assert rows_at(url) == seed.rows


def test_a_second_driver_on_the_same_machine_is_told_who_writes(pictures: Path, far: str) -> None:
    Workspace(far).close()
    holder = rf"is being written by process {os.getpid()} on .* since 20"
    with writer_lock(local_folder(far)), pytest.raises(BusyError, match=holder):
        index(pictures, far)


def test_of_two_commits_the_second_is_refused(url: str) -> None:
    store_at(url).append(*some("a"))
    one, other = store_at(url), store_at(url)
    parts = [store.write_apart(*some("b", "c")) for store in (one, other)]
    one.adopt(parts[0], ["b", "c"])
    with pytest.raises(BusyError, match="by another process at the same time"):
        other.adopt(parts[1], ["b", "c"])
    assert store_at(url).ids().to_pylist() == ["a", "b", "c"]
    assert store_at(url).version == one.version  # nobody ever saw what is in both


def test_of_two_that_begin_at_once_neither_writes_over_the_other(url: str) -> None:
    one, other = store_at(url), store_at(url)
    one.append(*some("a"))
    with pytest.raises(BusyError, match="run the same command again"):
        other.append(*some("b"))
    other.refresh()
    other.append(*some("b"))
    assert store_at(url).ids().to_pylist() == ["a", "b"]


# Clocks


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_the_storage_refuses_is_named(
    pictures: Path, seed: Seed, far: str, gate: Gate, hours: int
) -> None:
    storage().pipe_file(f"{far}-photos/a.png", (pictures / "disc/00.png").read_bytes())
    gate.ahead = 3600.0 * hours
    with pytest.raises(StorageError, match="this machine's clock.* is wrong; set the clock"):
        index(pictures, far)
    with pytest.raises(BadInputError, match="may not be listed .*; set the clock"):
        index(f"{far}-photos", pictures.parent / "near.likewise", seed.encoder)
    gate.open()
    assert index(pictures, far).unchanged == 12


def test_a_clock_an_hour_ahead_forgets_nothing_that_is_needed(
    far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To it every version is an hour old, and what others write now looks left behind."""
    monkeypatch.setattr("likewise.search.store.lance._KEEP_VERSIONS", timedelta(0))
    one, ahead = store_of(far), store_of(far)
    before = one.ids().to_pylist()
    parts = one.write_apart(*some("b", dim=one.dim))
    ahead.append(*some("c", dim=one.dim))
    ahead.optimize()
    with pytest.raises(BusyError):
        one.adopt(parts, ["b"])
    one.refresh()
    assert one.ids().to_pylist() == [*before, "c"]
    one.adopt(parts, ["b"])  # its file is there still
    assert store_of(far).ids().to_pylist() == [*before, "c", "b"]
    assert len(store_of(far).take(np.arange(14))) == 14


# Another likewise


def test_a_machine_with_another_likewise_is_refused_and_named(
    seed: Seed, far: str, more: Path
) -> None:
    crews = {
        r"has likewise .* was started with 9\.9; .*pip install likewise==9\.9":
            lambda task: Local(replace(task, version="9.9")),
        "has the encoder .* install the same versions on every machine":
            lambda task: Local(replace(task, fingerprint="other")),
    }  # fmt: skip
    for words, crew in crews.items():
        with pytest.raises(MismatchError, match=words):
            index(more, far, crew=crew)
    assert rows_at(far) == seed.rows
    assert index(more, far, crew=Local).added == 6


def store_at(url: str) -> Lance:
    return Lance(f"{url}/vectors/demo.lance", 4, "demo")


def store_of(url: str) -> Lance:
    with Workspace(url) as place:
        store = place.collection.store
        assert isinstance(store, Lance)
        return store


def some(*ids: str, dim: int = 4) -> tuple[pa.Table, Any]:
    return pa.table({"item_id": list(ids)}), unit(np.ones((len(ids), dim), np.float32))
