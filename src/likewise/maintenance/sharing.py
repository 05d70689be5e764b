"""Decisions brought together in one place, and a workspace told to use them there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from likewise.core.addresses import has_secret, shown
from likewise.core.concept import Concept
from likewise.sources._walk import WORKSPACE_FILE
from likewise.workspace import Workspace
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import Database
from likewise.workspace.decisions import Decisions, default_set, shared_decisions
from likewise.workspace.labels import LabelLog
from likewise.workspace.renames import Rename, name_now, rename, renames

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
        answers, concepts, rounds, audits: how many came there that were not there yet.
        remarks: what a person should know.
    """

    place: str
    answers: int
    concepts: int
    rounds: int
    audits: int
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self), "remarks": list(self.remarks)}


def place_of(workspace: Workspace) -> str:
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
        there = shared_decisions(shared, default_set(workspace.path))
    else:
        there = Database(workspace.path / WORKSPACE_FILE)
    try:
        added = add_decisions(workspace, there, dry_run)
    finally:
        there.close()
    if not dry_run:
        workspace.keep_decisions_at(shared)
    return MoveReport(_shown(workspace, shared), *added, tuple(_remarks(workspace, shared)))


def add_decisions(
    workspace: Workspace, there: Decisions, dry_run: bool = False
) -> tuple[int, int, int, int]:
    """Add a workspace's decisions to a database, beside what is in it.

    Returns:
        How many answers, concepts, rounds of machine labels and audits came that were not there.
    """
    here = renames(workspace.decisions)
    if not dry_run:
        _rename_there(here, there)
        for name in set(workspace.concepts.names()) & set(Concepts(there).removed()):
            Concepts(there).make_room(name)
    known = set(here)
    later = [one for one in renames(there) if one not in known]
    return (
        _add_answers(workspace, there, later, dry_run),
        _add_concepts(workspace, there, later, dry_run),
        _add_rounds(workspace.decisions, there, later, dry_run),
        _add_audits(workspace.decisions, there, later, dry_run),
    )


def _rename_there(here: Sequence[Rename], there: Decisions) -> None:
    """Let concepts that came there earlier have the names that they have here by now."""
    known = set(renames(there))
    for one in here:
        if one in known:
            continue
        with there.writing() as connection:
            taken = "SELECT 1 FROM concepts WHERE name = ? LIMIT 1"
            if not connection.execute(taken, (one.new,)).fetchone():
                rename(connection, one.old, one.new, one.who, one.at)


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
    workspace: Workspace, there: Decisions, later: Sequence[Rename], dry_run: bool
) -> int:
    added = 0
    for concept in workspace.labels.concepts():
        name = name_now(later, concept)
        labels = [replace(label, concept=name) for label in workspace.labels.history(concept)]
        if dry_run:
            known = {event for (event,) in there.rows(
                "SELECT event FROM labels WHERE concept = ?", (name,)
            )}  # fmt: skip
            added += sum(label.event not in known for label in labels)
        else:
            added += LabelLog(there).record(labels)
    has_policy = there.rows("SELECT 1 FROM settings WHERE key = 'label_policy'")
    if not dry_run and not has_policy:
        LabelLog(there).set_policy(workspace.labels.policy)
    return added


def _add_concepts(
    workspace: Workspace, there: Decisions, later: Sequence[Rename], dry_run: bool
) -> int:
    concepts = Concepts(there)
    known = {*concepts.names(), *concepts.removed()}
    added = 0
    own_names = workspace.concepts.names()
    for own_name in [*own_names, *workspace.concepts.removed()]:
        name = name_now(later, own_name)
        if name not in known:
            added += own_name in own_names
            if not dry_run:
                revisions = workspace.decisions.rows(
                    "SELECT body, who, at FROM concepts WHERE name = ? ORDER BY revision",
                    (own_name,),
                )
                with there.writing() as connection:
                    connection.executemany(
                        "INSERT INTO concepts (name, body, who, at) VALUES (?, ?, ?, ?)",
                        ((name, *revision) for revision in revisions),
                    )
        elif own_name in own_names and not dry_run:
            ours = replace(workspace.concepts.get(own_name), name=name)
            if _united(concepts.get(name), ours) != concepts.get(name):
                concepts.change(name, partial(_united, ours=ours))
    return added


