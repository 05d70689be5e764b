"""Indexing on a Ray cluster whose driver is killed, too, and the same command started again.

Photos and vectors are on an S3 server, a process of this machine, as the nodes are; the plain run
that the outcome is compared with stays on the disk.
"""

from __future__ import annotations

from _needs import announce

announce("psutil", "ray")  # before they are imported

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from _records import Figure, publish
from ray_kills import Killer, contents, guard_ray, started_cluster, to_bucket, with_a_shard

from likewise.distribute import shards
from likewise.distribute.ray_cluster import RayCluster
from likewise.errors import NotFoundError
from likewise.indexing.index import index
from likewise.workspace import Workspace

_LONGEST = 30.0  # seconds of a driver's life; it commits every ten


def drive(address: str, what: str, home: str, rows: int) -> None:
    """What a driver does: one run, its outcome on one line."""
    shards.ROWS = rows
    report = index(what, home, crew=partial(RayCluster, address=address))
    print(report.added, report.unchanged, len(report.failed), flush=True)


@dataclass
class Told:
    """What came of one collection.

    Attributes:
        workers, nodes: how many were killed.
        kept: images that were committed when a driver was killed, one number a kill.
        last: what the last driver said: added, unchanged, failed.
        seconds: from the first driver's start to the last one's end.
    """

    workers: int = 0
    nodes: int = 0
    kept: list[int] = field(default_factory=list)
    last: tuple[int, ...] = ()
    seconds: float = 0.0


def run(what: str, home: str, nodes: int, kills: int, drivers: int, rows: int, seed: int) -> Told:
    """Index over a cluster, killing workers, nodes and drivers, until a driver has ended."""
    chance, told = random.Random(seed), Told()
    with started_cluster(nodes) as (cluster, settings):
        killer = Killer(cluster, settings, kills, every=1.5)
        killer.start()
        begun = time.monotonic()
        while not told.last:
            command = [sys.executable, __file__, "--drive", cluster.address, what, home, str(rows)]
            driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                while driver.poll() is None and not with_a_shard():
                    time.sleep(0.1)
                lives = chance.uniform(1, _LONGEST) if len(told.kept) < drivers else float("inf")
                dies = time.monotonic() + lives
                while driver.poll() is None and time.monotonic() < dies:
                    killer.lose_a_node(0, 0)
                    time.sleep(0.1)
            finally:
                driver.kill()
                said, _ = driver.communicate()
            if driver.returncode == 0:
                told.last = tuple(map(int, said.split()[-3:]))
            elif driver.returncode > 0:
                raise SystemExit(f"a driver that nobody killed ended with {driver.returncode}")
            else:
                told.kept.append(committed(home))
        told.seconds = time.monotonic() - begun
        killer.stop()
        told.workers, told.nodes = killer.workers, killer.nodes
    return told


def committed(home: str) -> int:
    """How many images a workspace has, which need not be there yet."""
    try:
        with Workspace(home) as place:
            return len(place.collection)
    except NotFoundError:
        return 0


def differ(home: str, plain: Path) -> tuple[int, int, float]:
    """Images that differ in what is kept of them, those without a picture, and how far vectors do.

    Ids that are there twice end the benchmark.
    """
    wanted, found = set(contents(plain)), set(contents(home))
    with Workspace(home) as far, Workspace(plain) as near:
        ids = [item for item in near.collection.ids() if item in far.collection.known([item])]
        apart = np.abs(far.collection.vectors(ids) - near.collection.vectors(ids)).max()
        bare = far.pictures(far.collection.ids()).count(None)
    return len(wanted ^ found), bare, float(apart)


def measure(data: Path, root: Path, bucket: str, given: argparse.Namespace) -> list[Figure]:
    """A plain run on the disk, and one collection for each number of nodes."""
    plain = root / "plain.likewise"
    count = index(data, plain).added
    figures: list[Figure] = []
    for nodes in given.nodes:
        home = f"{bucket}/{nodes}"
        told = run(
            f"{bucket}/photos", home, nodes, given.kills, given.drivers, given.shard, given.seed
        )
        again = index(f"{bucket}/photos", home)
        other, bare, apart = differ(home, plain)
        kept = ", ".join(map(str, told.kept))
        setting = f"{count:,} photos in shards of {given.shard} on {bucket}, {nodes} nodes"
        figures += [
            Figure("workers killed", told.workers, "", "", setting),
            Figure("nodes killed", told.nodes, "", "", setting),
            Figure(
                f"drivers killed, with {kept} images committed", len(told.kept), "", "", setting
            ),
            Figure("from the first start to the last end", told.seconds, "s", "", setting),
            Figure("images that differ from the plain run's", other, "", "0", setting),
            Figure("images without a picture", bare, "", "0", setting),
            Figure("greatest difference of a vector's number", apart, "", "", setting),
            Figure("found to do by one more run", again.added + again.changed, "", "0", setting),
        ]
        publish(figures[-8:], None)
    return figures


def main() -> None:
    """Measure, print a table, write records."""
    if sys.argv[1:2] == ["--drive"]:
        address, what, home, rows = sys.argv[2:]
        return drive(address, what, home, int(rows))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of photos")
    parser.add_argument("--nodes", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--kills", type=int, default=20, help="workers and nodes")
    parser.add_argument("--drivers", type=int, default=5)
    parser.add_argument("--shard", type=int, default=8, help="images in a shard")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    given = parser.parse_args()
    guard_ray()
    root = Path(tempfile.mkdtemp(prefix="likewise-benchmark-"))
    bucket, server = to_bucket(given.data, root)
    try:
        publish(measure(given.data, root, bucket, given), given.json)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(root)
    return None


if __name__ == "__main__":
    main()
