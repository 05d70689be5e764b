"""What a crew is to do: plain values that travel to workers, and are opened once in each."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import likewise
from likewise.encoders.base import Encoder, open_encoder
from likewise.errors import MismatchError, StorageError
from likewise.search.store._bucket import bucket_url

Input = TypeVar("Input", contravariant=True)
Result = TypeVar("Result", covariant=True)


class Task(Protocol[Input, Result]):
    """All that a worker must know besides its shards; pickled, and the same for all of them."""

    def open(self) -> Callable[[Sequence[Input]], Result]:
        """In a worker's process, once: answers what does one shard after the other.

        Raises:
            LikewiseError: this machine is not fit for it, which ends the run.
        """
        ...


def check_version(version: str) -> None:
    """Refuse another likewise than the one that started the run.

    Args:
        version: of the likewise that started it.

    Raises:
        MismatchError: this machine has another.
    """
    if version != likewise.__version__:
        raise MismatchError(
            f"{socket.gethostname()} has likewise {likewise.__version__} and the run was started "
            f"with {version}; install that on every machine: pip install likewise=={version}, or "
            "from the same clone"
        )


def check_home(home: str) -> None:
    """Refuse a workspace that is on the disk of another machine.

    Args:
        home: its folder or one in it, or the URL of its vectors.

    Raises:
        StorageError: it cannot be seen from this machine.
    """
    if not bucket_url(home) and not Path(home).is_dir():
        raise StorageError(
            f"{home} is not there on {socket.gethostname()}; keep the workspace on a disk that all "
            "machines share under that path, or in object storage"
        )


def fitting_encoder(name: str, fingerprint: str, home: Path | None) -> Encoder:
    """The encoder of that name, if it is the one that started the run.

    Args:
        name: of the encoder.
        fingerprint: of the one that started the run.
        home: a workspace, where one that was learned there is.

    Raises:
        MismatchError: this machine has another of that name.
    """
    encoder = open_encoder(name, home)
    if encoder.fingerprint != fingerprint:
        raise MismatchError(
            f"{socket.gethostname()} has the encoder '{encoder.fingerprint}' and the run was "
            f"started with '{fingerprint}'; install the same versions on every machine"
        )
    return encoder
