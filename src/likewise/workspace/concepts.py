"""Concepts of a workspace: each change is a new revision, none is ever overwritten."""

from __future__ import annotations

import difflib
import itertools
import json
from collections.abc import Callable
from dataclasses import replace

from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions, Transaction
from likewise.workspace.labels import current_user
from likewise.workspace.renames import name_now, rename, renames

_LONGEST_NAME = 100
_NEWEST = "SELECT body FROM concepts WHERE name = ? ORDER BY revision DESC LIMIT 1"


class Concepts:
    """What people called things, by name."""

    def __init__(self, database: Decisions) -> None:
        self._database = database

    def names(self) -> list[str]:
        """Names of all concepts, sorted."""
        return [name for name, body in self._newest() if body is not None]

    def removed(self) -> list[str]:
        """Names of the concepts that were removed and can be restored, sorted."""
        return [name for name, body in self._newest() if body is None]

    def _newest(self) -> list[tuple[str, str | None]]:
        return self._database.rows(
            "SELECT name, body FROM concepts WHERE revision IN "
            "(SELECT max(revision) FROM concepts GROUP BY name) ORDER BY name"
        )

    def get(self, name: str) -> Concept:
        """The newest revision of a concept.

        Raises:
            NotFoundError: there is none of that name; the message names near ones.
        """
        rows = self._database.rows(_NEWEST, (name,))
        if rows and rows[0][0] is not None:
            return _concept(name, rows[0][0])
        raise NotFoundError(f"there is no concept '{name}'; {self._hint(name)}")

    def name_now(self, name: str) -> str:
        """The name of the concept that had a name before it was renamed; else the name itself."""
        names = set(self.names())
        log = renames(self._database)
        later = (name_now(log[at:], name) for at in range(len(log) - 1, -1, -1))
        return (
            name
            if name in names
            else next((later_name for later_name in later if later_name in names), name)
        )

    def _hint(self, name: str) -> str:
        names = self.names()
        if name in self.removed():
            return f"it was removed; bring it back with: {command_line('concept', 'restore', name)}"
        later = self.name_now(name)
        if later != name:
            return f"it was renamed to '{later}'"
        near = difflib.get_close_matches(name, names, n=1)
        if near:
            return f"did you mean '{near[0]}'?"
        if names:
            return f"those that exist: {', '.join(names)}"
        return f"make it with: {command_line('concept', 'create', name, '--like', 'IMAGE')}"

    def save(self, concept: Concept, new: bool = False) -> None:
        """Write a new revision.

        Raises:
            BadInputError: `new` was said and a concept of that name exists.
        """
        self.change(concept.name, lambda before: concept, new)

    def change(
        self,
        name: str,
        change: Callable[[Concept], Concept],
        new: bool = False,
        who: str | None = None,
    ) -> Concept:
        """Write a revision made from the newest one; no other can come in between.

        A concept that was removed does not come back by this: it keeps its answers and rules
        under another name, and the new one begins without any.

        Args:
            name: of the concept.
            change: answers the new concept from the old, or from an empty one when `new`.
            new: there must be none of that name yet.
            who: who changes it; the current user unless given.

        Raises:
            BadInputError: `new` was said and a concept of that name exists.
        """
        person = who or current_user()
        with self._database.writing() as connection:
            row = connection.execute(_NEWEST, (name,)).fetchone()
            exists = bool(row and row[0] is not None)
            if new and exists:
                raise BadInputError(
                    f"the concept '{name}' exists already; add to it with: "
                    f"{command_line('concept', 'add', name)} (in Python: fill_basket without new)"
                )
            after = change(_concept(name, row[0]) if exists else Concept(name))
            if row and not exists:
                rename(connection, name, _free_name(connection, name), person)
            _add(connection, name, json.dumps(after.to_json()), person)
        return after

    def revision(self, name: str | None = None) -> int:
        """Number of the newest revision of one concept, or of all; 0 where there is none."""
        sql = "SELECT coalesce(max(revision), 0) FROM concepts"
        if name is None:
            return int(self._database.rows(sql)[0][0])
        return int(self._database.rows(f"{sql} WHERE name = ?", (name,))[0][0])

    def changed_at(self, name: str) -> str:
        """When it became what it is, UTC; "" for a concept that never was.

        A removal and a restoration change nothing about it.
        """
        sql = "SELECT body, at FROM concepts WHERE name = ? ORDER BY revision DESC"
        rows = [row for row in self._database.rows(sql, (name,)) if row[0] is not None]
        same = itertools.takewhile(lambda row: row[0] == rows[0][0], rows)
        return min((str(at) for _, at in same), default="")

    def remove(self, name: str, who: str | None = None) -> None:
        """Hide a concept; its revisions and labels stay in the log.

        Raises:
            NotFoundError: there is none of that name.
        """
        self.get(name)
        with self._database.writing() as connection:
            _add(connection, name, None, who or current_user())

    def make_room(self, name: str, who: str | None = None) -> str | None:
        """Give a removed concept another name, and answer that; None where none was removed."""
        with self._database.writing() as connection:
            row = connection.execute(_NEWEST, (name,)).fetchone()
            if row is None or row[0] is not None:
                return None
            free = _free_name(connection, name)
            rename(connection, name, free, who or current_user())
        return free

    def restore(self, name: str, who: str | None = None) -> Concept:
        """Bring a removed concept back as it was, with its answers, rules and aim.

        Raises:
            BadInputError: a concept of that name exists.
            NotFoundError: none of that name was removed; the message names those that were.
        """
        removed = ", ".join(f"'{name}'" for name in self.removed()) or "none"
        with self._database.writing() as connection:
            row = connection.execute(_NEWEST, (name,)).fetchone()
            if row and row[0] is not None:
                raise BadInputError(
                    f"the concept '{name}' exists, so nothing was restored; removed concepts: "
                    f"{removed}"
                )
            last = connection.execute(
                "SELECT body FROM concepts WHERE name = ? AND body IS NOT NULL "
                "ORDER BY revision DESC LIMIT 1",
                (name,),
            ).fetchone()
            if last is None:
                raise NotFoundError(f"no concept '{name}' was removed; removed concepts: {removed}")
            _add(connection, name, last[0], who or current_user())
        return _concept(name, last[0])

    def rename(self, old: str, new: str, who: str | None = None) -> Concept:
        """Give a concept another name; its answers, rules, rounds and audits follow.

        A removed concept that has the new name gets another one, as in `change`.

        Raises:
            NotFoundError: there is none of the old name.
            BadInputError: a concept of the new name exists, or labels of that name without one;
                or the name cannot name a concept.
        """
        renamed = replace(self.get(old), name=new)
        person = who or current_user()
        with self._database.writing() as connection:
            row = connection.execute(_NEWEST, (new,)).fetchone()
            if row and row[0] is not None:
                raise BadInputError(
                    f"the concept '{new}' exists already, so '{old}' was not renamed; choose "
                    "another name"
                )
            if row:
                rename(connection, new, _free_name(connection, new), person)
            for table in ("labels", "machine_labels"):
                sql = f"SELECT 1 FROM {table} WHERE concept = ? LIMIT 1"
                if connection.execute(sql, (new,)).fetchone():
                    raise BadInputError(
                        f"'{new}' has labels of its own, so '{old}' was not renamed; choose "
                        "another name"
                    )
            rename(connection, old, new, person)
        return renamed


def _concept(name: str, body: str) -> Concept:
    """A revision as it reads today: its body has the name that the concept had then."""
    return Concept.from_json({**json.loads(body), "name": name})


def _add(connection: Transaction, name: str, body: str | None, who: str) -> None:
    connection.execute(
        "INSERT INTO concepts (name, body, who, at) VALUES (?, ?, ?, ?)", (name, body, who, now())
    )


def _free_name(connection: Transaction, name: str) -> str:
    """A name for a removed concept that gives its own to a new one."""
    for number in itertools.count(1):
        ending = f" removed {number}"
        free = name[: _LONGEST_NAME - len(ending)] + ending
        if not connection.execute("SELECT 1 FROM concepts WHERE name = ?", (free,)).fetchone():
            return free
    raise AssertionError("numbers do not end")
