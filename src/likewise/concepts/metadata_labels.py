"""Labels that came with the images: a column of their metadata made into answers or classes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from likewise.concepts.labelling import record_labels
from likewise.concepts.spellings import Spellings, alike, listed, merged, note_of
from likewise.core.concept import Concept
from likewise.errors import BadInputError, command_line
from likewise.search.store.base import ITEM_SCHEMA
from likewise.workspace import Workspace

SOURCE = "metadata"
"""How the log says that an answer came."""

_MOST_CONCEPTS = 100
_COLUMNS = tuple(name for name in ITEM_SCHEMA.names if name not in ("item_id", "metadata", "box"))
_SEPARATORS = (",", ";", "|")


@dataclass(frozen=True, eq=False)
class Column:
    """What a column says of the items of a workspace.

    Attributes:
        name: of the column.
        values: what it says of each item that it says something of, by item id.
        counts: how many items have each value, by value.
        items: how many items there are.
    """

    name: str
    values: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]
    items: int

    def to_json(self) -> dict[str, Any]:
        """What was understood, in JSON's types."""
        return {
            "items": self.items,
            "with_value": len(self.values),
            "without_value": self.items - len(self.values),
            "with_several": sum(len(names) > 1 for names in self.values.values()),
            "values": dict(self.counts),
            "alike": alike(self.counts),
        }

    def summary(self) -> str:
        """What was understood, in a line.

        Example:
            >>> values = {"a": ("red", "old"), "b": ("red",)}
            >>> Column("tag", values, {"red": 2, "old": 1}, 3).summary()
            "3 images, 2 with 2 values of 'tag' (1 with several), 1 without"
        """
        several = sum(len(names) > 1 for names in self.values.values())
        return (
            f"{self.items:,} images, {len(self.values):,} with {len(self.counts):,} values of "
            f"'{self.name}'{f' ({several:,} with several)' if several else ''}, "
            f"{self.items - len(self.values):,} without"
        )

    def split_at(self, separator: str) -> Column:
        """The same with each text cut into several values at a sign."""
        values = {
            item: tuple(
                x for name in names for part in name.split(separator) if (x := part.strip())
            )
            for item, names in self.values.items()
        }
        return _column(self.name, {i: names for i, names in values.items() if names}, self.items)

    def merged(self) -> Column:
        """The same with values that differ only by blanks or capitals as one."""
        name_of = merged(self.counts)
        values = {
            item: tuple(dict.fromkeys(name_of[name] for name in names))
            for item, names in self.values.items()
        }
        return _column(self.name, values, self.items)

    def that_look_like_lists(self) -> dict[str, int]:
        """Values with a separator in them, with their counts."""
        return {
            value: count
            for value, count in self.counts.items()
            if any(sign in value for sign in _SEPARATORS)
        }


@dataclass(frozen=True)
class Taken:
    """What became of one concept.

    Attributes:
        concept: its name.
        yes, no: answers that were recorded, or would be.
        known: items whose answer is in the log already.
        made: whether the concept is new, with an empty basket.
    """

    concept: str
    yes: int
    no: int
    known: int
    made: bool


@dataclass(frozen=True, eq=False)
class Imported:
    """What became of a column.

    Attributes:
        concepts: what was recorded of each concept, or would be.
        column: what was understood.
        notes: what a person should know.
    """

    concepts: tuple[Taken, ...]
    column: Column
    notes: tuple[str, ...]


def read_column(workspace: Workspace, name: str) -> Column:
    """What a column of metadata, or another such as "folder", says of each item.

    A list, such as COCO's "labels", is several values. Cells that are empty or blank say nothing.

    Args:
        workspace: where the items are.
        name: of the column.

    Raises:
        BadInputError: no item has it; the message names those that there are.
    """
    found: dict[str, tuple[str, ...]] = {}
    keys: set[str] = set()
    items = 0
    for item, row in _rows(workspace, name):
        items += 1
        keys.update(row)
        values = _texts(row.get(name))
        if values:
            found[item] = values
    if not found:
        columns = ", ".join(sorted({*keys, "folder"})) or "none"
        raise BadInputError(
            f"no item of {workspace.path} has something in '{name}'; the metadata has: {columns}"
        )
    return _column(name, found, items)


def _column(name: str, values: Mapping[str, tuple[str, ...]], items: int) -> Column:
    counts = Counter(value for names in values.values() for value in set(names))
    return Column(name, values, dict(sorted(counts.items())), items)


