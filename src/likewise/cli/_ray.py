"""The options of commands whose work a Ray cluster can share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from likewise.errors import BadInputError

_Function = TypeVar("_Function", bound=Callable[..., Any])


def ray_option(does: str) -> Callable[[_Function], _Function]:
    """The option --ray of a command.

    Args:
        does: what is done on the cluster, such as "Read and encode".
    """
    return click.option(
        "--ray", metavar="ADDRESS", help=f"{does} on a Ray cluster: auto, local or ray://host."
    )


def ray_options(function: _Function) -> _Function:
    """The options --ray and --gpus of a command that encodes images."""
    function = click.option(
        "--gpus", type=click.FloatRange(0), default=0.0, show_default=True,
        help="With --ray: GPUs that each shard is given, such as 0.5.",
    )(function)  # fmt: skip
    return ray_option("Read and encode")(function)


def crew_on(address: str | None, cpus: int = 1, gpus: float = 0.0) -> Any:
    """What makes the workers of a cluster; None without an address: this process does it.

    Args:
        address: of the cluster, as --ray takes it.
        cpus: processors a shard is given.
        gpus: GPUs a shard is given.

    Raises:
        BadInputError: GPUs without a cluster.
        MissingExtraError, StorageError: no Ray, or no cluster at that address.
    """
    if address is None:
        if gpus:
            raise BadInputError("--gpus goes with --ray, whose workers it gives GPUs to")
        return None
    from likewise.distribute.ray_cluster import RayCluster, join_cluster

    join_cluster(address)  # now, so that nothing is made for a run that cannot begin
    return partial(RayCluster, address=address, cpus=cpus, gpus=gpus)
