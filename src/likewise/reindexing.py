"""A workspace moved to another encoder: both kept until the new one is whole, then switched."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from likewise.decode import Limits
from likewise.encoders.base import Encoder, need_images, open_encoder
from likewise.encoding import Encoded, encode_files, reason
from likewise.errors import BadInputError, LikewiseError
from likewise.evidence import Evidence
from likewise.learning import learn_concept
from likewise.rule import Rule
from likewise.rules.base import held_out_precision, hold_out, make
from likewise.sources.base import Item, Original
from likewise.stores.base import ITEM_SCHEMA
from likewise.workspace import Workspace, writer_lock
from likewise.workspace.gather import evidence_for
from likewise.workspace.states import ItemState

_ROWS, _SECONDS = 2048, 10.0  # a kill loses at most this much
_MOST_UNREADABLE = 0.1
_JUDGE = "contrast"  # the same learner for every encoder, so that only the vectors differ

Progress = Callable[[int, int], None]
"""Called with how many images have their new vector and how many there are."""


@dataclass(frozen=True)
class Moved:
    """What became of one concept.

    Attributes:
        concept: its name.
        before, after: average precision of held-out labels among the labelled and the background,
            with the old and the new vectors; None with too few labels to hold any out.
        agree: of the taught images, how many the old and the new rule say the same of.
        taught: how many images the rule was taught with.
        problem: why no new rule was learned, or "".
    """

    concept: str
    before: float | None = None
    after: float | None = None
    agree: int = 0
    taught: int = 0
    problem: str = ""


@dataclass(frozen=True)
class ReindexReport:
    """What a run of `reindex` did.

    Attributes:
        workspace: which.
        encoder: name of the new encoder.
        encoded: images encoded in this run.
        kept: images that had their new vector from an earlier run.
        unreadable: images without a new vector, with the reason.
        concepts: what became of each that had a rule.
        switched: whether the workspace has the new encoder now.
        seconds: wall time.
    """

    workspace: Path
    encoder: str
    encoded: int = 0
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
    """Encode every image with another encoder, learn every rule again, and switch.

    Run again after a kill it goes on: vectors that are on the disk are not computed again, and
    rules that the switch left behind are learned. The old vectors stay; see `drop_old`.

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
    need_images(new)
    with ExitStack() as stack:
        place = stack.enter_context(Workspace(path))
        stack.enter_context(writer_lock(path))
        place.remember_vectors(new)
        other = stack.enter_context(place.seen_by(new))
        other.check_canaries(new)
        job = place.jobs.start("reindex")
        run = _Encoding(place, other, new, workers, progress)
        report, outcome = ReindexReport(path, new.name), "failed"
        try:
            if place.fingerprint != new.fingerprint:
                run.go()
                other.collection.refresh()
                other.collection.write_codes()
                if switch:
                    run.check()
                    place.switch_to(new)
            report = ReindexReport(
                path,
                new.name,
                run.encoded,
                run.kept,
                tuple(run.unreadable),
                tuple(_moved(path)) if switch else (),
                switch,
                time.monotonic() - started,
            )
            outcome = "done"
        finally:
            place.jobs.end(job, outcome, report.to_json())
    return report


