"""A crew on a Ray cluster (https://ray.io): each shard is a task, on whatever machine is free."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Generic

from likewise.core.isolation import outside_the_current_folder
from likewise.distribute.shards import Finished, Result, Thing, WorkerDied
from likewise.distribute.task import Task
from likewise.errors import BadInputError, LikewiseError, MissingExtraError, StorageError
from likewise.numeric.threads import limit_threads

_LEAST = (2, 54)
"""Before it, a web page could run code through the dashboard (CVE-2025-62593)."""

_AHEAD = 2  # shards a slot, so that a worker that is done need not wait for the driver

_KNOCK_SECONDS = 5.0
_LOCAL_STARTS = 5

_opened: dict[str, Callable[[Sequence[Any]], Any]] = {}
"""In a worker's process, by the run's name: what was opened stays open between shards."""


class RayCluster(Generic[Thing, Result]):
    """Workers of a Ray cluster.

    Args:
        task: what they are to do with each shard.
        address: "auto" for the cluster that this machine belongs to, ``ray://host:10001``, or
            "local" to start one on this machine alone.
        cpus: processors a shard is given; it decodes in so many threads.
        gpus: GPUs a shard is given, such as 0.5.

    Raises:
        MissingExtraError: Ray is not installed.
        BadInputError: a Ray that is too old.
        StorageError: there is no cluster at that address.
    """

    def __init__(
        self,
        task: Task[Thing, Result],
        address: str = "auto",
        cpus: int = 1,
        gpus: float = 0.0,
    ) -> None:
        self._ray: Any = _library(address)
        self._started = not self._ray.is_initialized()
        self._cpus, self._gpus = cpus, gpus
        if self._started:
            _join(self._ray, address)
        # In a list, so that a worker fetches it once and not with every shard.
        self._task = secrets.token_hex(8), [self._ray.put(task)], cpus
        self._run = self._ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(_shard)
        self._open: dict[Any, int] = {}

    def slots(self) -> int:
        """Twice what the cluster has room for now."""
        have = self._ray.cluster_resources()
        room = have.get("CPU", 0) // self._cpus
        if self._gpus:
            room = min(room, have.get("GPU", 0) // self._gpus)
        return _AHEAD * max(1, int(room))

    def start(self, number: int, shard: Sequence[Thing]) -> None:
        """Queue a shard."""
        self._open[self._run.remote(*self._task, list(shard))] = number

    def finished(self, seconds: float) -> list[Finished[Result]]:
        """What has come back."""
        ready, _ = self._ray.wait(list(self._open), num_returns=1, timeout=seconds)
        return [self._outcome(reference) for reference in ready]

    def close(self) -> None:
        """Cancel what is under way, and leave the cluster if this joined it."""
        for reference in self._open:
            self._ray.cancel(reference, force=True)
        self._open.clear()
        if self._started:
            self._ray.shutdown()

    def _outcome(self, reference: Any) -> Finished[Result]:
        number = self._open.pop(reference)
        errors = self._ray.exceptions
        try:
            return Finished(number, self._ray.get(reference))
        except LikewiseError as error:
            return Finished(number, error=error)
        except errors.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            return Finished(number, error=cause)
        except errors.RayError as error:  # a process, a machine or its memory was lost
            return Finished(number, error=WorkerDied(type(error).__name__))


def join_cluster(address: str) -> None:
    """Join a cluster for the rest of this process, before anything is made for a run on it.

    With "local" only Ray itself is looked for; each run starts a cluster of its own.

    Args:
        address: as `RayCluster` takes it.

    Raises:
        MissingExtraError, BadInputError, StorageError: see `RayCluster`.
    """
    ray = _library(address)
    if address != "local" and not ray.is_initialized():
        _join(ray, address)


def _library(address: str) -> Any:
    """Ray itself, if it is one that can be used."""
    if address == "local":  # ours alone: nobody else may give it work
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("work on a Ray cluster", "ray") from error
    if tuple(map(int, ray.__version__.split(".")[:2])) < _LEAST:
        raise BadInputError(
            f"Ray {ray.__version__} has holes that were closed since; upgrade it on every "
            "machine: pip install 'ray>=2.54'"
        )
    return ray


def _join(ray: Any, address: str) -> None:
    """Join a cluster, or start one; what Ray says of that in passing is left out."""
    settings: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.WARNING}
    if address == "local":
        settings["include_dashboard"] = False
    else:
        settings["address"] = address
    try:
        _knock(address)
        with outside_the_current_folder(), warnings.catch_warnings():
            # Ray forks and replaces the child at once, which harms no library.
            warnings.filterwarnings("ignore", message="lance is not fork-safe")
            _start(ray, settings, attempts=_LOCAL_STARTS if address == "local" else 1)
    except (OSError, RuntimeError, ValueError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if address == "local":
            raise StorageError(
                f"Ray did not start on this machine ({first}); run the command again when the "
                "machine is less busy, or without --ray"
            ) from error
        raise StorageError(
            f"there is no Ray cluster at '{address}' ({first}); start one with: ray start "
            "--head, or use this machine alone: --ray local"
        ) from error


def _start(ray: Any, settings: dict[str, Any], attempts: int) -> None:
    """Call `ray.init`, again where a node did not start in time.

    Ray gives a node of its own 30 s, which is too little on a very busy machine, cannot be set,
    and ends in a bare `Exception`.
    """
    for attempts_left in reversed(range(attempts)):
        try:
            ray.init(**settings)
            return
        except (OSError, RuntimeError, ValueError):
            raise
        except Exception as error:
            ray.shutdown()
            if not attempts_left:
                raise RuntimeError(str(error)) from error


def _knock(address: str) -> None:
    """Find out in seconds that nobody is there; Ray itself tries for minutes."""
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", address)
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host, int(port)), _KNOCK_SECONDS).close()


def _shard(run: str, task: list[Any], cpus: int, shard: Sequence[Any]) -> Any:
    """One shard, in a worker's process."""
    if run not in _opened:
        import ray

        limit_threads(cpus)
        _opened.clear()
        _opened[run] = ray.get(task[0]).open()
    return _opened[run](shard)
