"""One run over a source: files are read, encoded and written, here or by other machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TypeAlias

from likewise.distribute.shards import Shards, WorkerPool
from likewise.encoders._encode_files import Encoded, encode_files
from likewise.encoders.base import Encoder
from likewise.images.decode import Limits
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.batch_writer import BatchWriter
from likewise.indexing.index_segments import index_by
from likewise.indexing.missing_thumbnails import make_missing_thumbnails
from likewise.indexing.on_cluster import Assignment, ShardResult, assignment
from likewise.indexing.patches import Patching
from likewise.indexing.plan import IndexPlan
from likewise.indexing.report import IndexReport
from likewise.indexing.shard_writer import ShardWriter
from likewise.sources.base import Item

PoolFactory: TypeAlias = Callable[[Assignment], WorkerPool[Item, ShardResult]]
"""Makes the workers of a run."""

_MANY_FILES, _MUCH_GONE = 16, 0.2

Progress = Callable[[int, int], None]
"""Called with how many images are settled and how many there are; 0 where that is not known."""


def silent(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(eq=False)
class IndexRun:
    """Carries a plan out: reads, encodes and writes what must be."""

    plan: IndexPlan
    encoder: Encoder
    limits: Limits | None
    workers: int | None
    progress: Progress
    pool_factory: PoolFactory | None = None
    batches: BatchWriter | ShardWriter | None = None

    def __post_init__(self) -> None:
        self.diff = self.plan.diff
        self.workspace = self.diff.workspace
        prefix = self.diff.prefix
        self.patching = Patching(self.workspace, self.encoder, prefix, self.limits, self.workers)

    def go(self) -> str:
        """Answers "done", or "interrupted" after Ctrl-C with everything encoded on the disk."""
        try:
            if self.pool_factory is None:
                self._encode()
            else:
                self._distribute(self.pool_factory)
            self.plan.check_walk()
            self.workspace.states.update(self.diff.gone(), cleared=self.diff.over())
            self._complete()
        except KeyboardInterrupt:
            return "interrupted"
        return "done"

    def _complete(self) -> None:
        """What follows once the vectors are stored: whatever is derived from them."""
        self._tidy()
        self._write_codes()
        if self.workspace.vectors_at:  # another machine may have indexed, too
            make_missing_thumbnails(self.diff, self.encoder, self.limits, self.workers)
        self._cut_up()

    def _write_codes(self) -> None:
        collection = self.workspace.collection
        if self.pool_factory is None or self.workspace.vectors_at:  # no worker sees the codes
            collection.write_codes()
        else:
            collection.write_codes(partial(index_by, self.pool_factory))

    def _cut_up(self) -> None:
        before = self._settled()
        self.patching.go(lambda done, total: self.progress(before + done, before + total))

    def _settled(self) -> int:
        taken = self.batches.taken if self.batches else 0
        return self.diff.unchanged + len(self.diff.failures) + taken

    def _tidy(self) -> None:
        """Join the store's files when they are many or hold much that is gone; that costs time."""
        store = self.workspace.collection.store
        segments = store.segments()
        gone = sum(segment.deleted for segment in segments)
        if len(segments) > _MANY_FILES or gone > _MUCH_GONE * sum(x.rows for x in segments):
            store.optimize()
            self.workspace.collection.refresh()

    def _encode(self) -> None:
        with ThumbnailPack(self.workspace.path / "thumbnails", write=True) as pack:
            self.batches = batches = BatchWriter(self.workspace, self.diff, pack)
            try:
                self._read(self.plan.items(), batches, pack, batches.has_vector)
            finally:  # also when interrupted: what was encoded is not thrown away
                batches.write()
                self.workspace.states.update(self.diff.failures, cleared=self.diff.back)
            if batches.again:
                self._read(iter(batches.again), batches, pack, lambda digest: False)
                batches.write()

    def _distribute(self, new_pool: PoolFactory) -> None:
        work = self.plan.items()
        first = next(work, None)
        if first is not None:
            self.workspace.check_canaries(self.encoder)
            self.workspace.collection.store.prepare()
        with ThumbnailPack(self.workspace.path / "thumbnails", write=True) as pack:
            self.batches = writer = ShardWriter(self.workspace, self.diff, pack)
            task = assignment(
                self.workspace, self.encoder, self.diff.source, self.diff.prefix, self.limits,
                self.workers or 1,
            )  # fmt: skip
            try:
                if first is not None:
                    with closing(new_pool(task)) as pool:
                        for results in Shards(pool).run(chain([first], work)):
                            for result in results:
                                writer.take(result)
                            writer.commit_if_due()
                            self.progress(self._settled(), self.plan.total)
            finally:  # also when interrupted: what came back is not thrown away
                writer.commit()
                self.workspace.states.update(self.diff.failures, cleared=self.diff.back)

    def _read(
        self,
        work: Iterator[Item],
        batches: BatchWriter,
        pack: ThumbnailPack,
        has_vector: Callable[[str], bool],
    ) -> None:
        first = next(work, None)
        if first is None:
            return
        self.workspace.check_canaries(self.encoder)
        stream = encode_files(
            chain([first], work),
            self.encoder,
            read=self.diff.read,
            limits=self.limits,
            workers=self.workers,
            has_vector=has_vector,
            has_thumbnail=pack.__contains__,
        )
        with closing(stream):
            for item, outcome in stream:
                if isinstance(outcome, Encoded):
                    batches.take(item, outcome)
                else:
                    batches.fail(item, outcome)
                self.progress(self._settled(), self.plan.total)

    def report(self, outcome: str, ignored: int, seconds: float) -> IndexReport:
        """What was done so far."""
        done, uncut = self.batches, self.patching.unreadable
        moved = self.diff.seen_items.moved_count if outcome == "done" else 0
        return IndexReport(
            self.workspace.path,
            added=done.added - moved if done else 0,
            changed=done.changed if done else 0,
            moved=moved,
            unchanged=self.diff.unchanged,
            missing=self.diff.seen_items.unseen_count if outcome == "done" else 0,
            ignored=ignored,
            patched=self.patching.made,
            failed=(*self.diff.failures, *(done.failures if done else ()), *uncut),
            interrupted=outcome == "interrupted",
            seconds=seconds,
            vectors_at=self.workspace.vectors_at,
            summary=self.diff.summary,
        )
