"""Labels that came with the images: a column of their metadata made into answers or classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from likewise.concepts.labelling import record_labels
from likewise.core.concept import Concept
from likewise.errors import BadInputError, command_line
from likewise.search.store.base import ITEM_SCHEMA
from likewise.workspace import Workspace

SOURCE = "metadata"
"""How the log says that an answer came."""

_MOST_CONCEPTS = 100
_COLUMNS = tuple(name for name in ITEM_SCHEMA.names if name not in ("item_id", "metadata", "box"))


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


def given_values(workspace: Workspace, column: str) -> dict[str, tuple[str, ...]]:
    """What a column says of each item, of those it says something of, by item id.

    Args:
        workspace: where the items are.
        column: a key of their metadata, or another column such as "folder"; a list, such as
            COCO's "labels", is several values.

    Raises:
        BadInputError: no item has it; the message names those that there are.
    """
    found: dict[str, tuple[str, ...]] = {}
    keys: set[str] = set()
    for item, row in _rows(workspace, column):
        keys.update(row)
        values = _texts(row.get(column))
        if values:
            found[item] = values
    if not found:
        there = ", ".join(sorted({*keys, "folder"})) or "none"
        raise BadInputError(
            f"no item of {workspace.path} has something in '{column}'; the metadata has: {there}"
        )
    return found


def given_class_of_each(workspace: Workspace, column: str) -> dict[str, str]:
    """The one class of each item that a column gives one.

    Raises:
        BadInputError: no item has it, or one has several.
    """
    values = given_values(workspace, column)
    several = next((item for item, names in values.items() if len(set(names)) > 1), None)
    if several is not None:
        raise BadInputError(
            f"'{several}' has {len(values[several])} values in '{column}' and one class is wanted; "
            f"give a column of one value, or a concept: "
            f"{command_line('labels', 'import', '--from-metadata', column, '--concept', 'NAME')}"
        )
    return {item: names[0] for item, names in values.items()}


def import_given(
    workspace: Workspace,
    column: str,
    concept: str | None = None,
    value: str | None = None,
    *,
    who: str | None = None,
    yes_only: bool = False,
    dry_run: bool = False,
) -> list[Taken]:
    """Record what a column says as answers: yes where it has a value, no where it has another.

    Items without a value get no answer. Of a column of true and false, true is yes.

    Args:
        workspace: where the items are.
        column: as for `given_values`.
        concept: what the answers are about; every value is a concept of its name unless given.
        value: that means yes; the concept's name unless given.
        who: who decided; the current user unless given.
        yes_only: record no answer "no".
        dry_run: only count.

    Raises:
        BadInputError: no item has that column or that value, or there are too many values to make
            a concept of each.
    """
    values = given_values(workspace, column)
    known = {name for names in values.values() for name in names}
    if concept is None:
        wanted = {name: name for name in sorted(known)}
        if len(wanted) > _MOST_CONCEPTS:
            raise BadInputError(
                f"'{column}' has {len(wanted)} values, and each would become a concept; say which "
                "with --concept NAME"
            )
    else:
        truth = value is None and concept not in known and known <= {"true", "false"}
        wanted = {concept: "true" if truth else value or concept}
        if wanted[concept] not in known:
            some = ", ".join(sorted(known)[:20])
            raise BadInputError(
                f"no item has '{wanted[concept]}' in '{column}'; say what means yes with --value: "
                f"{some}"
            )
    return [
        _record(workspace, name, values, means_yes, who, yes_only, dry_run)
        for name, means_yes in wanted.items()
    ]


def _record(
    workspace: Workspace,
    concept: str,
    values: dict[str, tuple[str, ...]],
    means_yes: str,
    who: str | None,
    yes_only: bool,
    dry_run: bool,
) -> Taken:
    made = concept not in workspace.concepts.names()
    there = {} if made else workspace.labels.current(concept)  # a removed one's answers stay its
    said = {item: "yes" if means_yes in names else "no" for item, names in values.items()}
    fresh = [
        (item, verdict)
        for item, verdict in said.items()
        if (verdict == "yes" or not yes_only)
        and (item not in there or there[item].verdict != verdict)
    ]
    if not dry_run:
        if made:
            workspace.concepts.save(Concept(concept), new=True)
        if fresh:
            record_labels(workspace, concept, fresh, who, SOURCE)
    yes = sum(verdict == "yes" for _, verdict in fresh)
    asked = sum(verdict == "yes" or not yes_only for verdict in said.values())
    return Taken(concept, yes, len(fresh) - yes, asked - len(fresh), made)


def _rows(workspace: Workspace, column: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each item with its metadata, or with the column where it is one of its own."""
    own = column in _COLUMNS
    for batch in workspace.collection.store.scan(["item_id", column if own else "metadata"]):
        for item, cell in zip(*(x.to_pylist() for x in batch.columns), strict=True):
            yield item, {column: cell} if own else json.loads(cell or "{}")


def _texts(cell: Any) -> tuple[str, ...]:
    if isinstance(cell, list):
        return tuple(text for one in cell for text in _texts(one))
    if cell is None or cell == "" or isinstance(cell, dict):
        return ()
    return (str(cell).lower() if isinstance(cell, bool) else str(cell),)
