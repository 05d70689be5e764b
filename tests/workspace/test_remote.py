"""Vectors in object storage, on a real S3 server: as in a local workspace, and on two machines."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from bucket_gate import Gate
from far_workspaces import Seed, objects, problems, put, rows, rows_at

from likewise.concepts.labelling import fill_basket, record_labels
from likewise.distribute.shards import Local
from likewise.errors import BadInputError, MismatchError, NotFoundError
from likewise.indexing.index import index
from likewise.rules.learn import learn_concept
from likewise.search.store import _bucket
from likewise.search.store._bucket import Bucket, bucket_url
from likewise.workspace import Workspace, find_workspace
from likewise.workspace.allow_remote import allow_remote
from likewise.workspace.remote import local_folder, read_facts


def test_it_is_as_one_on_the_disk(pictures: Path, seed: Seed, url: str, tmp_path: Path) -> None:
    index(pictures, tmp_path / "near.likewise", seed.encoder)
    report = index(pictures, url, seed.encoder)
    assert (report.added, report.vectors_at) == (12, url)
    assert report.workspace == local_folder(url)
    assert not (report.workspace / "vectors").exists()
    with Workspace(url) as far, Workspace(tmp_path / "near.likewise") as near:
        assert rows(far) == rows(near)
        ids = near.collection.ids()
        np.testing.assert_array_equal(far.collection.vectors(ids), near.collection.vectors(ids))
        for place in (far, near):
            fill_basket(place, "disc", like=["disc/00.png"], new=True)
            said = [(item, "yes" if item < "e" else "no") for item in sorted(ids)[1::2]]
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
    (pictures / "disc/00.png").unlink()
    (pictures / "disc/01.png").write_bytes(b"no image")
    report = index(pictures, url)
    assert (report.unchanged, report.missing, len(report.failed)) == (10, 1, 1)


def test_another_machine_finds_all_but_the_decisions(
    pictures: Path, seed: Seed, far: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIKEWISE_LOCAL", str(tmp_path / "machine-2"))
    with Workspace(far) as place:
        assert place.path.is_relative_to(tmp_path / "machine-2")
        assert rows(place) == seed.rows
        assert not any(place.pictures(place.collection.ids()))
    report = index(pictures, far)
    assert (report.unchanged, report.added) == (12, 0)
    with Workspace(far) as place:
        assert all(place.pictures(place.collection.ids()))
    more = tmp_path / "more"
    more.mkdir()
    shutil.copy(pictures / "disc/00.png", more / "extra.png")
    assert index(more, far).added == 1
    monkeypatch.setenv("LIKEWISE_LOCAL", str(tmp_path / "machine-1"))
    assert index(more, far).unchanged == 1  # under the prefix that it has there
    with Workspace(far) as place:
        assert set(place.sources.all()) == {"", "more:"}


def test_a_copy_of_the_local_folder_is_used_once_its_user_agrees(
    seed: Seed, far: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Workspace(far) as workspace:
        copy = shutil.copytree(workspace.path, tmp_path / "copy.likewise")
    monkeypatch.setenv("LIKEWISE_CONFIG", str(tmp_path / "settings"))
    with pytest.raises(BadInputError, match=f"likewise info --allow-remote {far} --workspace"):
        Workspace(copy)
    allow_remote(copy, [far])
    with Workspace(copy) as workspace:
        assert rows(workspace) == seed.rows


def test_shards_are_written_to_the_bucket_by_their_workers(
    pictures: Path, seed: Seed, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.distribute.shards.ROWS", 5)
    assert index(pictures, url, seed.encoder, crew=Local).added == 12
    assert sum("/data/" in name for name in objects(url)) == 3
    index(pictures, tmp_path / "near.likewise", seed.encoder)
    with Workspace(tmp_path / "near.likewise") as near:
        assert rows_at(url) == rows(near)
    assert index(pictures, url, crew=Local).unchanged == 12


def test_what_a_newer_likewise_made_is_refused(pictures: Path, seed: Seed, url: str) -> None:
    put(f"{url}/workspace.json", json.dumps({"format": 2, "likewise": "9.9"}).encode())
    with pytest.raises(MismatchError, match=r"was made by likewise 9\.9 in format 2"):
        index(pictures, url, seed.encoder)
    assert not local_folder(url).exists()


def test_a_local_folder_whose_vectors_were_replaced_is_refused(far: str) -> None:
    Workspace(far).close()
    facts = read_facts(far)
    assert facts is not None
    put(f"{far}/workspace.json", json.dumps({**facts, "identity": "another"}).encode())
    with Workspace(far) as place, pytest.raises(MismatchError, match="another workspace there now"):
        len(place.collection)


def test_nothing_there_says_how_to_make_it(url: str, gate: Gate) -> None:
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
