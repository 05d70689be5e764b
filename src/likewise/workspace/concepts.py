"""Concepts of a workspace: each change is a new revision, none is ever overwritten."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable

from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions
from likewise.workspace.labels import current_user


class Concepts:
    """What people called things, by name."""

    def __init__(self, database: Decisions) -> None:
        self._database = database

    def names(self) -> list[str]:
        """Names of all concepts, sorted."""
        rows = self._database.rows(
            "SELECT name, body FROM concepts WHERE revision IN "
            "(SELECT max(revision) FROM concepts GROUP BY name) ORDER BY name"
        )
        return [name for name, body in rows if body is not None]

    def get(self, name: str) -> Concept:
        """The newest revision of a concept.

        Raises:
            NotFoundError: there is none of that name; the message names near ones.
        """
        rows = self._database.rows(
            "SELECT body FROM concepts WHERE name = ? ORDER BY revision DESC LIMIT 1", (name,)
        )
        if rows and rows[0][0] is not None:
            return Concept.from_json(json.loads(rows[0][0]))
        known = self.names()
        near = difflib.get_close_matches(name, known, n=1)
        if near:
            hint = f"did you mean '{near[0]}'?"
        elif known:
            hint = f"those that exist: {', '.join(known)}"
        else:
            hint = f"make it with: {command_line('concept', 'create', name, '--like', 'IMAGE')}"
        raise NotFoundError(f"there is no concept '{name}'; {hint}")

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

        Args:
            name: of the concept.
            change: answers the new concept from the old, or from an empty one when `new`.
            new: there must be none of that name yet.
            who: who changes it; the current user unless given.

        Raises:
            BadInputError: `new` was said and a concept of that name exists.
        """
        with self._database.writing() as connection:
            rows = connection.execute(
                "SELECT body FROM concepts WHERE name = ? ORDER BY revision DESC LIMIT 1", (name,)
            ).fetchall()
            there = bool(rows and rows[0][0] is not None)
            if new and there:
                raise BadInputError(
                    f"the concept '{name}' exists already; add to it with: "
                    f"{command_line('concept', 'add', name)} (in Python: fill_basket without new)"
                )
            before = Concept.from_json(json.loads(rows[0][0])) if there else Concept(name)
            after = change(before)
            connection.execute(
                "INSERT INTO concepts (name, body, who, at) VALUES (?, ?, ?, ?)",
                (name, json.dumps(after.to_json()), who or current_user(), now()),
            )
        return after

    def changed_at(self, name: str) -> str:
        """When the newest revision was made, UTC; "" for a concept that never was."""
        rows = self._database.rows("SELECT max(at) FROM concepts WHERE name = ?", (name,))
        return str(rows[0][0] or "")

    def remove(self, name: str, who: str | None = None) -> None:
        """Hide a concept; its revisions and labels stay in the log.

        Raises:
            NotFoundError: there is none of that name.
        """
        self.get(name)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO concepts (name, body, who, at) VALUES (?, NULL, ?, ?)",
                (name, who or current_user(), now()),
            )
