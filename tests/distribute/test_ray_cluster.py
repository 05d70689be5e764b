"""Indexing on a real Ray cluster whose processes and machines are killed meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from bucket_gate import bucket_behind, running_gate
from ray_nodes import Killer, ray_cluster
from source_makers import bucket_server

from likewise.distribute import ray_cluster as ray_cluster_module
from likewise.distribute.ray_cluster import RayCluster
from likewise.errors import StorageError
from likewise.indexing.index import index
from likewise.workspace import Workspace

LONG = os.environ.get("LIKEWISE_LONG") == "1"


def contents(path: Path | str) -> list[tuple[object, ...]]:
    with Workspace(path) as place:
        ids = place.collection.ids()
        rows = place.collection.facts(ids, ["item_id", "digest", "width", "uri", "folder"])
        assert len(set(ids)) == len(ids)
        return sorted(tuple(row.values()) for row in rows)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_same_collection_though_workers_and_a_machine_are_killed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.distribute.shards.ROWS", 3)
    (home / "shapes" / "broken.png").write_bytes(b"no image")
    index(home / "shapes", home / "shapes.likewise")
    with ray_cluster(2, monkeypatch) as cluster:
        killer = Killer(kills=2, every=0.3)
        lost: list[object] = []

        def lose_a_machine(done: int, total: int) -> None:
            if done >= 6 and not lost:
                lost.append(next(iter(cluster.worker_nodes)))
                cluster.remove_node(lost[0], allow_graceful=False)

        killer.start()
        crew = partial(RayCluster, address=cluster.address)
        report = index(home / "shapes", home / "ray.likewise", crew=crew, progress=lose_a_machine)
        assert killer.stop() >= 1
        assert lost
    assert (report.added, len(report.failed), report.interrupted) == (24, 1, False)
    assert contents(home / "ray.likewise") == contents(home / "shapes.likewise")


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="starts four nodes; LIKEWISE_LONG=1 runs it")
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("nodes", [2, 4])
def test_nodes_write_to_a_bucket_what_a_plain_run_writes_to_the_disk(
    home: Path, monkeypatch: pytest.MonkeyPatch, nodes: int
) -> None:
    monkeypatch.setattr("likewise.distribute.shards.ROWS", 3)
    monkeypatch.setenv("LIKEWISE_LOCAL", str(home / "local"))
    with running_gate() as gate:
        bucket = bucket_behind(gate, monkeypatch)
        monkeypatch.setenv("AWS_ENDPOINT_URL", bucket_server())
        with ray_cluster(nodes, monkeypatch) as cluster:
            crew = partial(RayCluster, address=cluster.address)
            assert index(home / "shapes", f"{bucket}/ws", crew=crew).added == 24
        assert contents(f"{bucket}/ws") == contents(home / "shapes.likewise")


def test_an_address_without_a_cluster_says_how_to_start_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(StorageError, match="--ray local"):
        RayCluster(None, address="auto")  # type: ignore[arg-type]


class _Busy:
    """Ray on a machine where a node takes longer than its 30 s to start."""

    def __init__(self, late: int) -> None:
        self.late, self.starts = late, 0

    def init(self, **settings: object) -> None:
        self.starts += 1
        if self.starts <= self.late:
            raise Exception("The current node timed out during startup.")

    def shutdown(self) -> None:
        pass


def test_a_node_that_starts_late_is_started_again() -> None:
    busy = _Busy(late=2)
    ray_cluster_module._join(busy, "local")
    assert busy.starts == 3
    with pytest.raises(StorageError, match=r"did not start on this machine \(The current node"):
        ray_cluster_module._join(_Busy(late=99), "local")


def test_a_run_that_finds_no_cluster_makes_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.chdir(home)
    command = [sys.executable, "-m", "likewise", "index", "shapes", "-w", "new.likewise"]
    done = subprocess.run(
        [*command, "--ray", "127.0.0.1:9"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 8
    assert "--ray local" in done.stderr
    assert not (home / "new.likewise").exists()


@pytest.mark.skipif(not LONG, reason="starts Ray; LIKEWISE_LONG=1 runs it")
def test_a_run_on_this_machine_says_nothing_of_ray(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.chdir(home)
    command = [sys.executable, "-m", "likewise", "index", "shapes", "-w", "new.likewise"]
    done = subprocess.run([*command, "--ray", "local"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "24 added" in done.stdout
    assert "ray" not in done.stdout.lower()
