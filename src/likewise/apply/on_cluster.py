"""Images that were never indexed, read, encoded and scored by a crew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import likewise
from likewise.apply.inputs import encoded, streams
from likewise.apply.results import EncodedImage
from likewise.distribute.in_order import PoolFactory, in_order
from likewise.distribute.shards import Quarantined
from likewise.distribute.task import check_version, fitting_encoder
from likewise.encoders._encode_files import read_file
from likewise.encoders._model_places import without_hub
from likewise.encoders.base import Encoder
from likewise.images.decode import Limits
from likewise.images.grid import Grid
from likewise.sources.base import Item, Source, location, name_of, open_source, options_of

ROWS = 128
"""Images in a shard: a second or so of a processor."""

_FILES = -1

Verdict = TypeVar("Verdict")
Sourced: TypeAlias = tuple[int, Item]
"""An item, and the number of its source among those that were given; -1 for a file of its own."""


@dataclass(frozen=True, eq=False)
class Scoring(Generic[Verdict]):
    """What a worker must know to say something of images.

    Attributes:
        version: of likewise.
        judge: says it of one that was read and encoded.
        encoder: its name.
        fingerprint: of the encoder.
        home: a workspace, where an encoder may have been learned; or None.
        sources: kind, root and options of each.
        grid: the patches to encode besides.
        limits: caps on what is decoded.
        threads: that decode in one worker.
    """

    version: str
    judge: Callable[[EncodedImage], Verdict]
    encoder: str
    fingerprint: str
    home: Path | None
    sources: tuple[tuple[str, str, dict[str, Any]], ...]
    grid: Grid | None
    limits: Limits | None
    threads: int

    @classmethod
    def of(
        cls,
        judge: Callable[[EncodedImage], Verdict],
        inputs: Iterable[Item | Source],
        encoder: Encoder,
        grid: Grid | None,
        home: Path | None,
        limits: Limits | None,
        threads: int,
    ) -> Scoring[Verdict]:
        """The task for what was given to be scored."""
        sources = tuple(
            (name_of(source), location(source.root), options_of(source))
            for source in inputs
            if not isinstance(source, Item)
        )
        folder = None if home is None else home.resolve()
        return cls(
            likewise.__version__, judge, encoder.name, encoder.fingerprint, folder, sources, grid,
            limits, threads,
        )  # fmt: skip

    def open(self) -> Callable[[Sequence[Sourced]], list[Verdict]]:
        """The encoder and the sources are opened once, for shard after shard.

        Raises:
            MismatchError: this machine has another likewise, or an encoder that is another one.
        """
        check_version(self.version)
        with without_hub():  # a rule names the encoder; see `likewise.encoders._learned.encoder_of`
            encoder = fitting_encoder(self.encoder, self.fingerprint, self.home)
        opened = [open_source(root, kind, options) for kind, root, options in self.sources]

        def judged(shard: Sequence[Sourced]) -> list[Verdict]:
            found: list[Verdict] = []
            for number, some in groupby(shard, key=itemgetter(0)):
                read = read_file if number == _FILES else opened[number].read
                items = [item for _, item in some]
                stream = encoded(items, read, encoder, self.grid, self.limits, self.threads)
                found += map(self.judge, stream)
            return found

        return judged


def judged_by(
    new_pool: PoolFactory[Sourced, Verdict],
    task: Scoring[Verdict],
    inputs: Sequence[Item | Source],
    progress: Callable[[int], None] | None = None,
) -> Iterator[Verdict]:
    """What is said of each image, in the order in which one process would say it.

    Args:
        new_pool: makes the workers.
        task: what they do.
        inputs: what the task is of.
        progress: told how many are done.

    Raises:
        LikewiseError: what an unfit worker raised, or nothing succeeded any more.
    """
    refused: list[EncodedImage] = []
    stream = in_order(new_pool, task, _sourced(inputs, refused), ROWS)
    with closing(stream) as outcomes:
        for done, outcome in enumerate(outcomes, 1):
            if isinstance(outcome, Quarantined):
                item = outcome.item[1]
                yield task.judge(EncodedImage(item.id, item.uri, error=outcome.why))
            else:
                yield outcome
            if progress is not None:
                progress(done)
    yield from map(task.judge, refused)


def _sourced(inputs: Sequence[Item | Source], refused: list[EncodedImage]) -> Iterator[Sourced]:
    number = _FILES
    for items, source in streams(inputs, refused):
        number += source is not None
        for item in items:
            yield (_FILES if source is None else number), item
