"""Patches of the images that are in a collection and have none yet."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders._read_ahead import Failure
from likewise.encoders.base import DerivedEncoder, Encoder
from likewise.images.decode import Limits
from likewise.images.grid import Grid
from likewise.search.items import ORIGINAL_COLUMNS
from likewise.search.patches import FOLDER, PatchStore
from likewise.sources.base import Item, Original
from likewise.workspace import Workspace
from likewise.workspace.item_states import ItemState

_COLUMNS = ["item_id", "digest", "width", "height", "source", *ORIGINAL_COLUMNS]
_VECTORS = 1 << 14  # in memory before they are written
_SECONDS = 10.0  # so that a kill loses seconds of work, whatever the encoder's speed

Progress = Callable[[int, int], None]
"""Called with how many images were cut up and how many are to be."""


@dataclass(eq=False)
class Patching:
    """One run over a collection: reads every image without patches and encodes its squares.

    A pass of its own after images have their vectors: these can be searched meanwhile, and a run
    that is cut off goes on with what is still without. An image is decoded once for its patches.

    Args:
        workspace: the workspace, whose grid says which squares; held for writing.
        encoder: the workspace's.
        source: prefix of the source whose images are looked at; None for all.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.

    Attributes:
        made: images that got patches so far.
        unreadable: images that did not, with the reason.
    """

    workspace: Workspace
    encoder: Encoder
    source: str | None = None
    limits: Limits | None = None
    workers: int | None = None
    made: int = 0
    unreadable: list[ItemState] = field(default_factory=list)
    _originals: dict[str, Original] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
    _rows: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def go(self, progress: Progress = lambda done, total: None) -> None:
        """Make what is missing; also when it is interrupted, what was made is on the disk.

        Raises:
            StorageError: the disk is full or refuses; what was written before stays.
            MismatchError: the encoder answers other vectors than the collection's.
        """
        patches = self.workspace.collection.patches
        if patches is None:
            return
        if isinstance(self.encoder, DerivedEncoder):
            self._map(patches, self.encoder)
        total = count_without(self.workspace, patches.grid, self.source)
        if total:
            self.workspace.check_canaries(self.encoder)
            self._make(patches, total, progress)
        patches.drop_other_grids()
        chunks = [batch.column(0) for batch in self.workspace.collection.store.scan(["digest"])]
        patches.keep_only(pa.chunked_array(chunks, pa.string()))
        patches.write_codes()

    def _map(self, patches: PatchStore, encoder: DerivedEncoder) -> None:
        """Work patches out from those of the encoder's base, where there are any."""
        base = encoder.base
        base_patches = PatchStore(
            self.workspace.path / FOLDER, patches.grid, base.dim, base.fingerprint
        )
        digests = base_patches.digests().to_pylist()
        step = max(1, _VECTORS // patches.grid.total)
        for start in range(0, len(digests), step):
            some = digests[start : start + step]
            some = [x for x, has in zip(some, patches.have(some).tolist(), strict=True) if not has]
            if some:
                rows = encoder.from_base(base_patches.vectors(some).reshape(-1, base.dim))
                patches.append(some, rows.reshape(len(some), patches.grid.total, -1))

    def _make(self, patches: PatchStore, total: int, progress: Progress) -> None:
        written_at = time.monotonic()
        stream = encode_files(
            self._items(patches),
            self.encoder,
            read=self._read,
            limits=self.limits,
            workers=self.workers,
            grid=patches.grid,
            has_vector=lambda digest: True,
        )
        try:
            with closing(stream):
                for item, outcome in stream:
                    del self._originals[item.id]
                    self._take(item, self._digests.pop(item.id), outcome)
                    waited = time.monotonic() - written_at
                    if len(self._rows) * patches.grid.total >= _VECTORS or waited > _SECONDS:
                        self._write(patches)
                        written_at = time.monotonic()
                    progress(self.made + len(self._rows) + len(self.unreadable), total)
        finally:
            self._write(patches)

    def _items(self, patches: PatchStore) -> Iterator[Item]:
        for row in _without(self.workspace, patches, self.source):
            item = row["item_id"]
            original = self.workspace.collection.original_of(item, row)
            self._originals[item], self._digests[item] = original, row["digest"]
            yield original.item

    def _read(self, item: Item, limits: Limits) -> bytes:
        return self._originals[item.id].source.read(item, limits)

    def _take(self, item: Item, digest: str, outcome: Encoded | Failure) -> None:
        if not isinstance(outcome, Encoded):
            self.unreadable.append(ItemState(item.id, "failed", reason(outcome)))
        elif outcome.facts.digest != digest:
            why = "it changed while it was indexed; run likewise index again"
            self.unreadable.append(ItemState(item.id, "failed", why))
        elif outcome.patches is not None:
            self._rows[digest] = outcome.patches

    def _write(self, patches: PatchStore) -> None:
        if self._rows:
            patches.append(list(self._rows), np.stack(list(self._rows.values())))
            self.made += len(self._rows)
            self._rows.clear()


def count_without(workspace: Workspace, grid: Grid, source: str | None = None) -> int:
    """How many images are still without the patches of a grid; of copies one counts.

    Args:
        workspace: the workspace.
        grid: which patches.
        source: prefix of the source whose images are looked at; None for all.
    """
    patches = PatchStore(workspace.path / FOLDER, grid, workspace.dim, workspace.fingerprint)
    return sum(1 for _ in _without(workspace, patches, source))


def _without(
    workspace: Workspace, patches: PatchStore, source: str | None
) -> Iterator[dict[str, Any]]:
    """Facts of the images whose content has no patches; of copies those of the first."""
    missing = workspace.states.all("missing")
    met: set[str] = set()
    for batch in workspace.collection.store.scan(_COLUMNS):
        rows = [
            row
            for row in batch.to_pylist()
            if row["digest"]
            and row["box"] is None
            and source in (None, row["source"])
            and patches.grid.suits(row["width"], row["height"])
        ]
        have = patches.have([row["digest"] for row in rows])
        for row, has in zip(rows, have.tolist(), strict=True):
            if not has and row["digest"] not in met and row["item_id"] not in missing:
                met.add(row["digest"])
                yield row


def drop_patches(workspace: Workspace) -> None:
    """Have no patches any more, and free their disk space."""
    workspace.set_grid(None)
    shutil.rmtree(workspace.path / FOLDER, ignore_errors=True)
