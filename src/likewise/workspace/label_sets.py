"""Label sets of a workspace: each change is a new revision, none is ever overwritten.

They are rows of the settings beside the log of renames: a revision stores how many renames there
were when it was written, and those that came later are applied when it is read.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions, Transaction
from likewise.workspace.label import current_user
from likewise.workspace.renames import count_renames, name_now, renames

_KEYS = "key >= 'label_set:' AND key < 'label_set;'"


@dataclass(frozen=True)
class _Revision:
    """One revision as it is stored; without classes the set was removed."""

    name: str
    kind: str
    classes: tuple[str, ...]
    renames: int


class LabelSets:
    """The label sets of a workspace, by name.

    A class that was removed as a concept is left out of its sets, and is back in them once the
    concept is restored.
    """

    def __init__(self, database: Decisions) -> None:
        self._database = database

    def names(self) -> list[str]:
        """Names of all label sets, sorted."""
        return sorted(self._newest())

    def all(self) -> list[LabelSet]:
        """Every label set, by name."""
        revisions = self._newest()
        return [self._label_set(revisions[name]) for name in sorted(revisions)]

    def get(self, name: str) -> LabelSet:
        """The newest revision of a label set.

        Raises:
            NotFoundError: there is none of that name; the message names near ones.
        """
        revisions = self._newest()
        if name in revisions:
            return self._label_set(revisions[name])
        raise NotFoundError(f"there is no label set '{name}'; {_hint(name, sorted(revisions))}")

    def of_concept(self, concept: str) -> list[LabelSet]:
        """The label sets that a concept is a class of."""
        return [found for found in self.all() if concept in found.classes]

    def check_new(self, name: str) -> None:
        """Refuse a name that a label set has.

        Raises:
            BadInputError: one has it.
        """
        if name in self._newest():
            raise BadInputError(
                f"the label set '{name}' exists already; see it with: "
                f"{command_line('labels', 'sets', 'show', name)}"
            )

    def save(self, label_set: LabelSet, new: bool = False, who: str | None = None) -> None:
        """Write a new revision.

        Raises:
            BadInputError: `new` was said and a label set of that name exists.
        """
        self._change(label_set.name, lambda _: label_set, new, who)

    def change(
        self, name: str, change: Callable[[LabelSet], LabelSet], who: str | None = None
    ) -> LabelSet:
        """Write a revision made from the newest one; no other can come in between.

        Raises:
            NotFoundError: there is no label set of that name.
        """
        self.get(name)
        return self._change(name, change, False, who)

    def remove(self, name: str, who: str | None = None) -> None:
        """Remove a label set; its concepts and their answers stay as they are.

        Raises:
            NotFoundError: there is none of that name.
        """
        self.get(name)
        with self._database.writing() as connection:
            self._add(connection, name, "removed", (), who)

    def _change(
        self, name: str, change: Callable[[LabelSet], LabelSet], new: bool, who: str | None
    ) -> LabelSet:
        with self._database.lock, self._database.writing() as connection:
            if new:
                self.check_new(name)
            before = self._newest().get(name)
            stored = () if before is None else self._classes(before)
            shown = LabelSet(name, ()) if before is None else self._label_set(before)
            hidden = tuple(x for x in stored if x not in shown.classes)  # until they are restored
            after = change(shown)
            self._add(connection, name, after.kind, (*after.classes, *hidden), who)
        return after

    def _add(
        self,
        connection: Transaction,
        name: str,
        kind: str,
        classes: tuple[str, ...],
        who: str | None,
    ) -> None:
        sql = f"SELECT count(*) FROM settings WHERE {_KEYS}"
        (count,) = connection.execute(sql).fetchone()
        value: dict[str, Any] = {
            "name": name, "kind": kind, "classes": classes,
            "renames": count_renames(self._database), "who": who or current_user(), "at": now(),
        }  # fmt: skip
        row = (f"label_set:{count + 1:08d}", json.dumps(value))
        connection.execute("INSERT INTO settings VALUES (?, ?)", row)

    def _newest(self) -> dict[str, _Revision]:
        rows = self._database.rows(f"SELECT value FROM settings WHERE {_KEYS} ORDER BY key")
        found: dict[str, _Revision] = {}
        for (value,) in rows:
            row = json.loads(value)
            revision = _Revision(row["name"], row["kind"], tuple(row["classes"]), row["renames"])
            found[revision.name] = revision
        return {name: found[name] for name in found if found[name].kind != "removed"}

    def _label_set(self, revision: _Revision) -> LabelSet:
        existing = set(Concepts(self._database).names())
        classes = tuple(name for name in self._classes(revision) if name in existing)
        return LabelSet(revision.name, classes, revision.kind == "exclusive")

    def _classes(self, revision: _Revision) -> tuple[str, ...]:
        """The classes under the names that their concepts have now, also of removed ones."""
        later = renames(self._database, revision.renames)
        return tuple(dict.fromkeys(name_now(later, name) for name in revision.classes))


def _hint(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    if names:
        return f"those that exist: {', '.join(names)}"
    make = command_line("labels", "sets", "create", name)
    return f"make it with: {make} CLASS CLASS"
