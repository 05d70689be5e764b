"""A workspace moved to another encoder: both kept until the new one is whole, then switched."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from likewise.encoders._learned import open_if_here
from likewise.encoders.base import Encoder, open_encoder
from likewise.errors import BadInputError
from likewise.indexing.neighbour_graph import make_graph
from likewise.indexing.patches import Patching
from likewise.indexing.reindexing.rules import Moved, evidence_of, precision_of, relearned
from likewise.indexing.reindexing.vectors import (
    NewVectors,
    Progress,
    refuse_unmovable,
    vector_folders,
)
from likewise.workspace import Workspace, writer_lock
from likewise.workspace.item_states import ItemState


@dataclass(frozen=True)
class ReindexReport:
    """What a run of `reindex` did.

    Attributes:
        workspace: which.
        encoder: name of the new encoder.
        encoded: images encoded in this run.
        mapped: images whose vector was worked out from the old one in this run; see
            `likewise.encoders.base.DerivedEncoder`.
        kept: images that had their new vector from an earlier run.
        unreadable: images without a new vector, with the reason.
        concepts: what became of each that had a rule.
        switched: whether the workspace has the new encoder now.
        seconds: wall time.
    """

    workspace: Path
    encoder: str
    encoded: int = 0
    mapped: int = 0
    kept: int = 0
    unreadable: tuple[ItemState, ...] = ()
    concepts: tuple[Moved, ...] = ()
    switched: bool = False
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            **vars(self),
            "workspace": str(self.workspace),
            "unreadable": [{"id": x.item, "reason": x.reason} for x in self.unreadable],
            "concepts": [vars(moved) for moved in self.concepts],
            "seconds": round(self.seconds, 3),
        }


def reindex(
    path: Path,
    encoder: str | Encoder,
    *,
    switch: bool = True,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> ReindexReport:
    """Encode every image with another encoder, patches too, learn every rule again, and switch.

    Where the new encoder is a function of one whose vectors are here (`DerivedEncoder`), they are
    worked out from those and no image is read. Run again after a kill it goes on: vectors that are
    on the disk are not computed again, and rules that the switch left behind are learned. The old
    vectors stay; see `drop_old`.

    Args:
        path: the workspace.
        encoder: the new encoder, or its name.
        switch: False makes the new vectors only, to compare with.
        workers: threads that decode; one a core unless given.
        progress: told how far it is.

    Raises:
        BadInputError: more than a tenth of the images cannot be read, so nothing was switched; or
            an encoder that reads no images.
        BusyError: another process is writing this workspace.
    """
    started = time.monotonic()
    new = open_encoder(encoder, path) if isinstance(encoder, str) else encoder
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace(path))
        refuse_unmovable(workspace, new)
        stack.enter_context(writer_lock(path))
        workspace.remember_vectors(new)
        other = stack.enter_context(workspace.with_encoder(new))
        other.check_canaries(new)
        job = stack.enter_context(workspace.jobs.run("reindex"))
        run = NewVectors(workspace, other, new, workers, progress)
        if workspace.fingerprint != new.fingerprint:
            run.make()
            other.collection.refresh()
            other.collection.write_codes()
            make_graph(other.collection)
            Patching(other, new, workers=workers).go(progress)
            if switch:
                run.check()
                workspace.switch_to(new)
        report = ReindexReport(
            path,
            new.name,
            run.encoded,
            run.mapped,
            run.kept,
            tuple(run.unreadable),
            tuple(relearned(path)) if switch else (),
            switch,
            time.monotonic() - started,
        )
        job.outcome, job.report = "done", report.to_json()
    return report


def drop_old(path: Path) -> list[str]:
    """Delete the vectors of every encoder but the workspace's own; answers whose they were."""
    with Workspace(path) as workspace, writer_lock(path):
        names = workspace.vector_sets()
        old = [name for fingerprint, name in names.items() if fingerprint != workspace.fingerprint]
        for folder, fingerprint in vector_folders(path):
            if fingerprint != workspace.fingerprint:
                shutil.rmtree(folder, ignore_errors=True)
    return old


def compare(path: Path) -> list[tuple[str, dict[str, float]]]:
    """Rank the encoders that a workspace has vectors of by the labels that exist.

    Returns:
        Name of each encoder with its held-out average precision by concept, the best mean first.

    Raises:
        BadInputError: no concept has two labelled examples to hold out.
    """
    found: list[tuple[str, dict[str, float]]] = []
    with Workspace(path) as workspace:
        for name in workspace.vector_sets().values():
            with workspace.with_encoder(open_if_here(name, path)) as other:
                figures = {
                    concept: figure
                    for concept in workspace.concepts.names()
                    if (figure := precision_of(evidence_of(other, concept))) is not None
                }
            found.append((name, figures))
    shared = set.intersection(*(set(figures) for _, figures in found)) if found else set()
    if not shared:
        raise BadInputError(
            "no concept has two labelled examples, so there is nothing to compare encoders by; "
            "label some with: likewise concept label"
        )
    ranked = [(name, {c: figures[c] for c in sorted(shared)}) for name, figures in found]
    return sorted(ranked, key=lambda pair: -float(np.mean(list(pair[1].values()))))
