"""Classes of items from a file of ids and labels, matched with a workspace, and what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.concepts.label_rows import rows_of_labels
from likewise.concepts.spellings import alike, note_of
from likewise.errors import BadInputError, NotFoundError
from likewise.workspace import Workspace

ID_COLUMNS = (
    "id", "item", "item_id", "path", "file", "file_name", "filename", "image", "image_path",
)  # fmt: skip
"""Names of the column of ids: a first line that has one of them is a header."""

LABEL_COLUMNS = ("label", "class", "category")
"""Names of the column of labels; failing these, it is the first other column."""

_SAYING = "an id and a label are wanted, with a comma between"


@dataclass(frozen=True)
class ClassLabels:
    """What a file says of the items of a workspace.

    Attributes:
        path: the file.
        classes: class by item id.
        rows: how many rows of the file have a label.
        unknown: ids of the file that no item has, in its order.
        unlabelled: how many rows have an id and no label.
    """

    path: Path
    classes: Mapping[str, str]
    rows: int
    unknown: tuple[str, ...] = ()
    unlabelled: int = 0

    def notes(self) -> tuple[str, ...]:
        """What was left out, in sentences."""
        notes = []
        if self.unknown:
            notes.append(
                f"{len(self.unknown)} of {self.rows} ids of {self.path} are not in the workspace, "
                f"the first is '{self.unknown[0]}'; their labels are left out"
            )
        if self.unlabelled:
            notes.append(f"{self.unlabelled} rows of {self.path} have no label")
        groups = alike(Counter(self.classes.values()))
        notes += note_of(groups, f"in {self.path} each is a class of its own")
        return tuple(notes)

    def to_json(self) -> dict[str, Any]:
        """The counts, in JSON's types."""
        return {
            "file": str(self.path),
            "rows": self.rows,
            "items": len(self.classes),
            "unknown": len(self.unknown),
            "first_unknown": self.unknown[0] if self.unknown else None,
            "without_label": self.unlabelled,
            "alike": alike(Counter(self.classes.values())),
        }


def read_class_labels(workspace: Workspace, path: Path) -> ClassLabels:
    """The classes that a file gives to items of a workspace.

    Args:
        workspace: where the items are.
        path: CSV, TSV or JSON lines with a column of ids (`ID_COLUMNS`) and one of labels
            (`LABEL_COLUMNS`); CSV without a header has the id first and the label second. Rows
            may come twice as long as they say the same.

    Raises:
        NotFoundError: there is no such file, or no item has one of its ids.
        BadInputError: a row without an id or a label, or two labels for one item.
    """
    pairs, unlabelled = _pairs(path)
    if not pairs:
        raise BadInputError(f"{path} has no label, so nothing is labelled; {_SAYING}")
    items = workspace.collection.resolve(list(pairs))
    spaced = {name: name.strip() for name in pairs if name not in items}
    stripped = workspace.collection.resolve(list(spaced.values()))
    items.update((raw, stripped[name]) for raw, name in spaced.items() if name in stripped)
    unknown = tuple(name for name in pairs if name not in items)
    if not items:
        present = ", such as '{}'".format(*workspace.collection.sample(1) or ("",))
        raise NotFoundError(
            f"none of the {len(pairs)} ids of {path} is in {workspace.path.name}, the first is "
            f"'{unknown[0]}'; give the ids that it has{present}"
        )
    labels_of: dict[str, dict[str, None]] = {}
    for name, item in items.items():
        labels_of.setdefault(item, {}).update(pairs[name])
    several = [item for item, labels in labels_of.items() if len(labels) > 1]
    if several:
        first, second, *_ = labels_of[several[0]]
        raise BadInputError(
            f"{len(several)} id(s) of {path} have several labels, such as '{several[0]}': "
            f"'{first}' and '{second}'; keep one label for each id"
        )
    classes = {item: next(iter(labels)) for item, labels in labels_of.items()}
    return ClassLabels(path, classes, len(pairs), unknown, unlabelled)


def _pairs(path: Path) -> tuple[dict[str, dict[str, None]], int]:
    """The labels of each id, in the file's order, and how many rows have none."""
    found: dict[str, dict[str, None]] = {}
    unlabelled = 0
    names, rows = rows_of_labels(path, ID_COLUMNS, ("id", "label"))
    ids, labels = _columns(path, names) if rows else ("", "")
    for number, row in rows:
        item, label = row.get(ids), row.get(labels)
        if item in (None, "") or label is None:
            cells = (str(cell) for cell in row.values() if cell is not None)
            raise BadInputError(f"line {number} of {path} is '{','.join(cells)}'; {_SAYING}")
        name = str(label).strip()
        if name:
            found.setdefault(str(item), {})[name] = None
        else:
            unlabelled += 1
    return found, unlabelled


def _columns(path: Path, names: list[str]) -> tuple[str, str]:
    columns = {name.strip().lower(): name for name in names}
    ids = next((columns[name] for name in ID_COLUMNS if name in columns), None)
    others = [name for name in names if name != ids]
    label = next((columns[name] for name in LABEL_COLUMNS if name in columns), *others[:1] or ("",))
    if ids is None or not label:
        raise BadInputError(
            f"{path} has the columns {', '.join(map(str, names)) or 'none'}; a column of ids "
            f"({', '.join(ID_COLUMNS[:4])} ...) and one of labels are wanted"
        )
    return ids, label
