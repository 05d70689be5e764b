"""A Ray cluster of several nodes on this machine, and somebody who kills its processes."""

from __future__ import annotations

import inspect
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from ports import free_port
from waiting import LIMIT

_TOKEN = secrets.token_hex(32)  # one a process: Ray goes on with the first that it was given
_MEMORY = 80 << 20


def _prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens on; skips where Ray is not installed."""
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", _TOKEN)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    pytest.importorskip("ray")


@contextmanager
def _patient_start() -> Iterator[None]:
    """In this block a node may take as long to start as a very busy machine needs.

    Ray gives it 30 s, and its agents 15 to write down their ports, after which the node ends
    itself; neither can be set. So each question for the node waits for its answer, the ports of
    the agents of dashboard and metrics say that there are none, and the third agent is given its.
    """
    from ray._private import services

    ask, start = services.get_node, services.start_raylet

    def wait(*where: Any) -> Any:
        end = time.monotonic() + LIMIT
        while True:
            try:
                return ask(*where)
            except RuntimeError:  # the node is not there yet
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def without_agents(*values: Any, **named: Any) -> Any:
        node = inspect.signature(start).bind(*values, **named)
        node.arguments["runtime_env_agent_port"] = agent = free_port()
        ports = {"metrics_agent": -1, "metrics_export": -1, "dashboard_agent_listen": -1}
        for name, port in {**ports, "runtime_env_agent": agent}.items():
            file = Path(node.arguments["session_dir"], f"{name}_port_{node.arguments['node_id']}")
            file.write_text(str(port))
        return start(*node.args, **node.kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_gcs_server_port_wait_time_s", str(round(LIMIT)))
        patch.setattr(services, "get_node", wait)
        patch.setattr(services, "start_raylet", without_agents)
        yield


@contextmanager
def joined_ray(workers: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One node with so many processors, which this process has joined: quicker to start."""
    _prepare(monkeypatch)
    import ray

    settings = {"num_cpus": workers, "object_store_memory": _MEMORY, "include_dashboard": False}
    with _patient_start():
        ray.init(log_to_driver=False, **settings)
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
    try:
        with _patient_start():
            for _ in range(nodes):
                cluster.add_node(**settings)
            cluster.wait_for_nodes(timeout=LIMIT)
        yield cluster
    finally:
        cluster.shutdown()


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