def _united(theirs: Concept, ours: Concept) -> Concept:
    """Both baskets and words in one; of a part's weight theirs counts."""
    both = theirs.adding(ours.examples, ours.counter_examples, ours.hints, ours.counter_hints)
    new = {part: w for part, w in ours.weights.items() if part not in theirs.parts}
    return Concept.from_json({**both.to_json(), "weights": {**new, **theirs.weights}})


def _add_rounds(here: Decisions, there: Decisions, later: Sequence[Rename], dry_run: bool) -> int:
    """Rounds of machine labels, each whole with its labels, and whether it was taken back."""
    columns = ", ".join(_ROUND)
    known = set(there.rows(f"SELECT {columns} FROM rounds"))
    undone = {number: row for number, *row in here.rows("SELECT round, who, at FROM round_undos")}
    added = 0
    rows = here.rows(f"SELECT round, labels_upto, {columns} FROM rounds ORDER BY round")
    for number, upto, concept, *rest in rows:
        row = (concept and name_now(later, concept), *rest)
        if row in known:
            continue
        added += 1
        if dry_run:
            continue
        with there.writing() as connection:
            connection.execute(
                f"INSERT INTO rounds ({columns}, labels_upto) VALUES ({_marks(_ROUND)}, ?)",
                (*row, _position(here, there, upto)),
            )
            (new,) = connection.execute("SELECT max(round) FROM rounds").fetchone()
            connection.executemany(
                f"INSERT INTO machine_labels (round, {', '.join(_MACHINE)}) "
                f"VALUES (?, {_marks(_MACHINE)})",
                (
                    (new, name_now(later, name), *label)
                    for name, *label in _machine_labels(here, number)
                ),
            )
            if number in undone:
                connection.execute(
                    "INSERT INTO round_undos VALUES (?, ?, ?)", (new, *undone[number])
                )
    return added


def _position(here: Decisions, there: Decisions, upto: int) -> int:
    """Where the answers that came here up to a position end in the log there."""
    newest = here.rows(
        "SELECT event FROM labels WHERE sequence <= ? AND undoes IS NULL "
        "ORDER BY sequence DESC LIMIT 1",
        (upto,),
    )
    found = newest and there.rows("SELECT sequence FROM labels WHERE event = ?", newest[0])
    return int(found[0][0]) if found else 0


def _machine_labels(here: Decisions, number: int) -> Iterator[tuple[Any, ...]]:
    after = ("", "")
    while True:
        page = here.rows(
            f"SELECT {', '.join(_MACHINE)} FROM machine_labels WHERE round = ? "
            f"AND (concept, item) > (?, ?) ORDER BY concept, item LIMIT {_PAGE}",
            (number, *after),
        )
        if not page:
            return
        yield from page
        after = page[-1][:2]


def _add_audits(here: Decisions, there: Decisions, later: Sequence[Rename], dry_run: bool) -> int:
    columns = ", ".join(_AUDIT)
    known = {json.dumps(row) for row in there.rows(f"SELECT {columns} FROM audits")}
    rows = [
        (name_now(later, concept), *rest)
        for concept, *rest in here.rows(f"SELECT {columns} FROM audits ORDER BY audit")
    ]
    new = [row for row in rows if json.dumps(row) not in known]
    if new and not dry_run:
        with there.writing() as connection:
            sql = f"INSERT INTO audits ({columns}) VALUES ({_marks(_AUDIT)})"
            connection.executemany(sql, new)
    return len(new)


def _marks(columns: tuple[str, ...]) -> str:
    return ", ".join("?" * len(columns))
