"""Index a source of images: what is new is read, encoded and stored."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from likewise.core.files import WORKSPACE_FILE
from likewise.core.progress import Progress as StepProgress
from likewise.encoders._learned import open_if_here
from likewise.encoders.base import Encoder, need_images, open_encoder
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.images.decode import Limits
from likewise.images.grid import DEFAULT_GRID, Grid
from likewise.indexing.diff import Diff, Walk
from likewise.indexing.neighbour_graph import make_graph
from likewise.indexing.patches import drop_patches
from likewise.indexing.plan import IndexPlan
from likewise.indexing.report import IndexReport
from likewise.indexing.run import IndexRun, PoolFactory, Progress, silent
from likewise.sources.base import (
    Item,
    Source,
    is_url,
    location,
    name_of,
    open_source,
    options_of,
)
from likewise.workspace import Workspace, located, writer_lock
from likewise.workspace.empty_workspace import removed_if_empty
from likewise.workspace.locations import default_workspace


def index(
    what: str | os.PathLike[str] | Source,
    workspace: str | os.PathLike[str] | Workspace | None = None,
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
        what: a folder with its subfolders, or whatever else one of the sources reads; or an open
            source.
        workspace: a folder; or a URL such as ``s3://bucket/ws``, where decisions are in a local
            folder; or an open workspace, which stays open. NAME.likewise in the current folder
            unless given.
        encoder: an encoder or its name; the workspace's own unless given, and the built-in one
            for a new workspace.
        source: name of the kind of source. Unless given it is the kind that the workspace has
            stored, or else the one that recognises `what`.
        options: of the source.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        retry_failed: try files again that failed before and have not changed.
        relocate: the source was moved as a whole: store where it is now.
        patches: also encode squares of every image, those of a grid or, for True, of the default
            one, so that small things are found; False drops them. The same as in the last run
            unless given.
        dry_run: only count what would be done.
        within: folders that links of the source may not lead out of; links may lead anywhere
            unless given.
        crew: makes the workers that read and encode in other processes or on other machines,
            such as `likewise.distribute.ray_cluster.RayCluster`; this process unless given.
        progress: called as the run advances.
        graph: also bring the neighbour graph up to date, in this process; the index is complete
            without it.
        graph_progress: called as the graph advances.

    Raises:
        NotFoundError: no such folder.
        BadInputError: there is no image in it; or no workspace is given and NAME.likewise is that
            of another source of the same name.
        BusyError: another process is writing this workspace.
        MismatchError: the workspace holds another encoder's vectors.
        StorageError: the disk is full or refuses; what was acknowledged is kept.
    """
    with ExitStack() as stack:
        if isinstance(workspace, Workspace):
            home: str | os.PathLike[str] = workspace.path
            existing: Workspace | None = workspace
        else:
            home = _home(what, workspace, source, options)
            existing = _existing(home)
            if existing is not None:
                stack.enter_context(existing)
        opened = _source(what, existing, source, options or {})
        encoder = _encoder(encoder, existing, located(home))
        need_images(encoder)
        walk = Walk(opened)
        if existing is None:
            walk.need_an_image()
            if dry_run:
                added = sum(isinstance(entry, Item) for entry in walk)
                return IndexReport(located(home), added=added, summary=opened.tally.summary())
        started = time.monotonic()
        if existing is None:
            stack.enter_context(removed_if_empty(home))
            existing = stack.enter_context(Workspace.create(home, encoder))
        else:
            existing.accept(encoder)
        stack.enter_context(writer_lock(existing.path))
        existing.learn_sources()
        if existing is workspace:
            existing.collection.refresh()
        prefix = existing.sources.only() if relocate else existing.sources.prefix_for(opened)
        if prefix not in existing.sources.all():
            if workspace is None and existing.sources.all():
                raise _named_alike(existing, opened, prefix)
            walk.need_an_image()
        grid = _grid(existing, patches)
        if not dry_run:
            _register(existing, prefix, opened, grid)
        folders = tuple(map(Path, within))
        diff = Diff(existing, prefix, opened, within=folders, walk=walk)
        plan = stack.enter_context(IndexPlan(diff, retry_failed))
        if dry_run:
            return plan.report(grid)
        run = IndexRun(plan, encoder, limits, workers, progress or silent, crew)
        with existing.jobs.run("index") as job:
            try:
                job.outcome = run.go()
            finally:
                report = run.report(job.outcome, opened.skipped, time.monotonic() - started)
                job.report = report.to_json()
        if graph and not report.interrupted:
            made = make_graph(existing.collection, graph_progress)
            report = replace(report, graph=made, interrupted=made.interrupted)
    return report


