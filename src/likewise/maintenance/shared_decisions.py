"""Decisions brought together in one place, and a workspace told to use them there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from likewise.core.addresses import has_secret, shown
from likewise.core.concept import Concept
from likewise.core.files import WORKSPACE_FILE
from likewise.core.label_set import LabelSet
from likewise.workspace import Workspace
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import Database
from likewise.workspace.decisions import Decisions, default_set, shared_decisions
from likewise.workspace.label_sets import LabelSets
from likewise.workspace.labels import LabelLog
from likewise.workspace.renames import Rename, name_now, rename, renames
from likewise.workspace.views import Views

LOCAL = "local"
_PAGE = 10_000
_ROUND = ("concept", "method", "parameters", "labels", "source", "who", "at")
_AUDIT = ("concept", "rule", "plan", "who", "at")
_MACHINE = ("concept", "item", "digest", "verdict", "confidence", "because")


@dataclass(frozen=True)
class MoveReport:
    """What a move of decisions did, or would do.

    Attributes:
        place: where they are then, without a password.
        answers, concepts, rounds, audits, views, label_sets: how many came there that were not
            there yet.
        remarks: what a person should know.
    """

    place: str
    answers: int
    concepts: int
    rounds: int
    audits: int
    views: int
    label_sets: int
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self), "remarks": list(self.remarks)}


def location_of(workspace: Workspace) -> str:
    """Where a workspace's decisions are, without a password."""
    return _shown(workspace, workspace.shared)


def move_decisions(workspace: Workspace, to: str, dry_run: bool = False) -> MoveReport:
    """Add a workspace's decisions to those of another place, and use them there from now on.

    Whatever is there already stays and counts as well. An answer is known by its event, so each
    counts once however often it is sent; a concept whose name is there is united with it. The
    old place keeps what it has. Run again after it was cut off, it goes on.

    Args:
        workspace: to be opened anew afterwards.
        to: ``postgresql://user@host/database#NAME``, or "local" for the workspace itself.
        dry_run: only count.

    Raises:
        BadInputError: an address that cannot be used.
        StorageError: the server cannot be reached, or refuses.
    """
    shared = "" if to == LOCAL else to
    if shared:
        remote = shared_decisions(shared, default_set(workspace.path))
    else:
        remote = Database(workspace.path / WORKSPACE_FILE)
    try:
        added = add_decisions(workspace, remote, dry_run)
    finally:
        remote.close()
    if not dry_run:
        workspace.keep_decisions_at(shared)
    return MoveReport(_shown(workspace, shared), *added, tuple(_remarks(workspace, shared)))


def add_decisions(
    workspace: Workspace, remote: Decisions, dry_run: bool = False
) -> tuple[int, int, int, int, int, int]:
    """Add a workspace's decisions to a database, beside what is in it.

    Returns:
        How many answers, concepts, rounds of machine labels, audits, views and label sets came that
        were not there.
    """
    local = renames(workspace.decisions)
    if not dry_run:
        _apply_renames(local, remote)
        for name in set(workspace.concepts.names()) & set(Concepts(remote).removed()):
            Concepts(remote).make_room(name)
    existing = set(local)
    later = [rename_ for rename_ in renames(remote) if rename_ not in existing]
    return (
        _add_answers(workspace, remote, later, dry_run),
        _add_concepts(workspace, remote, later, dry_run),
        _add_rounds(workspace.decisions, remote, later, dry_run),
        _add_audits(workspace.decisions, remote, later, dry_run),
        _add_views(workspace, remote, later, dry_run),
        _add_label_sets(workspace, remote, later, dry_run),
    )


def _apply_renames(local: Sequence[Rename], remote: Decisions) -> None:
    """Let concepts that came there earlier have the names that they have here by now."""
    existing = set(renames(remote))
    for rename_ in local:
        if rename_ in existing:
            continue
        with remote.writing() as connection:
            taken = "SELECT 1 FROM concepts WHERE name = ? LIMIT 1"
            if not connection.execute(taken, (rename_.new,)).fetchone():
                rename(connection, rename_.old, rename_.new, rename_.who, rename_.at)


