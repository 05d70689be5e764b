"""What a worker does with a shard: read, encode, and write a fragment beside the dataset."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import likewise
from likewise.distribute.task import check_home, check_version, fitting_encoder
from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders.base import Encoder
from likewise.images.decode import Limits
from likewise.indexing.batch_writer import item_rows
from likewise.search.store.lance import Lance
from likewise.sources.base import Item, Source, location, name_of, open_source, options_of
from likewise.workspace import Workspace, vectors_location
from likewise.workspace.item_states import ItemState


@dataclass(frozen=True)
class Assignment:
    """All that a worker must know besides its shard; plain values that travel anywhere.

    Attributes:
        version: of likewise.
        encoder: its name.
        fingerprint: of the encoder.
        dim: number of columns of its vectors.
        home: the workspace's folder, absolute, or the URL of its vectors; the worker must be able
            to see it.
        kind: of the source.
        root: of the source.
        options: of the source.
        prefix: that ids begin with.
        limits: caps on what is decoded.
        threads: that decode in one worker.
        wants_thumbnails: whether to make thumbnails.
    """

    version: str
    encoder: str
    fingerprint: str
    dim: int
    home: str
    kind: str
    root: str
    options: tuple[tuple[str, Any], ...]
    prefix: str
    limits: Limits | None
    threads: int = 1
    wants_thumbnails: bool = True

    def open(self) -> Callable[[Sequence[Item]], ShardResult]:
        """A worker's share of the run; raises what `Worker` does."""
        return Worker(self).index


@dataclass(frozen=True)
class ShardResult:
    """What came of a shard.

    Attributes:
        parts: fragments as `Lance.adopt` takes them.
        ids: of the items in them, in their order.
        failures: what could not be read.
        thumbnails: JPEG bytes by the digest of their images.
        where: machine and process.
        seconds: wall time.
        cpu_seconds: time of processors, of this process and those that decoded for it.
    """

    parts: tuple[str, ...]
    ids: tuple[str, ...]
    failures: tuple[ItemState, ...]
    thumbnails: Mapping[str, bytes] = field(default_factory=dict)
    where: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def assignment(
    workspace: Workspace,
    encoder: Encoder,
    source: Source,
    prefix: str,
    limits: Limits | None,
    threads: int,
) -> Assignment:
    """The assignment of a run."""
    return Assignment(
        likewise.__version__,
        encoder.name,
        encoder.fingerprint,
        encoder.dim,
        workspace.home,
        name_of(source),
        location(source.root),
        tuple(sorted(options_of(source).items())),
        prefix,
        limits,
        threads,
    )


class Worker:
    """One process's share: the encoder is opened once and used for shard after shard.

    Raises:
        MismatchError: this machine has another likewise, or an encoder that is another one.
        StorageError: the workspace cannot be seen from this machine.
    """

    def __init__(self, task: Assignment) -> None:
        self.task = task
        check_version(task.version)
        check_home(task.home)
        self._encoder = fitting_encoder(task.encoder, task.fingerprint, Path(task.home))
        self._source = open_source(task.root, task.kind, dict(task.options))
        vectors = vectors_location(task.home, task.fingerprint)
        self._store = Lance(vectors, task.dim, task.fingerprint, create=False)

    def index(self, items: Sequence[Item]) -> ShardResult:
        """Read and encode a shard; its rows are on the disk on return, in no version yet.

        Raises:
            StorageError: the disk is full or refuses.
        """
        started, busy = time.monotonic(), _busy()
        rows: list[tuple[Item, Encoded]] = []
        failures: list[ItemState] = []
        stream = encode_files(
            items,
            self._encoder,
            read=self._source.read,
            limits=self.task.limits,
            workers=self.task.threads,
            has_thumbnail=lambda digest: not self.task.wants_thumbnails,
        )
        with closing(stream):
            for item, outcome in stream:
                if isinstance(outcome, Encoded):
                    rows.append((item, outcome))
                else:
                    state = ItemState(item.id, "failed", reason(outcome), item.size, item.modified)
                    failures.append(state)
        parts: list[str] = []
        if rows:
            vectors = np.stack(
                [encoded.vector for _, encoded in rows if encoded.vector is not None]
            )
            parts = self._store.write_apart(
                item_rows(rows, self._source, self.task.prefix), vectors
            )
        thumbnails = {x.facts.digest: x.thumbnail for _, x in rows if x.thumbnail is not None}
        return ShardResult(
            tuple(parts),
            tuple(item.id for item, _ in rows),
            tuple(failures),
            thumbnails,
            f"{socket.gethostname()}:{os.getpid()}",
            time.monotonic() - started,
            _busy() - busy,
        )


def _busy() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
