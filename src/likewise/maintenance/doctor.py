"""What may be wrong with a workspace, found and told; and what can be made again."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from likewise.core.addresses import shown
from likewise.core.files import WORKSPACE_FILE
from likewise.core.rule import Rule
from likewise.errors import BadInputError, LikewiseError, command_line
from likewise.images.decode.confined import fences, missing_fence
from likewise.indexing.diff import Diff
from likewise.indexing.patches import count_without
from likewise.maintenance.graph_check import graph_fault
from likewise.maintenance.recall import measure_recall
from likewise.workspace import Workspace
from likewise.workspace.backup import backups, loss, put_back, remedy, rotate
from likewise.workspace.damage import count_decisions, damage
from likewise.workspace.lock import is_written
from likewise.workspace.source_roots import Lost

_MINUTE = 60.0
_APART = 0.01  # of a vector's length from 1
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
    findings += [_patches(workspace), _search(workspace), _graph(workspace), _failed(workspace)]
    findings += [_rules(workspace), _decoding(), *_unfinished(workspace)]
    if files:
        findings += _files(workspace)
    return findings


def _database(workspace: Workspace) -> Finding:
    database = workspace.path / WORKSPACE_FILE
    what = damage(database)
    if what:
        return damaged_database(database, what)
    try:
        count = workspace.labels.count()
        problems = workspace.decisions.problems() if workspace.shared else []
    except LikewiseError as error:
        return Finding("decisions", "problem", str(error))
    if problems:
        return Finding("decisions", "problem", f"{problems[0]}; put back a backup of the server's")
    note_text = f"in {shown(workspace.shared)}" if workspace.shared else "database sound"
    if workspace.vectors_at and not workspace.shared:
        note_text += f", at {workspace.path} and nowhere else; keep copies with likewise backup"
    return Finding("decisions", "ok", f"{count} answers, {note_text}")


def damaged_database(database: Path, what: str) -> Finding:
    """The finding for a database in which something is wrong, or that is gone."""
    if loss(database):
        return Finding("decisions", "problem", f"{database} is {what}; {put_back(database)}")
    return Finding("decisions", "problem", f"the database is damaged ({what}); {remedy(database)}")


def keep_copy(workspace: Workspace) -> Finding:
    """Make a copy of the decisions unless the newest is younger than a minute; say which there are.

    A damaged database is not copied: its copy would push a good one out.
    """
    database = workspace.path / WORKSPACE_FILE
    try:
        rotate(database, least_age=_MINUTE)
    except LikewiseError as error:
        return Finding("copies", "problem", str(error))
    copies = backups(database)
    decisions, fullest = count_decisions(database), max(copies, key=count_decisions)
    if count_decisions(fullest) > decisions:
        aside = database.with_name(f"{database.name}.shrunken")
        repair = command_line("doctor", "--repair", "--yes", "--workspace", database.parent)
        return Finding(
            "copies", "problem",
            f"{database.name} holds {decisions} answers and concepts and {fullest.name} holds "
            f"{count_decisions(fullest)}; that copy is kept; to put it back, end every process of "
            f"likewise and run: mv {shlex.quote(str(database))} {shlex.quote(str(aside))} && "
            f"{repair}",
        )  # fmt: skip
    return Finding(
        "copies", "ok", f"{len(copies)} of the decisions, the newest is {copies[0].name}"
    )


def _encoder(workspace: Workspace) -> Finding:
    try:
        encoder = workspace.encoder
    except LikewiseError as error:
        return Finding("encoder", "problem", str(error))
    if not getattr(encoder, "reads_images", True):
        return Finding("encoder", "ok", f"{encoder.fingerprint}: vectors computed elsewhere")
    return Finding("encoder", "ok", f"{encoder.fingerprint} answers what it answered then")


def _vectors(workspace: Workspace) -> Finding:
    repaired = workspace.collection.store.repaired
    damaged, unknown = workspace.collection.store.damaged()
    if damaged:
        return Finding(
            "vectors", "problem",
            f"{len(damaged)} file(s) are not what was written; run likewise doctor --repair, which "
            "takes their images out, and likewise index, which encodes those again",
        )  # fmt: skip
    bad = 0
    for block in workspace.collection.store.blocks():
        lengths = np.linalg.norm(block, axis=1)
        bad += int((~(np.abs(lengths - 1.0) < _APART)).sum())
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
    checked = workspace.collection.store.location.how_checked
    how = f"; {unknown} older file(s) have no digest" if unknown else f", {checked}"
    return Finding("vectors", "ok", f"{len(workspace.collection)} vectors of unit length{how}")


def _patches(workspace: Workspace) -> Finding:
    patches = workspace.collection.patches
    if patches is None:
        return Finding("patches", "ok", "none are wanted")
    damaged = patches.damaged()
    bad = 0
    for block in patches.blocks() if not damaged else ():
        bad += int((~(np.abs(np.linalg.norm(block, axis=1) - 1.0) < _APART)).sum())
    if damaged or bad:
        what = (
            f"{len(damaged)} file(s) are not what was written" if damaged else f"{bad} are damaged"
        )
        remedy = "likewise doctor --repair, and likewise index, which makes them again"
        return Finding("patches", "problem", f"{what}; run {remedy}")
    sound = f"{patches.grid.total} of each of {len(patches)} images, of unit length"
    without = count_without(workspace, patches.grid)
    if without:
        rest = f"{without} image(s) have none yet; run likewise index again"
        return Finding("patches", "note", f"{sound}; {rest}")
    return Finding("patches", "ok", sound)


def _search(workspace: Workspace) -> Finding:
    try:
        return _codes(workspace)
    except LikewiseError as error:  # of vectors that cannot be read
        return Finding("search", "problem", str(error))


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


def _graph(workspace: Workspace) -> Finding:
    try:
        fault, state = graph_fault(workspace.collection), workspace.collection.graph_state()
        fresh = workspace.collection.graph() is not None
    except LikewiseError as error:  # of vectors that cannot be read
        return Finding("neighbours", "problem", str(error))
    if fault:
        repair = command_line("doctor", "--repair", "--workspace", workspace.path)
        return Finding("neighbours", "problem", f"{fault}; to make the graph again: {repair}")
    return Finding("neighbours", "ok" if fresh else "note", state)


def recall_of_search(workspace: Workspace) -> list[Finding]:
    """Recall and time of the search in use, for images and for the rules in use; takes a while."""
    measured = measure_recall(workspace)
    if not measured:
        return [Finding("recall", "note", "nothing to search in yet; run likewise index FOLDER")]
    return [
        Finding("recall", "ok", str(entry))
        if entry.mean >= _LEAST_RECALL
        else Finding("recall", "problem", f"{entry}; run likewise doctor --repair")
        for entry in measured
    ]


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
            version.open()
        except LikewiseError as error:
            if version != workspace.rules.newest(version.concept):
                continue  # a newer one has taken its place
            return Finding(
                "rules",
                "problem",
                f"{error}; make it again: {command_line('learn', version.concept)}",
            )
    return Finding("rules", "ok", f"{len(versions)} file(s) sound")


def _unfinished(workspace: Workspace) -> list[Finding]:
    """Tasks that came to no end. What an import lacks, nothing else here tells."""
    jobs = [] if is_written(workspace.path) else workspace.jobs.unfinished()
    states: dict[str, Literal["note", "problem"]] = {"import": "problem"}
    return [Finding("tasks", states.get(job.kind, "note"), job.ending) for job in jobs]


def _decoding() -> Finding:
    standing = fences()
    if lack := missing_fence():
        return Finding("decoding", "note", lack)
    if standing:
        return Finding(
            "decoding", "ok", f"in processes of their own, fenced: {', '.join(standing)}"
        )
    return Finding(
        "decoding", "note",
        "in the main process, so an image that crashes or hangs the decoder ends the run",
    )  # fmt: skip


def _files(workspace: Workspace) -> list[Finding]:
    if not workspace.sources.all() and workspace.encoder_name.startswith("precomputed:"):
        return [Finding("files", "ok", "the vectors were imported without images")]
    missing: list[str] = []
    changed: list[str] = []
    findings = []
    for registered in workspace.sources.all().values():
        try:
            workspace.sources.require_consent(registered)
        except BadInputError as error:
            findings.append(Finding("source", "note", f"not looked at: {error}"))
            continue
        try:
            source = workspace.sources.open(registered)
        except LikewiseError as error:
            source = Lost(registered.root, str(error))
        try:
            with Diff(workspace, registered.prefix, source) as diff:
                changed += [x.id for x in diff.work(retry_failed=True) if x.id in diff.seen_items]
                missing += diff.seen_items.unseen()
        except LikewiseError as error:
            findings.append(Finding("source", "problem", f"{registered.root}: {error}"))
    for what, ids in (("missing files", missing), ("changed files", changed)):
        if ids:
            text = f"{len(ids)} since they were indexed, such as {ids[0]}; run likewise index again"
            findings.append(Finding(what, "note", text, tuple(ids)))
        else:
            findings.append(Finding(what, "ok", "none"))
    return findings


def repair(workspace: Workspace) -> list[str]:
    """Take damaged vectors out, and make again what is derived from the others.

    Returns:
        What was done, in sentences.
    """
    done = []
    damaged, _ = workspace.collection.store.damaged()
    if damaged:
        gone = workspace.collection.store.drop_segments(damaged)
        workspace.collection.refresh()
        done.append(f"took out {gone} images whose vectors were damaged; run likewise index again")
    shutil.rmtree(workspace.path / "scan", ignore_errors=True)
    patches = workspace.collection.patches
    if patches is not None:
        if cut := patches.drop_segments(patches.damaged()):
            done.append(f"took out the damaged patches of {cut} images; run likewise index again")
        patches.remake_codes()
        done.append(f"made the scan codes of {len(patches)} images' patches again")
    workspace.collection.write_codes()
    done.append(f"made the scan codes of {len(workspace.collection)} vectors again")
    if workspace.collection.write_graph():
        done.append(f"made the neighbour graph again, {workspace.collection.graph_state()}")
    return done
