"""Indexing on a Ray cluster whose processes and machines are killed, against a plain run.

The nodes are processes of this machine, so that four of them are no faster than two on two cores;
what a real cluster gains shows in the processor time, which should not grow with the nodes.

With `--on s3` the photos and the vectors are on an S3 server, a process of this machine, too; the
plain run stays on the disk.
"""

from __future__ import annotations

from _needs import announce

announce("psutil", "ray")  # before they are imported

import argparse
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from _records import Figure, publish

from likewise.distribute import shards
from likewise.distribute.ray_cluster import RayCluster
from likewise.indexing.index import index
from likewise.indexing.shard_writer import ShardWriter
from likewise.workspace import Workspace

_TRIES = 5  # at starting a node


def guard_ray() -> None:
    """Have clusters that are started from here ask for a token, and report to nobody."""
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def with_a_shard() -> list[psutil.Process]:
    """Processes that have a shard now. One that was killed and not buried has no command line."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += [one] if "ray::_shard" in " ".join(one.cmdline()) else []
    return found


class Killer(threading.Thread):
    """Kills processes that have a shard, and now and then a whole node, which comes back."""

    def __init__(self, cluster: Any, settings: dict[str, Any], kills: int, every: float) -> None:
        super().__init__(daemon=True)
        self._cluster, self._settings = cluster, settings
        self._wanted, self._every = kills, every
        self._random, self._over = random.Random(0), threading.Event()
        self.workers = self.nodes = 0

    def run(self) -> None:
        """Until there were enough, or the run is over."""
        while self.workers + self.nodes < self._wanted and not self._over.wait(self._every):
            if (self.workers + self.nodes) % 5 == 4:
                continue  # a node's turn
            with suppress(psutil.NoSuchProcess):
                busy = with_a_shard()
                if busy:
                    self._random.choice(busy).kill()
                    self.workers += 1

    def lose_a_node(self, done: int, total: int) -> None:
        """Kill a node where it is its turn, and start another; Ray wants the main thread for it."""
        if (self.workers + self.nodes) % 5 == 4 and self.workers + self.nodes < self._wanted:
            victim = self._random.choice(sorted(self._cluster.worker_nodes, key=id))
            self._cluster.remove_node(victim, allow_graceful=False)
            add_node(self._cluster, self._settings)
            self.nodes += 1

    def stop(self) -> None:
        """No more."""
        self._over.set()
        self.join()


def to_bucket(data: Path, root: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """Start an S3 server that holds the photos; answers its bucket and the process."""
    import fsspec

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "LIKEWISE_LOCAL": str(root),
    }  # fmt: skip
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.1)
    system = fsspec.filesystem("s3", skip_instance_cache=True)
    system.mkdir("kills")
    for path in sorted(data.rglob("*")):
        if path.is_file():
            system.pipe_file(f"kills/photos/{path.relative_to(data)}", path.read_bytes())
    return "s3://kills", running


def contents(path: Path | str) -> list[tuple[Any, ...]]:
    """All that is kept of every item but when it came."""
    with Workspace(path) as place:
        ids = place.collection.ids()
        assert len(set(ids)) == len(ids), "an item is there twice"
        columns = ["item_id", "digest", "width", "height", "bytes", "uri", "folder"]
        return sorted(tuple(row.values()) for row in place.collection.facts(ids, columns))


def add_node(cluster: Any, settings: dict[str, Any]) -> None:
    """Start another node; Ray gives up after 30 s, which are few on a machine that is busy."""
    ours = psutil.Process()
    for tries in range(_TRIES):
        before = set(ours.children())
        try:
            cluster.add_node(**settings)
        except Exception as error:  # Ray has no kind of its own for it
            if "timed out during startup" not in str(error) or tries + 1 == _TRIES:
                raise
            for left in set(ours.children()) - before:
                left.kill()
        else:
            return


@contextmanager
def started_cluster(nodes: int) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A cluster of so many nodes, processes of this machine, and the settings of one of them."""
    from ray.cluster_utils import Cluster

    settings = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=settings)
    try:
        for _ in range(nodes - 1):
            add_node(cluster, settings)
        yield cluster, settings
    finally:
        cluster.shutdown()


def on_ray(data: Path | str, home: Path | str, nodes: int, kills: int) -> dict[str, float]:
    """One run over a cluster of so many nodes."""
    busy: list[float] = []
    taken = ShardWriter.take

    def noted(self: ShardWriter, result: Any) -> None:
        busy.append(getattr(result, "cpu_seconds", 0.0))
        taken(self, result)

    ShardWriter.take = noted  # type: ignore[method-assign]
    try:
        with started_cluster(nodes) as (cluster, settings):
            killer = Killer(cluster, settings, kills, every=1.5)
            if kills:
                killer.start()
            started = time.monotonic()
            crew = partial(RayCluster, address=cluster.address)
            report = index(data, home, crew=crew, progress=killer.lose_a_node if kills else None)
            seconds = time.monotonic() - started
            if kills:
                killer.stop()
    finally:
        ShardWriter.take = taken  # type: ignore[method-assign]
    return {
        "rate": report.added / seconds,
        "cpu": 1e3 * sum(busy) / max(1, report.added),
        "workers": killer.workers,
        "nodes": killer.nodes,
    }


def measure(data: Path, root: Path, kills: int, rows: int, bucket: str) -> list[Figure]:
    """A plain run, then two and four nodes, without and with kills."""
    shards.ROWS = rows
    started = time.monotonic()
    plain = index(data, root / "plain.likewise")
    where = f"on {bucket}" if bucket else "on the disk"
    setting = f"{plain.added:,} photos in shards of {rows} {where}, {os.cpu_count()} cores"
    figures = [
        Figure("plain run", plain.added / (time.monotonic() - started), "images/s", "", setting)
    ]
    wanted = contents(root / "plain.likewise")
    runs = [(2, 0), (4, 0), (2, kills), (4, kills)] if kills else [(2, 0), (4, 0)]
    for nodes, times in runs:
        home: Path | str = root / f"{nodes}-{times}.likewise"
        home = f"{bucket}/{nodes}-{times}" if bucket else home
        told = on_ray(f"{bucket}/photos" if bucket else data, home, nodes, times)
        same = contents(home) == wanted
        name = f"{nodes} nodes" + (", killed at random" if times else "")
        figures += [
            Figure(f"{name}: rate", told["rate"], "images/s", "", setting),
            Figure(f"{name}: processor time of workers", told["cpu"], "ms/image", "", setting),
            Figure(f"{name}: same ids, digests, sizes, places", float(same), "", "1", setting),
        ]
        if times:
            figures += [
                Figure(f"{name}: workers killed", told["workers"], "", "", setting),
                Figure(f"{name}: nodes killed", told["nodes"], "", "", setting),
            ]
        publish(figures[-5:], None)
    return figures


def main() -> None:
    """Measure, print a table, write records."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of photos")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--shard", type=int, default=64, help="images in a shard")
    parser.add_argument("--on", choices=["disk", "s3"], default="disk")
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    guard_ray()
    root = Path(tempfile.mkdtemp(prefix="likewise-benchmark-"))
    bucket, server = to_bucket(given.data, root) if given.on == "s3" else ("", None)
    try:
        figures = measure(given.data, root, given.kills, given.shard, bucket)
    finally:
        if server is not None:
            server.kill()
            server.wait()
        shutil.rmtree(root)
    publish(figures, given.json)


if __name__ == "__main__":
    main()
