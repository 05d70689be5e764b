"""Renamed concepts: every table follows the new name, and a log of renames stays.

A concept's name is its key in all tables of decisions, so a rename changes that column and nothing
else: answers, revisions, rounds and audits keep their order, their ids and who made them. A removed
concept whose name is used again is renamed in the same way, so that nothing of it comes back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions, Transaction

_DECISIONS = (
    ("concepts", "name"), ("labels", "concept"), ("rounds", "concept"),
    ("machine_labels", "concept"), ("audits", "concept"),
)  # fmt: skip
_WORKSPACE = (("rules", "concept"), ("exports", "concept"))
_KEYS = "key >= 'rename:' AND key < 'rename;'"


@dataclass(frozen=True)
class Rename:
    """One rename of a concept.

    Attributes:
        old, new: its names.
        who: the person who renamed it.
        at: when, UTC.
    """

    old: str
    new: str
    who: str
    at: str


def rename(connection: Transaction, old: str, new: str, who: str, at: str = "") -> None:
    """Give a concept another name in every table, within a transaction.

    Args:
        connection: of the transaction, over decisions.
        old: the name that the rows have.
        new: a name that no row has.
        who: the person who renames.
        at: when, UTC; now unless given.
    """
    _update(connection, (*_DECISIONS, *_WORKSPACE), old, new)
    count = connection.execute(f"SELECT count(*) FROM settings WHERE {_KEYS}").fetchone()[0]
    value = json.dumps(asdict(Rename(old, new, who, at or now())))
    connection.execute("INSERT INTO settings VALUES (?, ?)", (f"rename:{count + 1:08d}", value))


def rename_rules(connection: Transaction, renames: Iterable[Rename]) -> None:
    """Let the rules and exports of a workspace follow renames in decisions that a team shares."""
    for rename_ in renames:
        _update(connection, _WORKSPACE, rename_.old, rename_.new)


def _update(
    connection: Transaction, columns: Iterable[tuple[str, str]], old: str, new: str
) -> None:
    for table, column in columns:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (new, old))


def renames(decisions: Decisions, after: int = 0) -> list[Rename]:
    """The renames so far, the oldest first, without the first `after` of them."""
    rows = decisions.rows(f"SELECT value FROM settings WHERE {_KEYS} ORDER BY key")
    return [Rename(**json.loads(value)) for (value,) in rows[after:]]


def count_renames(decisions: Decisions) -> int:
    """How many renames there were; what was cached under names before it grew is out of date."""
    return int(decisions.rows(f"SELECT count(*) FROM settings WHERE {_KEYS}")[0][0])


def later_names(all_renames: Iterable[Rename], name: str) -> set[str]:
    """A name, and every name that a concept of that name was given later.

    Example:
        >>> log = [Rename("barn", "shed", "ana", ""), Rename("shed", "hut", "ana", "")]
        >>> sorted(later_names(log, "barn"))
        ['barn', 'hut', 'shed']
    """
    names = {name}
    for rename_ in all_renames:
        if rename_.old in names:
            names.add(rename_.new)
    return names


def name_now(all_renames: Iterable[Rename], name: str) -> str:
    """The name that a concept has after renames, from the name that it had before them."""
    for rename_ in all_renames:
        if rename_.old == name:
            name = rename_.new
    return name
