"""Label sets with all answers about their classes in one JSON file, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from likewise.concepts.label_files import label_row
from likewise.core.escaping import json_text
from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError
from likewise.label_sets.making import add_classes
from likewise.workspace import Workspace
from likewise.workspace.label import Label

_KEY = "label_sets"


def write_sets(label_sets: Sequence[LabelSet], labels: Iterable[Label], to: TextIO) -> None:
    """Write one JSON document: the sets, and labels with all that is known of each.

    `likewise.concepts.label_files.read_labels` reads the labels of it, `read_sets` the sets.
    """
    document = {
        _KEY: [label_set.to_json() for label_set in label_sets],
        "labels": [label_row(label) for label in labels],
    }
    to.write(json_text(document, indent=1) + "\n")


def read_sets(path: Path) -> list[LabelSet]:
    """The label sets of a file of labels; none unless it is JSON that has some.

    The file was read as labels before, so it is there and is JSON by its ending.

    Raises:
        BadInputError: what stands for a set is none.
    """
    if path.suffix.lower() != ".json":
        return []
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    rows = document.get(_KEY, []) if isinstance(document, dict) else []
    if not isinstance(rows, list):
        raise BadInputError(f"'{_KEY}' of {path} is no list; give the file as it was exported")
    return [LabelSet.from_json(row) for row in rows]


def import_sets(
    workspace: Workspace, label_sets: Iterable[LabelSet], dry_run: bool = False
) -> tuple[str, ...]:
    """Make the sets that are not there, and add to others the classes that they lack.

    Returns:
        Names of the sets that were made or got classes.

    Raises:
        BadInputError: a set that is there is of the other kind; nothing was changed.
    """
    existing = {found.name: found for found in workspace.label_sets.all()}
    changed = []
    for new in label_sets:
        before = existing.get(new.name)
        if before is None:
            changed.append(new)
        elif before.kind != new.kind:
            raise BadInputError(
                f"the label set '{new.name}' is {before.kind} here and {new.kind} in the file; "
                "rename one of them"
            )
        elif set(new.classes) - set(before.classes):
            changed.append(before.adding(new.classes))
    for label_set in () if dry_run else changed:
        add_classes(workspace, label_set)
        workspace.label_sets.save(label_set)
    return tuple(label_set.name for label_set in changed)