def drop_old(path: Path) -> list[str]:
    """Delete the vectors of every encoder but the workspace's own; answers whose they were."""
    with Workspace(path) as place, writer_lock(path):
        names = place.vector_sets()
        old = [name for fingerprint, name in names.items() if fingerprint != place.fingerprint]
        for kind in ("vectors", "scan"):
            for folder in (path / kind).iterdir() if (path / kind).is_dir() else ():
                if folder.name.removesuffix(".lance") != place.fingerprint:
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
    with Workspace(path) as place:
        for name in place.vector_sets().values():
            with place.seen_by(open_encoder(name, path)) as other:
                figures = {
                    concept: figure
                    for concept in place.concepts.names()
                    if (figure := _precision(_evidence(other, concept))) is not None
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


@dataclass(eq=False)
class _Encoding:
    """The images of a workspace on their way to another encoder's vectors."""

    place: Workspace
    other: Workspace
    encoder: Encoder
    workers: int | None
    progress: Progress
    encoded: int = 0
    kept: int = 0
    unreadable: list[ItemState] = field(default_factory=list)
    originals: dict[str, Original] = field(default_factory=dict)

    def go(self) -> None:
        """Encode what is not yet; what was encoded is on the disk also when interrupted."""
        rows: list[tuple[dict[str, Any], Item, Encoded]] = []
        known = self._known()
        facts: dict[str, dict[str, Any]] = {}
        total, written_at = len(self.place.collection), time.monotonic()
        stream = encode_files(
            self._items(known, facts), self.encoder, read=self._read, workers=self.workers
        )
        try:
            for item, outcome in stream:
                row = facts.pop(item.id)
                del self.originals[item.id]
                if not isinstance(outcome, Encoded) or outcome.vector is None:
                    why = reason(outcome) if not isinstance(outcome, Encoded) else "no vector"
                    self.unreadable.append(ItemState(item.id, "missing", why))
                    continue
                rows.append((row, item, outcome))
                if len(rows) >= _ROWS or time.monotonic() - written_at > _SECONDS:
                    self._write(rows)
                    written_at = time.monotonic()
                self.progress(self.kept + self.encoded + len(rows), total)
        finally:
            stream.close()
            self._write(rows)

    def check(self) -> None:
        """Refuse to switch where much would be lost.

        Raises:
            BadInputError: more than a tenth of the images cannot be read, or all.
        """
        lost = len(self.unreadable)
        if lost > _MOST_UNREADABLE * (lost + self.kept + self.encoded):
            first = self.unreadable[0]
            raise BadInputError(
                f"{lost} of {len(self.place.collection)} images cannot be read, such as "
                f"{first.item} ({first.reason}); bring them back and run likewise reindex again: "
                "what is encoded is kept, and the workspace is as it was"
            )

    def _known(self) -> dict[str, str]:
        known: dict[str, str] = {}
        for batch in self.other.collection.store.scan(["item_id", "digest"]):
            columns = [column.to_pylist() for column in batch.columns]
            known.update(zip(*columns, strict=True))
        return known

    def _items(self, known: dict[str, str], facts: dict[str, dict[str, Any]]) -> Iterator[Item]:
        for batch in self.place.collection.store.scan(list(ITEM_SCHEMA.names)):
            for row in batch.to_pylist():
                item = row["item_id"]
                if item in known and known[item] == row["digest"]:
                    self.kept += 1
                    continue
                original = self.place.collection.original_of(item, row)
                path = original.path
                found = original.item
                if path is not None:  # it may have changed since it was indexed
                    try:
                        status = path.stat()
                    except OSError as error:
                        why = error.strerror or str(error)
                        self.unreadable.append(ItemState(item, "missing", why))
                        continue
                    found = replace(found, size=status.st_size, modified=status.st_mtime_ns)
                facts[item] = row
                self.originals[item] = original
                yield found

    def _read(self, item: Item, limits: Limits) -> bytes:
        return self.originals[item.id].source.read(item, limits)

    def _write(self, rows: list[tuple[dict[str, Any], Item, Encoded]]) -> None:
        if not rows:
            return
        records = [
            {
                **row,
                "digest": x.facts.digest,
                "bytes": item.size,
                "modified": item.modified,
                "width": x.facts.width,
                "height": x.facts.height,
            }
            for row, item, x in rows
        ]
        vectors = np.stack([x.vector for _, _, x in rows if x.vector is not None])
        table = pa.Table.from_pylist(records, schema=ITEM_SCHEMA)
        self.other.collection.store.append(table, vectors)
        self.encoded += len(rows)
        rows.clear()


def _moved(path: Path) -> Iterator[Moved]:
    """Learn again every rule that was learned with another encoder, and compare."""
    with ExitStack() as stack:
        place = stack.enter_context(Workspace(path))
        before = place.vector_sets().get(place.encoder_before() or "")
        old = None
        if before is not None and before != place.encoder_name:
            old = stack.enter_context(place.seen_by(open_encoder(before, path)))
        for concept in place.concepts.names():
            versions = place.rules.versions(concept)
            if not versions or versions[-1].encoder == place.fingerprint:
                continue
            try:
                former = place.rules.version(versions[-1].version)
                learned, _ = learn_concept(
                    place, concept, former.learner, options=former.provenance.get("options")
                )
            except LikewiseError as error:
                yield Moved(concept, problem=str(error))
                continue
            fresh = _evidence(place, concept)
            stale = None if old is None else _evidence(old, concept)
            agree, taught = _agreement(former, stale, learned, fresh)
            yield Moved(concept, _precision(stale), _precision(fresh), agree, taught)


def _evidence(place: Workspace, concept: str) -> Evidence | None:
    """A concept as this encoder sees it; None where it cannot read what the concept needs."""
    try:
        return evidence_for(place, place.concepts.get(concept))
    except LikewiseError:
        return None


def _precision(evidence: Evidence | None) -> float | None:
    scores = None if evidence is None else hold_out(make(_JUDGE), evidence)
    return None if scores is None else held_out_precision(scores)


def _agreement(
    former: Rule, stale: Evidence | None, learned: Rule, fresh: Evidence | None
) -> tuple[int, int]:
    """Of the taught images that both see, how many the two rules say the same of."""
    if stale is None or fresh is None:
        return 0, 0
    said = []
    for rule, evidence in ((former, stale), (learned, fresh)):
        rows = np.concatenate([evidence.positives, evidence.negatives])
        ids = [*evidence.positive_ids, *evidence.negative_ids]
        said.append(dict(zip(ids, rule.predict(rows).tolist(), strict=True)))
    both = said[0].keys() & said[1].keys()
    return sum(said[0][item] == said[1][item] for item in both), len(both)
