"""What may be wrong with a workspace, found and told; and what can be made again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from likewise.errors import LikewiseError
from likewise.rule import Rule
from likewise.rule_file import open_rule
from likewise.workspace import Workspace

_PROBES, _PROBE_DEPTH, _LEAST_RECALL = 5, 50, 0.95


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at.
        state: "ok", "note" (worth knowing) or "problem".
        detail: a sentence; for a problem it ends with the remedy.
        items: ids concerned, if any.
    """

    check: str
    state: Literal["ok", "note", "problem"]
    detail: str
    items: tuple[str, ...] = ()


def examine(workspace: Workspace, files: bool = True) -> list[Finding]:
    """Check everything that can go wrong with a workspace; changes nothing.

    Args:
        workspace: what to look at.
        files: also look whether each image file is there and unchanged.
    """
    findings = [_database(workspace), _encoder(workspace), _vectors(workspace)]
    findings += [_codes(workspace), _failed(workspace), _rules(workspace)]
    if files:
        findings += _files(workspace)
    return findings


def _database(workspace: Workspace) -> Finding:
    problems = workspace.database_problems()
    if problems:
        return Finding(
            "decisions", "problem", f"the database is damaged ({problems[0]}); put back a copy"
        )
    return Finding("decisions", "ok", f"{workspace.labels.count()} answers, database sound")


def _encoder(workspace: Workspace) -> Finding:
    try:
        encoder = workspace.encoder
    except LikewiseError as error:
        return Finding("encoder", "problem", str(error))
    return Finding("encoder", "ok", f"{encoder.fingerprint} answers what it answered then")


def _vectors(workspace: Workspace) -> Finding:
    repaired = workspace.collection.store.repaired
    bad = 0
    for block in workspace.collection.store.blocks():
        lengths = np.linalg.norm(block, axis=1)
        bad += int((~(np.abs(lengths - 1.0) < 0.01)).sum())
    if bad:
        return Finding(
            "vectors", "problem",
            f"{bad} of {len(workspace.collection)} are damaged; delete the folder vectors and run "
            "likewise index again",
        )  # fmt: skip
    if repaired:
        return Finding(
            "vectors", "note",
            f"{len(repaired)} unreadable version(s) set aside ({repaired[0]}); run likewise index "
            "again to encode what they held",
        )  # fmt: skip
    return Finding("vectors", "ok", f"{len(workspace.collection)} vectors of unit length")


def _codes(workspace: Workspace) -> Finding:
    """Search for a few items by themselves, and compare with their scores computed one by one."""
    collection = workspace.collection
    if not len(collection):
        return Finding("search", "note", "nothing is indexed yet; run likewise index FOLDER")
    rows = collection.background()[:_PROBES]
    worst = 1.0
    for row in rows:
        rule = Rule("probe", collection.space(), collection.space().apply(row[None, :]))
        k = min(_PROBE_DEPTH, len(collection))
        found = collection.search(rule, k=k)
        best = collection.rank_all(rule).top(k)
        if not len(best):
            return Finding("search", "note", "every file is missing; run likewise index again")
        worst = min(worst, len(set(found.ids) & set(best.ids)) / max(1, len(best)))
    if worst < _LEAST_RECALL:
        return Finding(
            "search", "problem",
            f"finds only {worst:.0%} of the best {_PROBE_DEPTH}; run likewise doctor --repair",
        )  # fmt: skip
    return Finding("search", "ok", f"recall of the best {_PROBE_DEPTH} is at least {worst:.0%}")


def _failed(workspace: Workspace) -> Finding:
    failed = workspace.states.all("failed")
    if not failed:
        return Finding("failed files", "ok", "none")
    first = next(iter(failed.values()))
    return Finding(
        "failed files", "note",
        f"{len(failed)} could not be read, such as {first.item}: {first.reason}; "
        "mend them and run likewise index --retry-failed",
        tuple(failed),
    )  # fmt: skip


def _rules(workspace: Workspace) -> Finding:
    versions = workspace.rules.versions()
    for version in versions:
        try:
            open_rule(version.path)
        except LikewiseError as error:
            if version != workspace.rules.newest(version.concept):
                continue  # a newer one has taken its place
            return Finding(
                "rules", "problem", f"{error}; make it again: likewise learn '{version.concept}'"
            )
    return Finding("rules", "ok", f"{len(versions)} file(s) sound")


def _files(workspace: Workspace) -> list[Finding]:
    missing: list[str] = []
    changed: list[str] = []
    for batch in workspace.collection.store.scan(["item_id", "bytes", "modified"]):
        for row in batch.to_pylist():
            try:
                facts = Path(workspace.collection.path(row["item_id"])).stat()
            except OSError:
                missing.append(row["item_id"])
                continue
            if (facts.st_size, facts.st_mtime_ns) != (row["bytes"], row["modified"]):
                changed.append(row["item_id"])
    findings = []
    for what, ids in (("missing files", missing), ("changed files", changed)):
        if ids:
            text = f"{len(ids)} since they were indexed, such as {ids[0]}; run likewise index again"
            findings.append(Finding(what, "note", text, tuple(ids)))
        else:
            findings.append(Finding(what, "ok", "none"))
    return findings


def repair(workspace: Workspace) -> list[str]:
    """Make again what is derived from the vectors; answers what was done, in sentences."""
    shutil.rmtree(workspace.path / "scan", ignore_errors=True)
    workspace.collection.write_codes()
    return [f"made the scan codes of {len(workspace.collection)} vectors again"]
