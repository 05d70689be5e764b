"""A concept made into a dataset: which images, in which format, with where it all came from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import likewise
from likewise.errors import BadInputError, StorageError
from likewise.export.base import Exporter, Row
from likewise.ranking import Ranking
from likewise.registry import part
from likewise.rule import Rule
from likewise.rule_file import open_rule
from likewise.workspace import Workspace
from likewise.workspace.database import now
from likewise.workspace.gather import verdicts

PROVENANCE = "likewise.json"
"""The file in every dataset that says how it was made."""


@dataclass(frozen=True)
class ExportReport:
    """What was written, or would be.

    Attributes:
        target: the folder.
        counts: images by label and by who decided, such as ``{"barn (person)": 12}``.
        written: False for a dry run.
        gone: ids of images whose file was missing, left out.
    """

    target: Path
    counts: Mapping[str, int]
    written: bool
    gone: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            "target": str(self.target),
            "counts": dict(self.counts),
            "images": sum(self.counts.values()),
            "written": self.written,
            "gone": list(self.gone),
        }


def dataset_rows(
    workspace: Workspace,
    concept: str,
    min_probability: float | None = None,
    include_no: bool = False,
    where: str | None = None,
    rule: Rule | None = None,
) -> list[Row]:
    """The images of a concept: what people or rounds said yes to, and what its rule is sure of.

    What people said no or unsure to is never in it, whatever the score.

    Args:
        workspace: where the concept is.
        concept: its name; a rule must have been learned for it.
        min_probability: how sure the rule must be; its own threshold decides unless given.
        include_no: add what people said no to, labelled "not-NAME".
        where: a SQL condition on the items' columns.
        rule: the concept's newest unless given.

    Raises:
        NotFoundError: no such concept, or no rule yet.
        BadInputError: a probability is asked for that the rule is too little taught to give.
    """
    meant = workspace.concepts.get(concept)
    rule = open_rule(workspace.rules.newest(concept).path) if rule is None else rule
    bar = rule.threshold if min_probability is None else score_at(rule, min_probability, concept)
    said = verdicts(workspace, meant)
    accepted = workspace.machine_labels.current(concept)
    ranking = workspace.collection.rank_all(rule, where=where)
    chosen = []
    for place, (item, score) in enumerate(ranking):
        verdict = said.get(item)
        if verdict == "yes":
            chosen.append((place, concept, "person"))
        elif verdict is None and item in accepted:
            if accepted[item].verdict == "yes":
                chosen.append((place, concept, "round"))
        elif verdict is None and score >= bar:
            chosen.append((place, concept, "rule"))
        elif verdict == "no" and include_no:
            chosen.append((place, f"not-{concept}", "person"))
    return _rows(workspace, ranking, chosen)


def score_at(rule: Rule, probability: float, concept: str) -> float:
    """The score from which on a rule is that sure.

    Raises:
        BadInputError: the rule gives no probabilities.
    """
    if rule.calibration is None:
        why = rule.provenance.get("calibration", "too few labels to say")
        raise BadInputError(
            f"the rule of '{concept}' gives no probabilities ({why}), so {probability} cannot be "
            "asked for; label more with likewise concept label, learn again, or leave "
            "--min-probability out to use its threshold"
        )
    return rule.calibration.score(probability)


def _rows(
    workspace: Workspace, ranking: Ranking, chosen: Sequence[tuple[int, str, Any]]
) -> list[Row]:
    ids = [ranking.ids[place] for place, _, _ in chosen]
    facts = workspace.collection.facts(ids, ["width", "height", "digest"])
    originals = workspace.collection.originals(ids)
    chances = ranking.probabilities
    return [
        Row(
            id=item,
            path=original.uri,
            original=original,
            label=label,
            decided_by=decided_by,
            score=float(ranking.scores[place]),
            probability=None if chances is None else float(chances[place]),
            **fact,
        )
        for item, fact, original, (place, label, decided_by) in zip(
            ids, facts, originals, chosen, strict=True
        )
    ]


def export_concept(
    workspace: Workspace,
    concept: str,
    to: str | os.PathLike[str],
    format: str = "folder",
    *,
    min_probability: float | None = None,
    include_no: bool = False,
    where: str | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    **options: Any,
) -> ExportReport:
    """Write a concept's images as a dataset, all or nothing.

    The dataset is made beside its target and moved there when it is whole, so a killed export
    leaves no half of one.

    Args:
        workspace, concept, min_probability, include_no, where: see `dataset_rows`.
        to: the folder to make.
        format: name of an exporter: `likewise.registry.names("export")` lists them.
        overwrite: replace a dataset that an earlier export made.
        dry_run: only count.
        options: fields of the exporter.

    Raises:
        BadInputError: the target exists, or is not a dataset of ours to replace.
        StorageError: the disk is full or refuses; the target is untouched.
    """
    target = Path(os.path.abspath(Path(to).expanduser()))
    exporter = _exporter(format, options)
    workspace.concepts.get(concept)
    labels_upto = workspace.labels.position()  # before they are read: none is claimed unread
    shelved = workspace.rules.newest(concept)
    rule = open_rule(shelved.path)
    rows = dataset_rows(workspace, concept, min_probability, include_no, where, rule)
    gone = tuple(row.id for row in rows if not row.original.there)
    lost = set(gone)
    rows = [row for row in rows if row.id not in lost]
    counts = Counter(f"{row.label} ({row.decided_by})" for row in rows)
    refuse_to_destroy(target, overwrite)
    if dry_run:
        return ExportReport(target, counts, written=False, gone=gone)
    if not rows:
        raise BadInputError(
            f"no image of '{concept}' passes, so there is nothing to export; lower "
            "--min-probability, or label some and learn again"
        )
    facts = {
        "concept": concept,
        "rule": shelved.version,
        "format": format,
        "target": str(target),
        "items": len(rows),
        "items_version": workspace.collection.version,
        "labels_upto": labels_upto,
        "digest": _digest(rows),
    }
    about = {
        **facts,
        "made_at": now(),
        "likewise": likewise.__version__,
        "encoder": workspace.fingerprint,
        "learner": shelved.learner,
        "threshold": rule.threshold,
        "min_probability": min_probability,
        "include_no": include_no,
        "where": where,
        "counts": counts,
        "gone": gone,
    }
    _write(target, exporter, rows, concept, about, overwrite)
    workspace.record_export(facts)
    return ExportReport(target, counts, written=True, gone=gone)


def _exporter(format: str, options: Mapping[str, Any]) -> Exporter:
    kind = part("export", format)
    unknown = sorted(set(options) - set(kind.__dataclass_fields__))
    if unknown:
        has = ", ".join(kind.__dataclass_fields__) or "none"
        raise BadInputError(
            f"the format '{format}' has no option '{unknown[0]}'; its options: {has}"
        )
    exporter: Exporter = kind(**options)
    return exporter


def refuse_to_destroy(target: Path, overwrite: bool) -> None:
    """Refuse a target that exists, unless it is a dataset of ours that may be replaced.

    Raises:
        BadInputError: it is something else, or may not be replaced.
    """
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / PROVENANCE).is_file():
        raise BadInputError(
            f"{target} exists and was not made by likewise, so it is left alone; "
            "give another folder with --to"
        )
    if not overwrite:
        raise BadInputError(
            f"{target} holds an earlier export; replace it with --overwrite, "
            "or give another folder with --to"
        )


def put_in_place(staging: Path, target: Path, overwrite: bool) -> None:
    """Move a whole dataset to its target; what is replaced goes last, so one is always there."""
    refuse_to_destroy(target, overwrite)  # it may have come into being meanwhile
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write(
    target: Path,
    exporter: Exporter,
    rows: Sequence[Row],
    name: str,
    about: Mapping[str, Any],
    overwrite: bool,
) -> None:
    staging = target.with_name(f".{target.name}.partial")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        exporter.write(rows, staging, name)
        (staging / PROVENANCE).write_text(json.dumps(about, indent=2) + "\n")
        put_in_place(staging, target, overwrite)
    except OSError as error:
        raise StorageError(
            f"{target} could not be written ({error.strerror or error}); nothing was left there: "
            "free some space or choose another folder with --to"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _digest(rows: Sequence[Row]) -> str:
    """Names the content of a dataset: same images under same labels, same digest."""
    lines = sorted(f"{row.digest} {row.label}\n" for row in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
