"""Vectors in object storage, on a real S3 server: as a local workspace, and when it goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from bucket_gate import Gate, gated_bucket, storage

from likewise.distribute.local import Local
from likewise.doctor import examine, repair
from likewise.errors import BusyError, MismatchError, NotFoundError, StorageError
from likewise.indexing import index
from likewise.labelling import fill_basket, record_labels
from likewise.learning import learn_concept
from likewise.stores import _bucket
from likewise.stores._bucket import Bucket, bucket_url
from likewise.stores.lance import Lance
from likewise.vectors import unit
from likewise.workspace import Workspace, find_workspace, writer_lock
from likewise.workspace.remote import local_folder, read_facts


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[str, Gate]]:
    monkeypatch.setenv("LIKEWISE_LOCAL", str(tmp_path / "machine-1"))
    with gated_bucket(monkeypatch) as made:
        yield made


@pytest.fixture
def url(gated: tuple[str, Gate]) -> str:
    return f"{gated[0]}/ws"


@pytest.fixture
def gate(gated: tuple[str, Gate]) -> Gate:
    return gated[1]


def objects(url: str) -> list[str]:
    return [f"s3://{name}" for name in sorted(storage().find(url))]


def put(url: str, data: bytes) -> None:
    storage().pipe_file(url, data)


def get(url: str) -> bytes:
    return bytes(storage().cat_file(url))


def rows(place: Workspace) -> list[tuple[object, ...]]:
    columns = ["item_id", "digest", "width", "folder", "bytes"]
    found = place.collection.facts(place.collection.ids(), columns)
    return sorted(tuple(row.values()) for row in found)


def problems(place: Workspace) -> list[str]:
    return [x.detail for x in examine(place) if x.state == "problem"]


def test_it_is_as_one_on_the_disk(home: Path, url: str) -> None:
    report = index(home / "shapes", url)
    assert (report.added, report.vectors_at) == (24, url)
    assert report.workspace == local_folder(url)
    assert not (report.workspace / "vectors").exists()
    with Workspace(url) as far, Workspace(home / "shapes.likewise") as near:
        assert rows(far) == rows(near)
        ids = near.collection.ids()
        np.testing.assert_array_equal(far.collection.vectors(ids), near.collection.vectors(ids))
        for place in (far, near):
            fill_basket(place, "disc", like=["disc/00.png"], new=True)
            said = [(item, "yes" if item < "e" else "no") for item in sorted(ids)[1::3]]
            record_labels(place, "disc", said)
            learn_concept(place, "disc")
        found = [
            place.collection.search(place.rules.open("disc"), k=9, where="width >= 100")
            for place in (far, near)
        ]
        assert found[0].ids == found[1].ids
        np.testing.assert_array_equal(found[0].scores, found[1].scores)
        assert all(far.pictures(ids))
        assert problems(far) == []
    (home / "shapes/disc/00.png").unlink()
    (home / "shapes/disc/01.png").write_bytes(b"no image")
    report = index(home / "shapes", url)
    assert (report.unchanged, report.missing, len(report.failed)) == (22, 1, 1)


def test_another_machine_finds_all_but_the_decisions(
    home: Path, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index(home / "shapes", url)
    with Workspace(url) as place:
        before = rows(place)
    monkeypatch.setenv("LIKEWISE_LOCAL", str(tmp_path / "machine-2"))
    with Workspace(url) as place:
        assert place.path.is_relative_to(tmp_path / "machine-2")
        assert rows(place) == before
        assert not any(place.pictures(place.collection.ids()))
    report = index(home / "shapes", url)
    assert (report.unchanged, report.added) == (24, 0)
    with Workspace(url) as place:
        assert all(place.pictures(place.collection.ids()))
    (home / "more").mkdir()
    (home / "shapes/disc/00.png").rename(home / "more/extra.png")
    assert index(home / "more", url).added == 1
    monkeypatch.setenv("LIKEWISE_LOCAL", str(tmp_path / "machine-1"))
    assert index(home / "more", url).unchanged == 1  # under the prefix that it has there
    with Workspace(url) as place:
        assert set(place.sources.all()) == {"", "more:"}


def test_shards_are_written_to_the_bucket_by_their_workers(
    home: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.distribute.shards.ROWS", 5)
    assert index(home / "shapes", url, crew=Local).added == 24
    with Workspace(url) as far, Workspace(home / "shapes.likewise") as near:
        assert rows(far) == rows(near)
    assert index(home / "shapes", url, crew=Local).unchanged == 24


def test_a_connection_that_is_cut_once_costs_nothing(home: Path, url: str, gate: Gate) -> None:
    index(home / "shapes", url)
    gate.cuts = lambda method, path: method == "GET" and "/data/" in path and not gate.cut
    with Workspace(url) as place:
        assert len(set(place.collection.ids())) == 24
    assert gate.cut == 1


def test_one_that_is_gone_is_said_and_loses_nothing(home: Path, url: str, gate: Gate) -> None:
    index(home / "shapes/disc", url)
    gate.cuts = lambda method, path: True
    with Workspace(url) as place, pytest.raises(StorageError, match="check the connection") as e:
        place.collection.ids()
    assert "\n" not in str(e.value)
    gate.open()
    gate.cuts = lambda method, path: method in ("PUT", "POST") and "/data/" in path
    (home / "shapes/disc/new.png").write_bytes((home / "shapes/square/01.png").read_bytes())
    with pytest.raises(StorageError, match="check the connection and run the same command again"):
        index(home / "shapes/disc", url)
    gate.open()
    report = index(home / "shapes/disc", url)
    assert report.added + report.unchanged == 9
    with Workspace(url) as place:
        assert len(rows(place)) == len({row[0] for row in rows(place)}) == 9


def test_a_commit_whose_answer_is_lost_is_known_for_one_s_own(url: str, gate: Gate) -> None:
    store = store_at(url)
    store.append(*some("a"))
    gate.cuts = lambda method, path: method == "PUT" and "/_versions/" in path
    store.append(*some("b"))
    assert gate.cut >= 1
    gate.open()
    assert store_at(url).ids().to_pylist() == ["a", "b"]


def test_without_permission_nothing_is_made(home: Path, url: str, gate: Gate) -> None:
    gate.denies = lambda method, path: method in ("PUT", "POST")
    with pytest.raises(StorageError, match=rf"{url} may not be written \(AccessDenied\)") as error:
        index(home / "shapes", url)
    assert "put credentials that may into the environment" in str(error.value)
    assert not local_folder(url).exists()
    gate.denies = lambda method, path: True
    with pytest.raises(StorageError, match=r"may not be read \(AccessDenied\)"):
        Workspace(url)


def test_a_bucket_that_may_only_be_read_is_searched(home: Path, url: str, gate: Gate) -> None:
    index(home / "shapes", url)
    gate.denies = lambda method, path: method != "GET" and method != "HEAD"
    with Workspace(url) as place:
        probe = place.collection.vectors(["disc/00.png"])
        assert len(probe) == 1
        assert problems(place) == []
    (home / "shapes/disc/new.png").write_bytes((home / "shapes/disc/01.png").read_bytes()[:-3])
    (home / "shapes/new.png").write_bytes((home / "shapes/disc/01.png").read_bytes())
    with pytest.raises(StorageError, match=r"may not be written .* nothing was added"):
        index(home / "shapes", url)


def test_a_half_written_fragment_is_found_and_made_again(home: Path, url: str) -> None:
    index(home / "shapes/disc", url)
    index(home / "shapes/square", url)
    first = next(name for name in objects(url) if "/data/" in name)
    put(first, get(first)[: len(get(first)) // 2])
    with Workspace(url) as place:
        assert any("not what was written; run likewise doctor --repair" in x
                   for x in problems(place))  # fmt: skip
        with writer_lock(place.path):
            assert "took out 8 images" in repair(place)[0]
        assert len(place.collection) == 8
    reports = [index(home / f"shapes/{kind}", url) for kind in ("disc", "square")]
    assert sum(report.added for report in reports) == 8
    with Workspace(url) as place:
        assert len(place.collection) == 16
        assert problems(place) == []


def store_at(url: str) -> Lance:
    return Lance(f"{url}/vectors/demo.lance", 4, "demo")


def some(*ids: str) -> tuple[pa.Table, Any]:
    return pa.table({"item_id": list(ids)}), unit(np.ones((len(ids), 4), np.float32))


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


def test_of_two_drivers_on_two_machines_one_is_refused(url: str) -> None:
    store_at(url).append(*some("a"))
    one, other = store_at(url), store_at(url)
    parts = [store.write_apart(*some("b", "c")) for store in (one, other)]
    one.adopt(parts[0], ["b", "c"])
    with pytest.raises(BusyError, match="by another process at the same time"):
        other.adopt(parts[1], ["b", "c"])
    assert store_at(url).ids().to_pylist() == ["a", "b", "c"]


def test_of_two_that_begin_at_once_neither_writes_over_the_other(url: str) -> None:
    one, other = store_at(url), store_at(url)
    one.append(*some("a"))
    with pytest.raises(BusyError, match="run the same command again"):
        other.append(*some("b"))
    other.refresh()
    other.append(*some("b"))
    assert store_at(url).ids().to_pylist() == ["a", "b"]


def test_a_second_driver_on_the_same_machine_is_told_who_writes(home: Path, url: str) -> None:
    index(home / "shapes/disc", url)
    with writer_lock(local_folder(url)), pytest.raises(BusyError, match="is being written by"):
        index(home / "shapes/disc", url)


def test_what_a_newer_likewise_made_is_refused(home: Path, url: str) -> None:
    put(f"{url}/workspace.json", json.dumps({"format": 2, "likewise": "9.9"}).encode())
    with pytest.raises(MismatchError, match=r"was made by likewise 9\.9 in format 2"):
        index(home / "shapes", url)
    assert not local_folder(url).exists()


def test_a_local_folder_whose_vectors_were_replaced_is_refused(home: Path, url: str) -> None:
    index(home / "shapes/disc", url)
    facts = read_facts(url)
    assert facts is not None
    put(f"{url}/workspace.json", json.dumps({**facts, "identity": "another"}).encode())
    with Workspace(url) as place, pytest.raises(MismatchError, match="another workspace there now"):
        len(place.collection)


def test_nothing_there_says_how_to_make_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match=f"likewise index FOLDER --workspace {url}"):
        find_workspace(url)
    with pytest.raises(NotFoundError, match="there is no bucket of s3://no-such-bucket/ws"):
        find_workspace("s3://no-such-bucket/ws")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Path("s3://b/ws"), "s3://b/ws"), ("gs://b/a/ws/", "gs://b/a/ws"),
        ("s3.likewise", ""), ("/data/s3:/x", ""), ("s3://", ""), ("https://host/ws", ""),
    ],
)  # fmt: skip
def test_what_is_object_storage(given: str | Path, wanted: str) -> None:
    assert bucket_url(given) == wanted


def test_http_is_only_for_an_address_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://minio.example")
    assert Bucket("s3://b/ws").options["allow_http"] == "false"
    assert Bucket("gs://b/ws").options == _bucket._RETRIES