def _shown(workspace: Workspace, shared: str) -> str:
    url, _, name = shared.partition("#")
    return f"{shown(url)}#{name or default_set(workspace.path)}" if shared else LOCAL


def _remarks(workspace: Workspace, shared: str) -> Iterator[str]:
    if has_secret(shared):
        yield (
            "the password is not stored: later commands take it from PGPASSWORD, or from a line "
            "HOST:PORT:DATABASE:USER:PASSWORD in ~/.pgpass"
        )
    if workspace.rules.versions():
        yield "saved rules do not know the answers' new numbers; take them in with likewise learn"
    if workspace.exemplars.paths(_parts(workspace)):
        yield "examples from outside the collection stay in this workspace; others have no copy"


def _parts(workspace: Workspace) -> list[str]:
    concepts = map(workspace.concepts.get, workspace.concepts.names())
    return [part for concept in concepts for part in concept.parts]


def _add_answers(
    workspace: Workspace, remote: Decisions, later: Sequence[Rename], dry_run: bool
) -> int:
    added = 0
    for concept in workspace.labels.concepts():
        name = name_now(later, concept)
        labels = [replace(label, concept=name) for label in workspace.labels.history(concept)]
        if dry_run:
            existing = {event for (event,) in remote.rows(
                "SELECT event FROM labels WHERE concept = ?", (name,)
            )}  # fmt: skip
            added += sum(label.event not in existing for label in labels)
        else:
            added += LabelLog(remote).record(labels)
    has_policy = remote.rows("SELECT 1 FROM settings WHERE key = 'label_policy'")
    if not dry_run and not has_policy:
        LabelLog(remote).set_policy(workspace.labels.policy)
    return added


def _add_concepts(
    workspace: Workspace, remote: Decisions, later: Sequence[Rename], dry_run: bool
) -> int:
    concepts = Concepts(remote)
    existing = {*concepts.names(), *concepts.removed()}
    added = 0
    local_names = workspace.concepts.names()
    for name_here in [*local_names, *workspace.concepts.removed()]:
        name = name_now(later, name_here)
        if name not in existing:
            added += name_here in local_names
            if not dry_run:
                revisions = workspace.decisions.rows(
                    "SELECT body, who, at FROM concepts WHERE name = ? ORDER BY revision",
                    (name_here,),
                )
                with remote.writing() as connection:
                    connection.executemany(
                        "INSERT INTO concepts (name, body, who, at) VALUES (?, ?, ?, ?)",
                        ((name, *revision) for revision in revisions),
                    )
        elif name_here in local_names and not dry_run:
            ours = replace(workspace.concepts.get(name_here), name=name)
            if _united(concepts.get(name), ours) != concepts.get(name):
                concepts.change(name, partial(_united, ours=ours))
    return added


def _united(theirs: Concept, ours: Concept) -> Concept:
    """Both baskets and words in one; of a part's weight theirs counts."""
    both = theirs.adding(ours.examples, ours.counter_examples, ours.hints, ours.counter_hints)
    new = {part: w for part, w in ours.weights.items() if part not in theirs.parts}
    return Concept.from_json({**both.to_json(), "weights": {**new, **theirs.weights}})


