"""Labels as CSV, JSON lines or JSON: all the log knows of each, or only an item and a verdict."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from likewise.concepts.label_rows import rows_of_labels
from likewise.core.escaping import cell, json_text
from likewise.errors import BadInputError, LikewiseError, command_line
from likewise.workspace.label import COLUMNS, Label, Undo

FIELDS = (
    "concept", "item", "verdict", "who", "at", "source", "rule", "score", "digest", "event",
    "action", "undone_by", "undone_at", "undone_event",
)  # fmt: skip
"""The columns of a file of labels, one label a line."""


def label_row(label: Label) -> dict[str, Any]:
    """A label as a flat dictionary of `FIELDS`."""
    undone = label.undone or Undo("", "", "")
    row = {name: getattr(label, name) for name in COLUMNS}
    row.update(undone_by=undone.who, undone_at=undone.at, undone_event=undone.event)
    return {name: row[name] for name in FIELDS}


def write_labels(labels: Iterable[Label], to: TextIO, kind: str) -> None:
    """Write labels with all that is known of each, as "csv" or "jsonl".

    In CSV, text that a spreadsheet would run as a formula gets ``'`` before it, and control
    characters are escaped; `read_labels` undoes both.
    """
    if kind == "jsonl":
        for label in labels:
            to.write(json_text(label_row(label)) + "\n")
        return
    writer = csv.DictWriter(to, FIELDS)
    writer.writeheader()
    for label in labels:
        writer.writerow({key: cell(value) for key, value in label_row(label).items()})


def read_labels(path: Path) -> list[Label] | list[tuple[str, str]]:
    """Read a file of labels.

    Args:
        path: CSV; JSON lines when its name ends in .jsonl; when it ends in .json, what a page
            of `likewise review --to` gave back. A byte order mark and any line ends will do.

    Returns:
        Labels, when the file has a column `event` (it was exported); else pairs of item and
        verdict, from the columns `item` (or `id`) and `verdict`.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: a column is missing, or a line does not say what it should.
    """
    rows = _rows(path)
    if rows and "event" in rows[0][1]:
        return [_label(path, number, row) for number, row in rows]
    return [
        (str(row.get("item", row.get("id")) or ""), str(row["verdict"] or "").strip().lower())
        for _, row in rows
    ]


def read_verdicts(path: Path) -> list[tuple[str, str]]:
    """Read pairs of item and verdict.

    Raises:
        NotFoundError, BadInputError: see `read_labels`; the file is an export of labels.
    """
    found = read_labels(path)
    pairs = [pair for pair in found if not isinstance(pair, Label)]
    if len(pairs) < len(found):
        raise BadInputError(
            f"{path} is an export of labels, with people and times of its own; take it in with: "
            f"{command_line('labels', 'import', path)}"
        )
    return pairs


def _rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """The lines of a file with their numbers."""
    columns, rows = rows_of_labels(path)
    if path.suffix.lower() not in (".json", ".jsonl", ".ndjson"):
        _check_columns(path, columns)
    for _, row in rows:
        _check_columns(path, list(row))
    return rows


def _check_columns(path: Path, names: Sequence[str]) -> None:
    if "verdict" not in names or not {"id", "item"} & set(names):
        raise BadInputError(
            f"{path} has the columns {', '.join(map(str, names)) or 'none'}; 'id' and 'verdict' "
            "are wanted, or what likewise labels export writes"
        )


def _label(path: Path, number: int, row: dict[str, Any]) -> Label:
    try:
        undone = None
        if row.get("undone_event"):
            undone = Undo(row["undone_event"], row["undone_by"], row["undone_at"])
        text = {name: str(row[name] or "") for name in COLUMNS if name not in ("rule", "score")}
        if not (text["event"] and text["concept"] and text["item"]):
            raise BadInputError("a label has an event, a concept and an item")
        return Label(
            **text,  # type: ignore[arg-type]
            rule=None if row["rule"] in ("", None) else int(row["rule"]),
            score=None if row["score"] in ("", None) else float(row["score"]),
            undone=undone,
        )
    except KeyError as error:
        raise BadInputError(
            f"{path}, line {number}: the column {error} is missing; give the file as "
            "likewise labels export wrote it, or only the columns id and verdict"
        ) from error
    except (ValueError, LikewiseError) as error:
        raise BadInputError(f"{path}, line {number}: {error}") from error
