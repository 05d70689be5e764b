"""A Ray cluster of several nodes on this machine, and somebody who kills its processes."""

from __future__ import annotations

import gc
import random
import secrets
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import pytest

_TOKEN = secrets.token_hex(32)  # one a process: Ray goes on with the first that it was given
_MEMORY = 80 << 20


def _prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens on; skips where Ray is not installed."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", _TOKEN)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_gcs_server_port_wait_time_s", "120")
    pytest.importorskip("ray")


@contextmanager
def joined_ray(workers: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One node with so many processors, which this process has joined: quicker to start."""
    _prepare(monkeypatch)
    import ray

    settings = {"num_cpus": workers, "object_store_memory": _MEMORY, "include_dashboard": False}
    _started(lambda: ray.init(log_to_driver=False, **settings), ray.shutdown)
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def ray_cluster(nodes: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Start a head and more nodes with one processor each, tokens on and the dashboard off."""
    _prepare(monkeypatch)
    from ray.cluster_utils import Cluster

    settings = {"num_cpus": 1, "object_store_memory": _MEMORY, "include_dashboard": False}
    cluster = Cluster()

    def clear() -> None:
        nonlocal cluster
        cluster.shutdown()
        cluster = Cluster()

    def start() -> None:
        for _ in range(nodes):
            cluster.add_node(**settings)
        cluster.wait_for_nodes(timeout=300)

    try:
        _started(start, clear)
        yield cluster
    finally:
        cluster.shutdown()


def _started(start: Callable[[], Any], clear: Callable[[], Any]) -> None:
    """Start nodes; Ray gives one 30 s, too few on a machine that is very busy, so up to 5 times."""
    for tries_left in reversed(range(5)):
        try:
            start()
            return
        except Exception:
            clear()
            _end_what_started()
            if not tries_left:
                raise


def _end_what_started() -> None:
    """End the processes of a node that did not start in time; Ray itself leaves them running.

    What Ray knows of them is dropped here as well, so that no warning about processes that go on
    reaches a later test.
    """
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if child.name().startswith(("gcs_server", "raylet")):
                child.kill()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


class Killer(threading.Thread):
    """Kills processes that have a shard, one every now and then."""

    def __init__(self, kills: int, every: float, seed: int = 0) -> None:
        super().__init__(daemon=True)
        self._wanted, self._every, self._random = kills, every, random.Random(seed)
        self._over = threading.Event()
        self.killed = 0

    def run(self) -> None:
        while self.killed < self._wanted and not self._over.wait(self._every):
            with suppress(psutil.NoSuchProcess):
                busy = _with_a_shard()
                if busy:
                    self._random.choice(busy).kill()
                    self.killed += 1

    def stop(self) -> int:
        """No more; answers how many were killed."""
        self._over.set()
        self.join()
        return self.killed


def _with_a_shard() -> list[psutil.Process]:
    """Processes that have one now; one that was killed and not buried has no command line."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += [one] if "ray::_shard" in " ".join(one.cmdline()) else []
    return found
