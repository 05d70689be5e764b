"""From a folder of images to a collection: what is new is read, encoded and stored."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from likewise.decode import Limits
from likewise.encoders.base import Encoder, open_encoder
from likewise.encoding import Encoded, encode_files, reason
from likewise.errors import BadInputError
from likewise.pipeline import Failure
from likewise.sources.base import Item, Refused
from likewise.sources.folder import Folder
from likewise.stores.base import ITEM_SCHEMA
from likewise.thumbnails import ThumbnailPack
from likewise.vectors import Vectors
from likewise.workspace import Workspace, default_workspace, writer_lock
from likewise.workspace.database import now
from likewise.workspace.states import ItemState

_FLUSH_ROWS = 4096
_FLUSH_SECONDS = 10.0  # so that a kill loses seconds of work, whatever the encoder's speed

Progress = Callable[[int, int], None]
"""Called with how many files are settled and how many there are."""


@dataclass(frozen=True)
class IndexReport:
    """What a run of `index` did.

    Attributes:
        workspace: where it went.
        added, changed, moved, unchanged: images by what was done; moved ones kept their vector.
        failed: files that could not be read, with the reason; those known before included.
        missing: images that were indexed before and whose file is gone.
        ignored: files that are not images by their name.
        interrupted: stopped by the person; the same command goes on.
        seconds: wall time.
    """

    workspace: Path
    added: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    missing: int = 0
    ignored: int = 0
    failed: tuple[ItemState, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def images_per_second(self) -> float:
        """Images read and encoded over wall time."""
        return (self.added + self.changed + self.moved) / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        counts = ("added", "changed", "moved", "unchanged", "missing", "ignored", "interrupted")
        return {
            "workspace": str(self.workspace),
            **{name: getattr(self, name) for name in counts},
            "failed": [{"id": x.item, "reason": x.reason} for x in self.failed],
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 1),
        }


def index(
    folder: str | os.PathLike[str],
    workspace: str | os.PathLike[str] | None = None,
    encoder: str | Encoder = "efficientnet_lite0",
    *,
    limits: Limits | None = None,
    workers: int | None = None,
    retry_failed: bool = False,
    relocate: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> IndexReport:
    """Index a folder, or bring its workspace up to date with it.

    Unchanged files (same size and time) are skipped, moved ones keep their vectors, changed ones
    are encoded again, deleted ones are marked missing. A kill loses at most the batch in flight.

    Args:
        folder: where the images are; subfolders included.
        workspace: where to keep the vectors; NAME.likewise in the current folder unless given.
        encoder: an encoder, or the name of one.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        retry_failed: try files again that failed before and have not changed.
        relocate: the folder was moved as a whole: point the workspace at it.
        dry_run: only count what would be done.
        progress: told how far it is.

    Raises:
        NotFoundError: no such folder.
        BadInputError: there is no image in it.
        BusyError: another process is writing this workspace.
        MismatchError: the workspace holds another encoder's vectors.
        StorageError: the disk is full or refuses; what was acknowledged is kept.
    """
    source = Folder(folder)
    encoder = open_encoder(encoder) if isinstance(encoder, str) else encoder
    path = Path(workspace) if workspace is not None else default_workspace(folder)
    if not (path / "workspace.sqlite").exists() or dry_run:
        _need_an_image(source)
    if dry_run and not path.exists():
        return IndexReport(path, added=sum(isinstance(x, Item) for x in source.items()))
    with Workspace.create(path, encoder) as place, writer_lock(path):
        root = Path(folder).expanduser()
        if relocate:
            place.sources.relocate(root)
        prefix = place.sources.prefix_of(root)
        run = _Run(place, encoder, prefix, limits, workers)
        return run.go(source, retry_failed, dry_run, progress or (lambda done, total: None))


def _need_an_image(source: Folder) -> None:
    """Refuse a folder without images before anything is made for it."""
    if any(isinstance(entry, Item) for entry in source.items()):
        return
    if source.skipped:
        raise BadInputError(
            f"{source.root} holds {source.skipped} file(s) and none is an image by its name; "
            "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are read"
        )
    raise BadInputError(f"{source.root} is empty; give a folder with images in it")


@dataclass(eq=False)
class _Run:
    """The state of one run; everything that is not yet on the disk is in `rows`."""

    place: Workspace
    encoder: Encoder
    prefix: str
    limits: Limits | None
    workers: int | None
    counts: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[Item, Encoded]] = field(default_factory=list)
    failures: list[ItemState] = field(default_factory=list)
    failures_saved: int = 0
    flushed_at: float = field(default_factory=time.monotonic)

    def go(
        self, source: Folder, retry_failed: bool, dry_run: bool, progress: Progress
    ) -> IndexReport:
        started = time.monotonic()
        self.counts = dict.fromkeys(("added", "changed", "moved", "unchanged", "missing"), 0)
        self.known = self._known()
        self.states = self.place.states.all()
        self.unseen = set(self.known)
        self.digests = {digest: item for item, (_, _, digest) in self.known.items()}
        outcome = "done"
        job = None if dry_run else self.place.jobs.start("index")
        try:
            if dry_run:
                for item in self._work(source, retry_failed):
                    self.counts["changed" if item.id in self.known else "added"] += 1
                self.counts["missing"] = len(self.unseen)
            else:
                with ThumbnailPack(self.place.path / "thumbnails", write=True) as self.pack:
                    self._encode_all(source, retry_failed, progress)
                self._mark_missing()
                self.place.collection.store.optimize()
                self.place.collection.write_codes()
        except KeyboardInterrupt:
            outcome = "interrupted"
        except BaseException:
            outcome = "failed"
            raise
        finally:
            report = IndexReport(
                self.place.path,
                **self.counts,
                ignored=source.skipped,
                failed=tuple(self.failures),
                interrupted=outcome == "interrupted",
                seconds=time.monotonic() - started,
            )
            if job is not None:
                self.place.jobs.end(job, outcome, report.to_json())
        return report

    def _known(self) -> dict[str, tuple[int, int, str]]:
        """Size, time and digest of every item of this source that has a vector."""
        known: dict[str, tuple[int, int, str]] = {}
        for batch in self.place.collection.store.scan(["item_id", "bytes", "modified", "digest"]):
            columns = [column.to_pylist() for column in batch.columns]
            known.update(
                (item, (size, modified, digest))
                for item, size, modified, digest in zip(*columns, strict=True)
                if self._is_ours(item)
            )
        return known

    def _is_ours(self, item: str) -> bool:
        if self.prefix:
            return item.startswith(self.prefix)
        return not any(p and item.startswith(p) for p in self.place.sources.all())

    def _work(self, source: Folder, retry_failed: bool) -> Iterator[Item]:
        """The files that must be read; settles all others on the way."""
        for entry in source.items():
            name = self.prefix + entry.id
            state = self.states.get(name)
            if isinstance(entry, Refused):
                same = state is not None and state.reason == entry.reason
                self.failures.append(
                    state if state and same else ItemState(name, "failed", entry.reason)
                )
                continue
            self.unseen.discard(name)
            size_and_time = (entry.size, entry.modified)
            if name in self.known and self.known[name][:2] == size_and_time:
                self.counts["unchanged"] += 1
                if state is not None:  # it was missing and has come back
                    self.place.states.update(cleared=[name])
                continue
            if self._failed_before(state, size_and_time) and not retry_failed:
                self.failures.append(self.states[name])
                continue
            yield Item(name, entry.uri, entry.size, entry.modified, entry.metadata)

    @staticmethod
    def _failed_before(state: ItemState | None, size_and_time: tuple[int, int]) -> bool:
        if state is None or state.state != "failed":
            return False
        return (state.bytes, state.modified) == size_and_time

    def _encode_all(self, source: Folder, retry_failed: bool, progress: Progress) -> None:
        total = source.count()
        work = self._work(source, retry_failed)
        first = next(work, None)
        if first is None:
            self._flush()
            return
        self.place.check_canaries(self.encoder)
        stream = encode_files(
            chain([first], work),
            self.encoder,
            limits=self.limits,
            workers=self.workers,
            has_vector=self.digests.__contains__,
            has_thumbnail=self.pack.__contains__,
        )
        try:
            for item, outcome in stream:
                if not isinstance(outcome, Encoded):
                    self._fail(item, outcome)
                else:
                    self._take(item, outcome)
                progress(self._settled(), total)
        finally:  # also when interrupted: what was encoded is not thrown away
            stream.close()
            self._flush()
            progress(self._settled(), total)

    def _settled(self) -> int:
        done = sum(self.counts[name] for name in ("added", "changed", "moved", "unchanged"))
        return done + len(self.failures)

    def _take(self, item: Item, encoded: Encoded) -> None:
        self.rows.append((item, encoded))
        if item.id in self.known:
            self.counts["changed"] += 1
        else:
            self.counts["moved" if encoded.vector is None else "added"] += 1
        waited = time.monotonic() - self.flushed_at
        if len(self.rows) >= _FLUSH_ROWS or waited > _FLUSH_SECONDS:
            self._flush()

    def _fail(self, item: Item, error: Failure) -> None:
        state = ItemState(item.id, "failed", reason(error), item.size, item.modified)
        self.failures.append(state)
        if item.id in self.known:  # its old vector is of another picture now
            self.place.collection.store.delete([item.id])
            self.place.collection.refresh()

    def _flush(self) -> None:
        """Put what is in `rows` on the disk: thumbnails, then vectors, then states."""
        if self.rows:
            for _, encoded in self.rows:
                if encoded.thumbnail is not None:
                    self.pack.add(encoded.facts.digest, encoded.thumbnail)
            self.pack.flush()
            self.place.collection.store.append(self._table(), self._vectors())
            self.place.collection.refresh()
            self.digests.update((x.facts.digest, item.id) for item, x in self.rows)
            healed = [item.id for item, _ in self.rows if item.id in self.states]
            self.rows.clear()
            self.place.states.update(cleared=healed)
        self.place.states.update(self.failures[self.failures_saved :])
        self.failures_saved = len(self.failures)
        self.flushed_at = time.monotonic()

    def _vectors(self) -> Vectors:
        """Vectors of `rows`; those of pictures that were seen before are copied, not computed."""
        seen = [x.facts.digest for _, x in self.rows if x.vector is None]
        copies = self.place.collection.vectors([self.digests[digest] for digest in seen])
        copy_of = dict(zip(seen, copies, strict=True))
        return np.stack(
            [copy_of[x.facts.digest] if x.vector is None else x.vector for _, x in self.rows]
        )

    def _table(self) -> pa.Table:
        at = now()
        return pa.Table.from_pylist(
            [
                {
                    "item_id": item.id,
                    "uri": item.id[len(self.prefix) :],
                    "digest": x.facts.digest,
                    "bytes": item.size,
                    "modified": item.modified,
                    "width": x.facts.width,
                    "height": x.facts.height,
                    "format": x.facts.format,
                    "taken_at": x.facts.taken_at,
                    "camera": x.facts.camera,
                    "folder": item.metadata.get("folder", ""),
                    "added_at": at,
                    "metadata": json.dumps(dict(item.metadata)),
                }
                for item, x in self.rows
            ],
            schema=ITEM_SCHEMA,
        )

    def _mark_missing(self) -> None:
        """Only after a whole walk: a file that was not seen is gone."""
        gone = [item for item in self.unseen if item not in self.states]
        self.counts["missing"] = len(self.unseen)
        states = [ItemState(item, "missing", "the file is gone") for item in gone]
        self.place.states.update(states)
        self.place.collection.refresh()