def _add_rounds(local: Decisions, remote: Decisions, later: Sequence[Rename], dry_run: bool) -> int:
    """Rounds of machine labels, each whole with its labels, and whether it was taken back."""
    columns = ", ".join(_ROUND)
    existing = set(remote.rows(f"SELECT {columns} FROM rounds"))
    undone = {number: row for number, *row in local.rows("SELECT round, who, at FROM round_undos")}
    added = 0
    rows = local.rows(f"SELECT round, labels_upto, {columns} FROM rounds ORDER BY round")
    for number, upto, concept, *rest in rows:
        row = (concept and name_now(later, concept), *rest)
        if row in existing:
            continue
        added += 1
        if dry_run:
            continue
        with remote.writing() as connection:
            connection.execute(
                f"INSERT INTO rounds ({columns}, labels_upto) VALUES ({_marks(_ROUND)}, ?)",
                (*row, _position(local, remote, upto)),
            )
            (new,) = connection.execute("SELECT max(round) FROM rounds").fetchone()
            connection.executemany(
                f"INSERT INTO machine_labels (round, {', '.join(_MACHINE)}) "
                f"VALUES (?, {_marks(_MACHINE)})",
                (
                    (new, name_now(later, name), *label)
                    for name, *label in _machine_labels(local, number)
                ),
            )
            if number in undone:
                connection.execute(
                    "INSERT INTO round_undos VALUES (?, ?, ?)", (new, *undone[number])
                )
    return added


def _position(local: Decisions, remote: Decisions, upto: int) -> int:
    """Where the answers that came here up to a position end in the log there."""
    newest = local.rows(
        "SELECT event FROM labels WHERE sequence <= ? AND undoes IS NULL "
        "ORDER BY sequence DESC LIMIT 1",
        (upto,),
    )
    found = newest and remote.rows("SELECT sequence FROM labels WHERE event = ?", newest[0])
    return int(found[0][0]) if found else 0


def _machine_labels(local: Decisions, number: int) -> Iterator[tuple[Any, ...]]:
    after = ("", "")
    while True:
        page = local.rows(
            f"SELECT {', '.join(_MACHINE)} FROM machine_labels WHERE round = ? "
            f"AND (concept, item) > (?, ?) ORDER BY concept, item LIMIT {_PAGE}",
            (number, *after),
        )
        if not page:
            return
        yield from page
        after = page[-1][:2]


def _add_audits(local: Decisions, remote: Decisions, later: Sequence[Rename], dry_run: bool) -> int:
    columns = ", ".join(_AUDIT)
    existing = {json.dumps(row) for row in remote.rows(f"SELECT {columns} FROM audits")}
    rows = [
        (name_now(later, concept), *rest)
        for concept, *rest in local.rows(f"SELECT {columns} FROM audits ORDER BY audit")
    ]
    new = [row for row in rows if json.dumps(row) not in existing]
    if new and not dry_run:
        with remote.writing() as connection:
            sql = f"INSERT INTO audits ({columns}) VALUES ({_marks(_AUDIT)})"
            connection.executemany(sql, new)
    return len(new)


def _add_views(
    workspace: Workspace, remote: Decisions, later: Sequence[Rename], dry_run: bool
) -> int:
    """Views that are not there; where a person has one of that name, theirs stays."""
    theirs = Views(remote)
    existing = {(view.name, view.who) for view in theirs.all()}
    new = [view for view in workspace.views.all() if (view.name, view.who) not in existing]
    for view in () if dry_run else new:
        theirs.save(replace(view, concept=name_now(later, view.concept)), who=view.who)
    return len(new)


def _add_label_sets(
    workspace: Workspace, remote: Decisions, later: Sequence[Rename], dry_run: bool
) -> int:
    """Sets that are not there; one whose name is there gets the classes that it lacks."""
    theirs = LabelSets(remote)
    existing, added = set(theirs.names()), 0
    for label_set in workspace.label_sets.all():
        classes = [name_now(later, name) for name in label_set.classes]
        new = label_set.name not in existing
        added += new
        if dry_run:
            continue
        if new:
            theirs.save(replace(label_set, classes=tuple(classes)))
        elif set(classes) - set(theirs.get(label_set.name).classes):
            theirs.change(label_set.name, partial(LabelSet.adding, classes=classes))
    return added


def _marks(columns: tuple[str, ...]) -> str:
    return ", ".join("?" * len(columns))
