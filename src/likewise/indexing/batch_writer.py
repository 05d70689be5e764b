"""Encoded images written to the workspace, a batch at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from likewise.core.vectors import Vectors
from likewise.encoders._encode_files import Encoded, reason
from likewise.encoders._read_ahead import Failure
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.diff import Diff
from likewise.search.store.base import ITEM_SCHEMA
from likewise.sources.base import UNKNOWN, Item, Source
from likewise.workspace import Workspace
from likewise.workspace.database import now
from likewise.workspace.item_states import ItemState
from likewise.workspace.source_roots import stored_uri

_ROWS = 4096
_SECONDS = 10.0  # so that a kill loses seconds of work, whatever the encoder's speed


class BatchWriter:
    """Takes encoded images and failures, and writes them when a batch is full or old.

    Attributes:
        added, changed: images taken so far.
        copied: those of the added whose picture is known under another name; they have its vector.
        failures: files that could not be read in this run.
        again: files whose vector was to be copied from an item that is gone by now; to be encoded.
    """

    def __init__(self, workspace: Workspace, diff: Diff, pack: ThumbnailPack) -> None:
        self._workspace, self._diff, self._pack = workspace, diff, pack
        self._seen_items = diff.seen_items
        self._rows: list[tuple[Item, Encoded]] = []
        self._written_at = time.monotonic()
        self._failures_written = 0
        self.added = self.changed = self.copied = 0
        self.failures: list[ItemState] = []
        self.again: list[Item] = []

    @property
    def taken(self) -> int:
        """How many files were dealt with, those not written yet included."""
        return self.added + self.changed + len(self.failures) + len(self._rows)

    def has_vector(self, digest: str) -> bool:
        """Whether a picture of that content has a vector already."""
        return self._seen_items.holder(digest) is not None

    def take(self, item: Item, encoded: Encoded) -> None:
        """Take one image; writes a batch when it is time."""
        self._rows.append((item, encoded))
        waited = time.monotonic() - self._written_at
        if len(self._rows) >= _ROWS or waited > _SECONDS:
            self.write()

    def fail(self, item: Item, error: Failure) -> None:
        """Note one file that could not be read."""
        state = ItemState(item.id, "failed", reason(error), item.size, item.modified)
        self.failures.append(state)
        if item.id in self._seen_items:  # its old vector is of another picture now
            self._workspace.collection.store.delete([item.id])
            self._seen_items.let_go(item.id)
            self._workspace.collection.refresh()

    def write(self) -> None:
        """Put everything on the disk: thumbnails, then vectors, then what became of files.

        Raises:
            StorageError: the disk is full or refuses; what was written before stays.
        """
        rows = self._with_a_vector_to_have()
        if rows:
            for _, encoded in rows:
                if encoded.thumbnail is not None:
                    self._pack.add(encoded.facts.digest, encoded.thumbnail)
            self._pack.flush()
            table = item_rows(rows, self._diff.source, self._diff.prefix)
            self._workspace.collection.store.append(table, self._vectors(rows))
            self._count(rows)
            for item, _ in rows:
                self._seen_items.let_go(item.id)
            self._seen_items.hold([(encoded.facts.digest, item.id) for item, encoded in rows])
            self._workspace.collection.refresh()
        self._rows.clear()
        states = self._diff.states
        self._workspace.states.update(
            self.failures[self._failures_written :],
            cleared=[item.id for item, _ in rows if item.id in states],
        )
        self._failures_written = len(self.failures)
        self._written_at = time.monotonic()

    def _with_a_vector_to_have(self) -> list[tuple[Item, Encoded]]:
        rows = []
        for item, encoded in self._rows:
            if encoded.vector is not None or self.has_vector(encoded.facts.digest):
                rows.append((item, encoded))
            else:
                self.again.append(item)
        return rows

    def _count(self, rows: list[tuple[Item, Encoded]]) -> None:
        new = [encoded for item, encoded in rows if item.id not in self._seen_items]
        copied = [encoded.facts.digest for encoded in new if encoded.vector is None]
        self._seen_items.add_new_names(copied)
        self.changed += len(rows) - len(new)
        self.added += len(new)
        self.copied += len(copied)

    def _vectors(self, rows: list[tuple[Item, Encoded]]) -> Vectors:
        """Vectors of rows; those of pictures that were seen before are copied, not computed."""
        digests = list(dict.fromkeys(x.facts.digest for _, x in rows if x.vector is None))
        holders = [
            item for digest in digests if (item := self._seen_items.holder(digest)) is not None
        ]
        copies = self._workspace.collection.vectors(holders)
        copy_of = dict(zip(digests, copies, strict=True))
        return np.stack(
            [copy_of[x.facts.digest] if x.vector is None else x.vector for _, x in rows]
        )


def item_rows(rows: Sequence[tuple[Item, Encoded]], source: Source, prefix: str) -> pa.Table:
    """What is kept of items besides their vectors, in the columns of `ITEM_SCHEMA`.

    Args:
        rows: items under the collection's ids, and what reading them gave.
        source: that they are from.
        prefix: that their ids begin with.
    """
    at = now()
    return pa.Table.from_pylist(
        [
            {
                "item_id": item.id,
                "uri": stored_uri(item, source),
                "digest": x.facts.digest,
                "bytes": x.size if item.size == UNKNOWN else item.size,
                "modified": item.modified,
                "width": x.facts.width,
                "height": x.facts.height,
                "taken_at": x.facts.taken_at,
                "camera": x.facts.camera,
                "folder": item.metadata.get("folder", ""),
                "source": prefix,
                "added_at": at,
                "metadata": json.dumps(dict(item.metadata)),
                "parent_id": item.parent,
                "box": item.box,
            }
            for item, x in rows
        ],
        schema=ITEM_SCHEMA,
    )
