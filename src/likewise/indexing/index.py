"""From a source of images to a collection: what is new is read, encoded and stored."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from likewise.core.progress import Progress as StepProgress
from likewise.encoders._learned import open_if_here
from likewise.encoders.base import Encoder, need_images, open_encoder
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.images.decode import Limits
from likewise.images.grid import DEFAULT_GRID, Grid
from likewise.indexing.census import Diff
from likewise.indexing.graphing import make_graph
from likewise.indexing.patching import count_without, drop_patches
from likewise.indexing.report import IndexReport
from likewise.indexing.run import IndexRun, PoolFactory, Progress, silent
from likewise.sources._walk import WORKSPACE_FILE
from likewise.sources.base import (
    Item,
    Refused,
    Source,
    counted_items,
    is_url,
    location,
    name_of,
    open_source,
    options_of,
)
from likewise.workspace import Workspace, default_workspace, located, writer_lock
from likewise.workspace.source_roots import RegisteredSource


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
    graph: bool = True,
    graph_progress: StepProgress | None = None,
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
        graph: also bring the neighbour graph up to date, in this process; the index is complete
            without it.
        graph_progress: told how far that is.

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
            run = IndexRun(open_workspace, encoder, diff, limits, workers, progress or silent, crew)
            with open_workspace.jobs.run("index") as job:
                try:
                    job.outcome = run.go(retry_failed)
                finally:
                    report = run.report(job.outcome, opened.skipped, time.monotonic() - started)
                    job.report = report.to_json()
            if graph and not report.interrupted:
                made = make_graph(open_workspace.collection, graph_progress)
                report = replace(report, graph=made, interrupted=made.interrupted)
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
        for source in sources:
            open_workspace.sources.require_consent(source)
    if not sources:
        raise BadInputError(
            f"{workspace} was not indexed from anything yet; say from what: likewise index FOLDER"
        )
    reports: list[IndexReport] = []
    graph = settings.pop("graph", True)  # made once, after the last of them
    for source in sources:
        last = source is sources[-1]
        reports.append(index(source.root, workspace, graph=graph and last, **settings))
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
    registered = _registered_source(path, what, kind, bool(options.get("allow_urls")))
    if registered is not None:
        return open_source(what, registered.kind, {**registered.options, **options})
    return open_source(what, kind, options)


def _registered_source(
    workspace: Path, root: str, kind: str | None, urls_allowed: bool
) -> RegisteredSource | None:
    """The source that a workspace knows by a root; the URLs in it need this user's consent."""
    if not (workspace / WORKSPACE_FILE).exists():
        return None
    with suppress(NotFoundError), Workspace(workspace) as open_workspace:
        registered = open_workspace.sources.with_root(root)
        if registered is None or kind not in (None, registered.kind):
            return None
        if not urls_allowed and not is_url(root):
            open_workspace.sources.require_consent(registered)
        return registered
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