def update(workspace: str | os.PathLike[str], **settings: Any) -> list[IndexReport]:
    """Bring a workspace up to date with every source that it was indexed from.

    Args:
        workspace: the workspace.
        settings: of `index`.

    Raises:
        NotFoundError: no such workspace, or one of its sources is gone.
        BadInputError: it was not indexed from any source.
    """
    reports: list[IndexReport] = []
    with Workspace(workspace) as open_workspace:
        sources = list(open_workspace.sources.all().values())
        if not sources:
            raise BadInputError(
                f"{workspace} was not indexed from anything yet; say from what: "
                "likewise index FOLDER"
            )
        for source in sources:
            open_workspace.sources.require_consent(source)
        encoder = _encoder(settings.pop("encoder", None), open_workspace, open_workspace.path)
        graph = settings.pop("graph", True)  # made once, after the last of them
        for source in sources:
            last = source is sources[-1]
            report = index(source.root, open_workspace, encoder, graph=graph and last, **settings)
            reports.append(report)
            if report.interrupted:
                break
    return reports


def _home(
    what: str | os.PathLike[str] | Source,
    workspace: str | os.PathLike[str] | None,
    kind: str | None,
    options: Mapping[str, Any] | None,
) -> str | os.PathLike[str]:
    """Path or URL of the workspace, whether it exists or not."""
    if workspace is not None:
        return workspace
    if isinstance(what, str | os.PathLike):
        what = open_source(what, kind, options)
    return default_workspace(what.name)


def _existing(home: str | os.PathLike[str]) -> Workspace | None:
    """The open workspace; None where there is none, or its making was interrupted."""
    path = located(home)
    if (path / WORKSPACE_FILE).exists():
        with suppress(NotFoundError):
            return Workspace(path)
    return None


def _source(
    what: str | os.PathLike[str] | Source,
    workspace: Workspace | None,
    kind: str | None,
    options: Mapping[str, Any],
) -> Source:
    """The source, of the kind and options that the workspace has stored, unless others are given.

    URLs in a stored source need this user's consent.
    """
    if not isinstance(what, str | os.PathLike):
        return what
    root = os.fspath(what)
    registered = None if workspace is None else workspace.sources.with_root(root)
    if workspace is not None and registered is not None and kind in (None, registered.kind):
        if not options.get("allow_urls") and not is_url(root):
            workspace.sources.require_consent(registered)
        return open_source(root, registered.kind, {**registered.options, **options})
    return open_source(root, kind, options)


def _encoder(requested: str | Encoder | None, workspace: Workspace | None, home: Path) -> Encoder:
    """The requested encoder, or the workspace's, or the built-in one for a new workspace."""
    if requested is not None:
        return open_encoder(requested, home) if isinstance(requested, str) else requested
    if workspace is None:
        return open_encoder("efficientnet_lite0")
    return open_if_here(workspace.encoder_name, home)


def _register(workspace: Workspace, prefix: str, source: Source, grid: Grid | None) -> None:
    """Store what the workspace is indexed from, and which patches it has."""
    if grid is None:
        drop_patches(workspace)
    else:
        workspace.set_grid(grid)
    workspace.sources.put(prefix, source.root, name_of(source), options_of(source))
    if workspace.remote is not None:
        workspace.remote.tell_sources(workspace.sources.all().values())


def _grid(workspace: Workspace, requested: Grid | bool | None) -> Grid | None:
    """The grid of the patches to make; None for no patches."""
    if isinstance(requested, Grid):
        return requested
    if requested is None:
        return workspace.grid
    return (workspace.grid or DEFAULT_GRID) if requested else None


def _named_alike(found: Workspace, source: Source, prefix: str) -> BadInputError:
    """The error for a source whose default workspace is that of another source."""
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
