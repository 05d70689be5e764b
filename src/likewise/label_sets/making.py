"""Label sets made from names, from a column of metadata or folders, or from a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.concepts.metadata_labels import Taken, import_column, read_column
from likewise.concepts.spellings import Spellings
from likewise.core.classifier_file import open_classifier
from likewise.core.concept import Concept
from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError
from likewise.workspace import Workspace


@dataclass(frozen=True, eq=False)
class MadeSet:
    """A label set that was made, or would be.

    Attributes:
        label_set: the set.
        concepts: classes that became concepts for it, with empty baskets.
        recorded: what was recorded of each class that came with a column.
        notes: what a person should know.
    """

    label_set: LabelSet
    concepts: tuple[str, ...]
    recorded: tuple[Taken, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain strings and lists."""
        return {
            **self.label_set.to_json(),
            "concepts_made": list(self.concepts),
            "recorded": [vars(taken) for taken in self.recorded],
            "notes": list(self.notes),
        }


def create_label_set(
    workspace: Workspace,
    name: str,
    classes: Sequence[str] = (),
    *,
    exclusive: bool = True,
    column: str | None = None,
    classifier: Path | None = None,
    spellings: Spellings | None = None,
    who: str | None = None,
    dry_run: bool = False,
) -> MadeSet:
    """Make a label set; a class that is no concept yet becomes one, with an empty basket.

    Args:
        workspace: where it is kept.
        name: of the set.
        classes: names of concepts.
        exclusive: one class an image; else several, as tags.
        column: a column of the images' metadata, or "folder": every value is a class, or those
            of `classes`, and images that have a value get a yes for it. Of a multi set, they get
            a no for the other values as well, as `import_column` records it.
        classifier: a classifier file whose classes become those of the set.
        spellings: see `import_column`.
        who: who makes it; the current user unless given.
        dry_run: only check and count.

    Raises:
        BadInputError: a set of that name exists, fewer than two classes, a name that cannot name
            a concept, or an image with several values of the column in an exclusive set.
        NotFoundError: no such file.
    """
    if column is not None and classifier is not None:
        raise BadInputError(
            "both a column and a classifier were given to take classes from; give one of them"
        )
    workspace.label_sets.check_new(name)
    LabelSet(name, ())  # refuses what cannot name a set, before anything is recorded
    recorded: tuple[Taken, ...] = ()
    notes: tuple[str, ...] = ()
    if column is not None:
        recorded, notes = _from_column(
            workspace, column, classes, exclusive, spellings, who, dry_run
        )
        classes = tuple(taken.concept for taken in recorded)
    elif classifier is not None:
        classes = tuple(dict.fromkeys((*open_classifier(classifier).classes, *classes)))
    label_set = LabelSet(name, tuple(classes), exclusive)
    if len(label_set.classes) < 2:
        raise BadInputError(
            f"'{name}' would have {len(label_set.classes)} class(es), and two or more tell images "
            "apart; give their names, or --from-metadata folder"
        )
    made = add_classes(workspace, label_set, who, dry_run)
    if not dry_run:
        workspace.label_sets.save(label_set, new=True, who=who)
    made = tuple(dict.fromkeys((*(x.concept for x in recorded if x.made), *made)))
    return MadeSet(label_set, made, recorded, notes)


def add_classes(
    workspace: Workspace, label_set: LabelSet, who: str | None = None, dry_run: bool = False
) -> tuple[str, ...]:
    """Make the concepts that a set names and that are not there; answers their names."""
    existing = set(workspace.concepts.names())
    lacking = tuple(name for name in label_set.classes if name not in existing)
    for name in () if dry_run else lacking:
        workspace.concepts.change(name, lambda concept: concept, new=True, who=who)
    return lacking


def _from_column(
    workspace: Workspace,
    column: str,
    classes: Sequence[str],
    exclusive: bool,
    spellings: Spellings | None,
    who: str | None,
    dry_run: bool,
) -> tuple[tuple[Taken, ...], tuple[str, ...]]:
    """What a column says, recorded as answers of each class."""
    found = read_column(workspace, column)
    for value in classes or found.counts:
        Concept(value)  # refuses what cannot name a class, before anything is recorded
    several = next((item for item, names in found.values.items() if len(set(names)) > 1), None)
    if exclusive and several is not None:
        raise BadInputError(
            f"'{several}' has {len(set(found.values[several]))} values in '{column}', and an "
            "exclusive set has one class an image; make a set of tags with --multi"
        )
    imports = [
        import_column(
            workspace, column, name, who=who, yes_only=exclusive, dry_run=dry_run,
            spellings=spellings,
        )
        for name in (classes or (None,))
    ]  # fmt: skip
    recorded = tuple(taken for imported in imports for taken in imported.concepts)
    notes = dict.fromkeys(note for imported in imports for note in imported.notes)
    return recorded, tuple(notes)
