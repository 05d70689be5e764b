"""A run by shards gives what a plain run gives, and goes on after its driver died."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from likewise.distribute.shards import Local
from likewise.errors import MismatchError, StorageError
from likewise.indexing.index import index
from likewise.indexing.on_cluster import Assignment, Worker
from likewise.indexing.report import IndexReport
from likewise.workspace import Workspace


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.distribute.shards.ROWS", 5)


def contents(path: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    """Ids in order, and all that is kept of each but when it came."""
    with Workspace(path) as place:
        rows = place.collection.facts(
            place.collection.ids(), ["digest", "width", "uri", "folder", "source", "metadata"]
        )
        return sorted(place.collection.ids()), sorted(tuple(row.values()) for row in rows)


def by_shards(home: Path, name: str = "shards.likewise") -> IndexReport:
    return index(home / "shapes", home / name, crew=Local)


def test_the_same_collection_as_a_plain_run(home: Path) -> None:
    (home / "shapes" / "broken.png").write_bytes(b"no image")
    index(home / "shapes", home / "shapes.likewise")
    report = by_shards(home)
    assert (report.added, len(report.failed)) == (24, 1)
    assert report.failed[0].item == "broken.png"
    assert contents(home / "shards.likewise") == contents(home / "shapes.likewise")
    with Workspace(home / "shards.likewise") as one, Workspace(home / "shapes.likewise") as other:
        ids = one.collection.ids()
        np.testing.assert_allclose(
            one.collection.vectors(ids), other.collection.vectors(ids), atol=2e-3
        )
        digests = [row["digest"] for row in one.collection.facts(ids, ["digest"])]
        with one.thumbnails() as pack:
            assert all(digest in pack for digest in digests)


def test_only_what_changed_is_given_out(home: Path) -> None:
    by_shards(home)
    assert by_shards(home).unchanged == 24
    shutil.copy(home / "shapes/disc/00.png", home / "shapes/disc/new.png")
    shutil.copy(home / "shapes/square/00.png", home / "shapes/disc/01.png")
    (home / "shapes/disc/02.png").write_bytes(b"broken now")
    (home / "shapes/disc/03.png").unlink()
    report = by_shards(home)
    assert (report.added, report.changed, report.missing, len(report.failed)) == (1, 1, 1, 1)
    plain = index(home / "shapes", home / "again.likewise")
    assert plain.added == 23
    with Workspace(home / "shards.likewise") as place:
        assert len(place.collection) == 24  # one of them missing
        assert place.collection.known(["disc/02.png"]) == set()


_DRIVER = """
import os, sys
from pathlib import Path
from likewise.distribute.shards import Local
from likewise.indexing.index import index
import likewise.indexing.shard_writer as gather
import likewise.distribute.shards as shards
shards.ROWS = 5
gather._SECONDS = 0.0
class Dies(Local):
    done = 0
    def finished(self, seconds):
        Dies.done += 1
        if Dies.done > int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        return super().finished(seconds)
index(Path(sys.argv[1]) / "shapes", Path(sys.argv[1]) / "shards.likewise", crew=Dies)
"""


def test_a_driver_that_died_goes_on_without_doubles(home: Path) -> None:
    for shards in (1, 2):
        ran = subprocess.run([sys.executable, "-c", _DRIVER, str(home), str(shards)], check=False)
        assert ran.returncode == -signal.SIGKILL
    report = by_shards(home)
    assert 0 < report.added < 24
    assert report.added + report.unchanged == 24
    index(home / "shapes", home / "shapes.likewise")
    assert contents(home / "shards.likewise") == contents(home / "shapes.likewise")


def test_machines_whose_clocks_differ_by_years_agree(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    years = cycle(["2031-01-01T00:00:00.000+00:00", "1999-01-01T00:00:00.000+00:00"])
    monkeypatch.setattr("likewise.indexing.batch_writer.now", lambda: next(years))
    assert by_shards(home).added == 24
    with Workspace(home / "shards.likewise") as place:
        rows = place.collection.facts(place.collection.ids(), ["added_at"])
        assert len({row["added_at"][:4] for row in rows}) == 2
    index(home / "shapes", home / "shapes.likewise")
    assert contents(home / "shards.likewise") == contents(home / "shapes.likewise")
    shutil.copy(home / "shapes/square/00.png", home / "shapes/disc/01.png")
    report = by_shards(home)
    assert (report.changed, report.unchanged) == (1, 23)


def task(place: Workspace, **changes: object) -> Assignment:
    facts: dict[str, object] = {
        "version": __import__("likewise").__version__,
        "encoder": place.encoder_name,
        "fingerprint": place.fingerprint,
        "dim": place.dim,
        "home": str(place.path),
        "kind": "folder",
        "root": str(place.path.parent / "shapes"),
        "options": (),
        "prefix": "",
        "limits": None,
    }
    return Assignment(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_machine_that_does_not_fit_is_refused(workspace: Workspace) -> None:
    with pytest.raises(MismatchError, match=r"was started with 9\.9.*pip install likewise==9\.9"):
        Worker(task(workspace, version="9.9"))
    with pytest.raises(MismatchError, match="has the encoder"):
        Worker(task(workspace, fingerprint="other"))
    with pytest.raises(StorageError, match="a disk that all machines share"):
        Worker(task(workspace, home="/nowhere"))


def test_a_fragment_that_is_not_whole_is_not_adopted(workspace: Workspace) -> None:
    from likewise.sources.folder import Folder

    source = Folder(str(workspace.path.parent / "shapes"))
    result = Worker(task(workspace)).index(list(source.items())[:3])  # type: ignore[arg-type]
    store = workspace.collection.store
    before = len(store), store.version
    newest = max(
        Path(store.location.uri, "data").iterdir(), key=lambda file: file.stat().st_mtime_ns
    )
    newest.write_bytes(newest.read_bytes()[:100])
    with pytest.raises(StorageError, match="not there or cut short"):
        store.adopt(result.parts, result.ids)
    assert (len(store), store.version) == before