def class_of_each(workspace: Workspace, column: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The one class of each item that a column gives one, and notes for the person.

    Raises:
        BadInputError: no item has it, or one has several.
    """
    found = read_column(workspace, column)
    several = next((item for item, names in found.values.items() if len(set(names)) > 1), None)
    if several is not None:
        raise BadInputError(
            f"'{several}' has {len(found.values[several])} values in '{column}' and one class is "
            "wanted; give a column of one value, or a concept: "
            f"{command_line('labels', 'import', '--from-metadata', column, '--concept', 'NAME')}"
        )
    notes = note_of(alike(found.counts), "each is a class of its own")
    return {item: names[0] for item, names in found.values.items()}, notes


def import_column(
    workspace: Workspace,
    column: str,
    concept: str | None = None,
    value: str | None = None,
    *,
    who: str | None = None,
    yes_only: bool = False,
    dry_run: bool = False,
    spellings: Spellings | None = None,
    separator: str | None = None,
) -> Imported:
    """Record what a column says as answers: yes where it has a value, no where it has another.

    Items without a value get no answer. Of a column of true and false, true is yes. A list is
    several values; a text is one, unless a separator is given.

    Args:
        workspace: where the items are.
        column: as for `read_column`.
        concept: what the answers are about; every value is a concept of its name unless given.
        value: that means yes; the concept's name unless given.
        who: who decided; the current user unless given.
        yes_only: record no answer "no".
        dry_run: only count.
        spellings: what values that differ only by blanks or capitals are: one value ("merge") or
            each its own ("keep").
        separator: cuts texts into several values; "" says that none is cut.

    Raises:
        BadInputError: no item has that column or that value; there are too many values to make
            a concept of each; values differ only by blanks or capitals, or a value looks like a
            list of others, and nothing says what is meant.
    """
    found = read_column(workspace, column)
    notes: list[str] = []
    if separator:
        found = found.split_at(separator)
    elif separator is None:
        notes += _note_lists(found)
    if spellings == "merge":
        groups = alike(found.counts)
        found = found.merged()
        notes += note_of(groups, "taken as one value each")
    values_of = _values_of_concepts(found, concept, value)
    groups = [x for x in alike(found.counts) if set(x) & set(values_of.values())]
    if groups and spellings is None:
        (sentence,) = note_of(groups, "say with --spellings merge that each group is one value,")
        raise BadInputError(f"in '{column}' {sentence} or with --spellings keep that it is not")
    taken = [
        _record(workspace, name, found.values, means_yes, who, yes_only, dry_run)
        for name, means_yes in values_of.items()
    ]
    return Imported(tuple(taken), found, tuple(notes))


def _note_lists(column: Column) -> list[str]:
    """What is said of texts that look like lists.

    Raises:
        BadInputError: a part of one is a value of its own, so that "no" would be wrong for it.
    """
    lists = column.that_look_like_lists()
    for text in lists:
        for sign in (sign for sign in _SEPARATORS if sign in text):
            part = next((x for x in map(str.strip, text.split(sign)) if x in column.counts), None)
            if part is not None:
                raise BadInputError(
                    f"{listed(lists)} in '{column.name}' may be lists, for '{part}' is a value, "
                    f"too; say with --separator '{sign}' that they are, or with --separator '' "
                    "that each is one value"
                )
    if not lists:
        return []
    return [f"{listed(lists)}: taken as one value each; --separator cuts such texts into several"]


def _values_of_concepts(
    column: Column, concept: str | None, value: str | None
) -> Mapping[str, str]:
    """The value that means yes, by concept."""
    names = set(column.counts)
    if concept is None:
        if len(names) > _MOST_CONCEPTS:
            raise BadInputError(
                f"'{column.name}' has {len(names)} values, and each would become a concept; say "
                "which with --concept NAME"
            )
        return {name: name for name in sorted(names)}
    truth = value is None and concept not in names and names <= {"true", "false"}
    means_yes = "true" if truth else value or concept
    if means_yes not in names:
        some = ", ".join(sorted(names)[:20])
        raise BadInputError(
            f"no item has '{means_yes}' in '{column.name}'; say what means yes with --value: {some}"
        )
    return {concept: means_yes}


def _record(
    workspace: Workspace,
    concept: str,
    values: Mapping[str, tuple[str, ...]],
    means_yes: str,
    who: str | None,
    yes_only: bool,
    dry_run: bool,
) -> Taken:
    made = concept not in workspace.concepts.names()
    current = {} if made else workspace.labels.current(concept)  # a removed one's answers stay its
    verdicts = {item: "yes" if means_yes in names else "no" for item, names in values.items()}
    fresh = [
        (item, verdict)
        for item, verdict in verdicts.items()
        if (verdict == "yes" or not yes_only)
        and (item not in current or current[item].verdict != verdict)
    ]
    if not dry_run:
        if made:
            workspace.concepts.save(Concept(concept), new=True)
        if fresh:
            record_labels(workspace, concept, fresh, who, SOURCE)
    yes = sum(verdict == "yes" for _, verdict in fresh)
    count = sum(verdict == "yes" or not yes_only for verdict in verdicts.values())
    return Taken(concept, yes, len(fresh) - yes, count - len(fresh), made)


def _rows(workspace: Workspace, column: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each item with its metadata, or with the column where it is one of its own."""
    is_column = column in _COLUMNS
    for batch in workspace.collection.store.scan(["item_id", column if is_column else "metadata"]):
        for item, cell in zip(*(x.to_pylist() for x in batch.columns), strict=True):
            yield item, {column: cell} if is_column else json.loads(cell or "{}")


def _texts(cell: Any) -> tuple[str, ...]:
    if isinstance(cell, list):
        return tuple(text for entry in cell for text in _texts(entry))
    if cell is None or isinstance(cell, dict) or not str(cell).strip():
        return ()
    return (str(cell).lower() if isinstance(cell, bool) else str(cell),)
