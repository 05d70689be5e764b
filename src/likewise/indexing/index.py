"""From a source of images to a collection: what is new is read, encoded and stored."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from likewise.encoders._encode_files import Encoded, encode_files
from likewise.encoders._learned import open_if_here
from likewise.encoders.base import Encoder, need_images, open_encoder
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.images.decode import Limits
from likewise.images.grid import DEFAULT_GRID, Grid
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.batches import Batches
from likewise.indexing.census import Diff
from likewise.indexing.patching import Patching, count_without, drop_patches
from likewise.indexing.picturing import make_missing_thumbnails
from likewise.sources._summary import Summary
from likewise.sources._walk import WORKSPACE_FILE
from likewise.sources.base import (
    Item,
    Refused,
    Source,
    counted_items,
    location,
    name_of,
    open_source,
    options_of,
)
from likewise.workspace import Workspace, default_workspace, located, writer_lock
from likewise.workspace.source_roots import RegisteredSource
from likewise.workspace.states import ItemState

if TYPE_CHECKING:
    from likewise.distribute.shards import WorkerPool
    from likewise.indexing.gather import Plan
    from likewise.indexing.on_cluster import Assignment, ShardResult

    PoolFactory: TypeAlias = Callable[[Assignment], WorkerPool[Item, ShardResult]]

_MANY_FILES, _MUCH_GONE = 16, 0.2

Progress = Callable[[int, int], None]
"""Called with how many images are settled and how many there are; 0 where that is not known."""


@dataclass(frozen=True)
class IndexReport:
    """What a run of `index` did.

    Attributes:
        workspace: where it went; of vectors in object storage, where all else is.
        vectors_at: the URL of vectors in object storage, or "".
        added, changed, moved, unchanged: images by what was done; a moved one kept its vector and
            its old name is gone, a copy of a known one is added.
        failed: files that could not be read, with the reason; those known before included.
        missing: images that were indexed before and whose file is gone.
        ignored: files of the source that are not images by their name.
        patched: images whose patches were made.
        interrupted: stopped by the person; the same command goes on.
        seconds: wall time.
        summary: what the source understood and what it left out; None where it was not read to
            its end.
    """

    workspace: Path
    added: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    missing: int = 0
    ignored: int = 0
    patched: int = 0
    failed: tuple[ItemState, ...] = ()
    interrupted: bool = False
    seconds: float = 0.0
    vectors_at: str = ""
    summary: Summary | None = None

    @property
    def nothing_read(self) -> bool:
        """Whether there were files, and every one failed."""
        return bool(self.failed) and not self.added + self.changed + self.moved + self.unchanged

    @property
    def images_per_second(self) -> float:
        """Images read and encoded over wall time."""
        return (self.added + self.changed + self.moved) / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        counts = ("added", "changed", "moved", "unchanged", "missing", "ignored", "patched")
        return {
            "workspace": str(self.workspace),
            **({"vectors_at": self.vectors_at} if self.vectors_at else {}),
            **{name: getattr(self, name) for name in counts},
            "interrupted": self.interrupted,
            "failed": [{"id": x.item, "reason": x.reason} for x in self.failed],
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 1),
            "summary": None if self.summary is None else self.summary.to_json(),
        }


def index(
    what: str | os.PathLike[str] | Source,
    workspace: str | os.PathLike[str] | None = None,
    encoder: str | Encoder | None = None,
    *,
    source: str | None = None,
    options: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    retry_failed: bool = False,
    relocate: bool = False,
    patches: Grid | bool | None = None,
    dry_run: bool = False,
    within: Sequence[str | os.PathLike[str]] = (),
    crew: PoolFactory | None = None,
    progress: Progress | None = None,
) -> IndexReport:
    """Index a source of images, or bring its workspace up to date with it.

    Unchanged files (same size and time) are skipped, moved ones keep their vectors, changed ones
    are encoded again, deleted ones are marked missing. A kill loses at most the batch in flight.

    Args:
        what: where the images are: a folder, subfolders included, or whatever else one of the
            sources reads; or a source that is open already.
        workspace: where to keep the vectors: a folder, or a URL such as ``s3://bucket/ws``, whose
            decisions are in a local folder; NAME.likewise in the current folder unless given.
        encoder: an encoder, or the name of one; the workspace's own unless given, and the
            built-in one for a new workspace.
        source: name of the kind of source; as the workspace knows it, else as what is given
            looks, unless given.
        options: of the source.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        retry_failed: try files again that failed before and have not changed.
        relocate: the source was moved as a whole: point the workspace at it.
        patches: also encode squares cut out of every image, those of a grid or, for True, of the
            default one, so that small things are found; False drops them. As the workspace was
            last told unless given.
        dry_run: only count what would be done.
        within: folders out of which no file that is read may lead by its links; any may unless
            given.
        crew: makes the workers that read and encode in other processes or on other machines,
            such as `likewise.distribute.ray_cluster.RayCluster`; this process unless given.
        progress: told how far it is.

    Raises:
        NotFoundError: no such folder.
        BadInputError: there is no image in it; or no workspace is given and NAME.likewise is that
            of another source of the same name.
        BusyError: another process is writing this workspace.
        MismatchError: the workspace holds another encoder's vectors.
        StorageError: the disk is full or refuses; what was acknowledged is kept.
    """
    if isinstance(what, str | os.PathLike):
        opened = _opened(os.fspath(what), workspace, source, options or {})
    else:
        opened = what
    home = default_workspace(opened.name) if workspace is None else workspace
    path = located(home)
    if encoder is None:
        encoder = _encoder_of(path)
    elif isinstance(encoder, str):
        encoder = open_encoder(encoder, path)
    need_images(encoder)
    if not (path / WORKSPACE_FILE).exists():
        _need_an_image(opened)
        if dry_run:
            added = sum(isinstance(x, Item) for x in counted_items(opened))
            return IndexReport(path, added=added, summary=opened.tally.summary())
    started = time.monotonic()
    with Workspace.create(home, encoder) as open_workspace, writer_lock(open_workspace.path):
        path = open_workspace.path
        open_workspace.learn_sources()
        prefix = (
            open_workspace.sources.only() if relocate else open_workspace.sources.prefix_for(opened)
        )
        if prefix not in open_workspace.sources.all():
            if workspace is None and open_workspace.sources.all():
                raise _named_alike(open_workspace, opened, prefix)
            _need_an_image(opened)
        if dry_run:
            grid = _grid(open_workspace, patches)
            with Diff(open_workspace, prefix, opened) as diff:
                return _counted(diff, retry_failed, grid)
        _put_grid(open_workspace, _grid(open_workspace, patches))
        open_workspace.sources.put(prefix, opened.root, name_of(opened), options_of(opened))
        if open_workspace.remote is not None:
            open_workspace.remote.tell_sources(open_workspace.sources.all().values())
        with Diff(open_workspace, prefix, opened, within=tuple(map(Path, within))) as diff:
            run = _Run(open_workspace, encoder, diff, limits, workers, progress or _silent, crew)
            with open_workspace.jobs.run("index") as job:
                try:
                    job.outcome = run.go(retry_failed)
                finally:
                    report = run.report(job.outcome, opened.skipped, time.monotonic() - started)
                    job.report = report.to_json()
    return report


def _grid(workspace: Workspace, requested: Grid | bool | None) -> Grid | None:
    """The patches that a workspace is to have."""
    if isinstance(requested, Grid):
        return requested
    if requested is None:
        return workspace.grid
    return (workspace.grid or DEFAULT_GRID) if requested else None


def _put_grid(workspace: Workspace, grid: Grid | None) -> None:
    if grid is None:
        drop_patches(workspace)
    else:
        workspace.set_grid(grid)


def update(workspace: str | os.PathLike[str], **settings: Any) -> list[IndexReport]:
    """Bring a workspace up to date with every source that it was indexed from.

    Args:
        workspace: the workspace.
        settings: of `index`.

    Raises:
        NotFoundError: no such workspace, or one of its sources is gone.
        BadInputError: it was not indexed from any source.
    """
    with Workspace(workspace) as open_workspace:
        sources = list(open_workspace.sources.all().values())
    if not sources:
        raise BadInputError(
            f"{workspace} was not indexed from anything yet; say from what: likewise index FOLDER"
        )
    reports = []
    for source in sources:
        reports.append(index(source.root, workspace, **settings))
        if reports[-1].interrupted:
            break
    return reports


def _opened(
    what: str,
    workspace: str | os.PathLike[str] | None,
    kind: str | None,
    options: Mapping[str, Any],
) -> Source:
    """A source as its workspace knows it, unless told otherwise; else as it looks."""
    path = located(workspace) if workspace is not None else None
    if path is None:
        path = default_workspace(open_source(what, kind, options).name)
    registered = _registered_source(path, what)
    if registered is not None and kind in (None, registered.kind):
        return open_source(what, registered.kind, {**registered.options, **options})
    return open_source(what, kind, options)


def _registered_source(workspace: Path, root: str) -> RegisteredSource | None:
    if not (workspace / WORKSPACE_FILE).exists():
        return None
    with suppress(NotFoundError), Workspace(workspace) as open_workspace:
        return open_workspace.sources.with_root(root)
    return None


def _encoder_of(path: Path) -> Encoder:
    """The encoder of a workspace, or the built-in one where none was made or finished."""
    name = None
    if (path / WORKSPACE_FILE).exists():
        with suppress(NotFoundError), Workspace(path) as workspace:
            name = workspace.encoder_name
    return open_encoder("efficientnet_lite0") if name is None else open_if_here(name, path)


def _need_an_image(source: Source) -> None:
    """Refuse a source without images before anything is made for it."""
    refused: Refused | None = None
    for entry in counted_items(source):
        if isinstance(entry, Item):
            return
        refused = refused or entry
    if refused is not None:
        raise BadInputError(
            f"no image of {source.root} can be read; the first, '{refused.id}': {refused.reason}"
        )
    if source.skipped:
        raise BadInputError(
            f"{source.root} holds {source.skipped} file(s) and none is an image by its name; "
            "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are read"
        )
    omitted = source.tally.summary().omitted
    what = f"holds no image; left out: {omitted[0]}" if omitted else "is empty"
    raise BadInputError(f"{source.root} {what}; give something with images in it")


def _named_alike(found: Workspace, source: Source, prefix: str) -> BadInputError:
    """The refusal of a source whose workspace, by default, is that of another source."""
    root, old = location(source.root), next(iter(found.sources.all().values()))
    apart = found.path
    count = 2
    while apart.exists():
        apart = default_workspace(f"{source.name}-{count}")
        count += 1
    return BadInputError(
        f"{found.path} is the workspace of {old.root} and not of {root}; to keep the two apart: "
        f"{command_line('index', root, '--workspace', apart)}; to have both in one, where ids of "
        f"the second begin with '{prefix}': "
        f"{command_line('index', root, '--workspace', found.path)}"
    )


def _counted(diff: Diff, retry_failed: bool, grid: Grid | None) -> IndexReport:
    """What a run would do, from the names, sizes and times of files alone."""
    new = [item.id in diff.seen_items for item in diff.work(retry_failed)]
    patched = 0
    if grid is not None:
        patched = len(new) + count_without(diff.workspace, grid, diff.prefix)
    return IndexReport(
        diff.workspace.path,
        added=new.count(False),
        changed=new.count(True),
        unchanged=diff.unchanged,
        missing=diff.seen_items.unseen_count,
        ignored=diff.source.skipped,
        patched=patched,
        failed=tuple(diff.failures),
        summary=diff.summary,
    )


def _silent(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(eq=False)
class _Run:
    """One run over a source: read, encode and write what must be."""

    workspace: Workspace
    encoder: Encoder
    diff: Diff
    limits: Limits | None
    workers: int | None
    progress: Progress
    pool_factory: PoolFactory | None = None
    batches: Batches | Plan | None = None

    def __post_init__(self) -> None:
        prefix = self.diff.prefix
        self.patching = Patching(self.workspace, self.encoder, prefix, self.limits, self.workers)

    def go(self, retry_failed: bool) -> str:
        """Answers "done", or "interrupted" after Ctrl-C with everything encoded on the disk."""
        try:
            if self.pool_factory is None:
                self._encode(retry_failed)
            else:
                self._distribute(self.pool_factory, retry_failed)
            self.workspace.states.update(self.diff.gone(), cleared=self.diff.over())
            self._tidy()
            self._write_codes()
            if self.workspace.vectors_at:  # another machine may have indexed, too
                make_missing_thumbnails(self.diff, self.encoder, self.limits, self.workers)
            self._cut_up()
        except KeyboardInterrupt:
            return "interrupted"
        return "done"

    def _write_codes(self) -> None:
        if (
            self.pool_factory is None or self.workspace.vectors_at
        ):  # then codes are where no worker sees them
            self.workspace.collection.write_codes()
        else:
            from likewise.indexing.segments import index_by

            self.workspace.collection.write_codes(partial(index_by, self.pool_factory))

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

    def _encode(self, retry_failed: bool) -> None:
        total = self.diff.source.count() or 0
        with ThumbnailPack(self.workspace.path / "thumbnails", write=True) as pack:
            self.batches = batches = Batches(self.workspace, self.diff, pack)
            try:
                work = self.diff.work(retry_failed)
                self._read(work, batches, pack, total, batches.has_vector)
            finally:  # also when interrupted: what was encoded is not thrown away
                batches.write()
                self.workspace.states.update(self.diff.failures, cleared=self.diff.back)
            if batches.again:
                self._read(iter(batches.again), batches, pack, total, lambda digest: False)
                batches.write()

    def _distribute(self, new_pool: PoolFactory, retry_failed: bool) -> None:
        from likewise.distribute.shards import Shards
        from likewise.indexing.gather import Plan
        from likewise.indexing.on_cluster import assignment

        source, total = self.diff.source, self.diff.source.count() or 0
        work = self.diff.work(retry_failed)
        first = next(work, None)
        if first is not None:
            self.workspace.check_canaries(self.encoder)
            self.workspace.collection.store.prepare()
        with ThumbnailPack(self.workspace.path / "thumbnails", write=True) as pack:
            self.batches = gathering = Plan(self.workspace, self.diff, pack)
            task = assignment(
                self.workspace, self.encoder, source, self.diff.prefix, self.limits,
                self.workers or 1,
            )  # fmt: skip
            try:
                if first is not None:
                    with closing(new_pool(task)) as pool:
                        for results in Shards(pool).run(chain([first], work)):
                            for result in results:
                                gathering.take(result)
                            gathering.commit_if_due()
                            self.progress(self._settled(), total)
            finally:  # also when interrupted: what came back is not thrown away
                gathering.commit()
                self.workspace.states.update(self.diff.failures, cleared=self.diff.back)

    def _read(
        self,
        work: Iterator[Item],
        batches: Batches,
        pack: ThumbnailPack,
        total: int,
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
                self.progress(self._settled(), total)

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
