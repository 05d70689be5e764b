"""Saved views of a workspace: each change is a new revision, none is ever overwritten.

They are rows of the settings, as label sets are: a revision stores how many renames there were when
it was written, so that its concept is found under the name that it has now.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from typing import Any

from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.search.facets.view import View
from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions, Transaction
from likewise.workspace.label import current_user
from likewise.workspace.renames import count_renames, name_now, renames

_KEYS = "key >= 'view:' AND key < 'view;'"


class Views:
    """The saved views of a workspace: everyone's own, by name."""

    def __init__(self, database: Decisions) -> None:
        self._database = database

    def all(self) -> list[View]:
        """Every view, by name and person."""
        rows = self._database.rows(f"SELECT value FROM settings WHERE {_KEYS} ORDER BY key")
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for (value,) in rows:
            revision = json.loads(value)
            key = (revision["name"], revision["who"])
            found.pop(key, None)
            if revision["view"] is not None:
                found[key] = revision
        return [self._view(found[key]) for key in sorted(found)]

    def get(self, name: str, who: str | None = None) -> View:
        """A person's view, or the only one of that name.

        Args:
            name: of the view.
            who: whose it is rather; the current user unless given.

        Raises:
            NotFoundError: there is none of that name; the message names near ones.
            BadInputError: several other people have one of that name.
        """
        views = self.all()
        named = [view for view in views if view.name == name]
        own = [view for view in named if view.who == (who or current_user())]
        if len(own or named) == 1:
            return (own or named)[0]
        if named:
            people = ", ".join(view.who for view in named)
            raise BadInputError(f"{people} have a view '{name}'; say whose you mean")
        raise NotFoundError(
            f"there is no view '{name}'; {_hint(name, [one.name for one in views])}"
        )

    def save(self, view: View, new: bool = False, who: str | None = None) -> View:
        """Write a view as a person's own; one that they have of that name is replaced.

        Raises:
            BadInputError: `new` was said and they have one of that name.
        """
        person = who or current_user()
        with self._database.lock, self._database.writing() as connection:
            if new:
                self._check_free(view.name, person)
            return self._add(connection, view.name, person, view)

    def rename(self, view: View, name: str) -> View:
        """Give a view another name; it stays its person's.

        Raises:
            BadInputError: that person has one of the new name, or it cannot name a view.
        """
        renamed = view.renamed(name)
        with self._database.lock, self._database.writing() as connection:
            self._check_free(name, view.who)
            self._add(connection, view.name, view.who, None)
            return self._add(connection, name, view.who, renamed)

    def remove(self, view: View) -> None:
        """Remove a view; its revisions stay in the log."""
        with self._database.writing() as connection:
            self._add(connection, view.name, view.who, None)

    def _check_free(self, name: str, who: str) -> None:
        if any(view.name == name and view.who == who for view in self.all()):
            raise BadInputError(f"the view '{name}' exists already; choose another name")

    def _add(self, connection: Transaction, name: str, who: str, view: View | None) -> View:
        (count,) = connection.execute(f"SELECT count(*) FROM settings WHERE {_KEYS}").fetchone()
        saved = None if view is None else replace(view, who=who, at=view.at or now())
        value = {
            "name": name,
            "who": who,
            "view": None if saved is None else saved.to_json(),
            "renames": count_renames(self._database),
            "at": now(),
        }
        row = (f"view:{count + 1:08d}", json.dumps(value))
        connection.execute("INSERT INTO settings VALUES (?, ?)", row)
        return saved or View(name, who=who)

    def _view(self, revision: dict[str, Any]) -> View:
        view = View.from_json(revision["view"])
        later = renames(self._database, revision["renames"])
        return replace(view, concept=name_now(later, view.concept))


def _hint(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    if names:
        return f"those that exist: {', '.join(dict.fromkeys(names))}"
    return f"make it with: {command_line('views', 'save', name, '--facet', 'NAME=VALUE')}"
