"""Indexing on a real Ray cluster whose processes and machines are killed meanwhile."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from ray_nodes import Killer, ray_cluster

from likewise.distribute.ray_cluster import RayCluster
from likewise.errors import StorageError
from likewise.indexing import index
from likewise.workspace import Workspace


def contents(path: Path) -> list[tuple[object, ...]]:
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


def test_an_address_without_a_cluster_says_how_to_start_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:9")
    with pytest.raises(StorageError, match="--ray local"):
        RayCluster(None, address="auto")  # type: ignore[arg-type]
