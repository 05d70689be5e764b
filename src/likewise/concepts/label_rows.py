"""Rows of files that people or programs labelled: CSV, TSV, JSON lines or JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from likewise.core.escaping import read_cell
from likewise.core.regular_files import bounded_lines, bounded_text
from likewise.errors import BadInputError, NotFoundError


def rows_of_labels(
    path: Path, ids: Sequence[str] = (), headless: Sequence[str] = ()
) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    """The columns of a file, and its rows, each with the number of its last line.

    A byte order mark and any line ends will do. A cell of CSV is read as
    `likewise.core.escaping.cell` writes it.

    Args:
        path: CSV; TSV and JSON lines by their endings .tsv, .jsonl and .ndjson; a list in JSON,
            or what a page of `likewise review --to` gave back, by .json.
        ids: names of columns of which the first line of CSV has one where it is a header.
        headless: names of the columns of CSV without a header; empty where one is needed.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: it is not of those kinds.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            kind = path.suffix.lower()
            if kind in (".jsonl", ".ndjson"):
                rows = [
                    (n, json.loads(text))
                    for n, text in enumerate(bounded_lines(file), 1)
                    if text.strip()
                ]
            elif kind == ".json":
                rows = list(enumerate(_listed(json.loads(bounded_text(file))), 1))
            else:
                reader = csv.reader(bounded_lines(file), delimiter="\t" if kind == ".tsv" else ",")
                return _cells([(reader.line_num, line) for line in reader if line], ids, headless)
    except OSError as error:
        raise NotFoundError(
            f"{path} cannot be read ({error.strerror}); give a CSV file with columns id,label"
        ) from error
    except (ValueError, RecursionError, csv.Error) as error:
        raise BadInputError(
            f"{path} is not a CSV table, JSON lines or JSON in UTF-8 ({error}); save it again "
            "as CSV"
        ) from error
    if not all(isinstance(row, dict) for _, row in rows):
        raise BadInputError(
            f"{path} is not a list of labels (a line is not an object); save it again as CSV"
        )
    return list(rows[0][1]) if rows else [], rows


def _cells(
    lines: list[tuple[int, list[str]]], ids: Sequence[str], headless: Sequence[str]
) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    if not lines:
        return [], []
    first = lines[0][1]
    has_header = not headless or bool({cell.strip().lower() for cell in first} & set(ids))
    names = list(first if has_header else headless)
    rows = [
        (number, {**dict.fromkeys(names), **dict(zip(names, map(read_cell, line), strict=False))})
        for number, line in lines[int(has_header) :]
    ]
    return names, rows


def _listed(document: Any) -> list[Any]:
    """The rows of a JSON document: a list of them, or what a page gave back."""
    labels = document.get("labels") if isinstance(document, dict) else document
    if not isinstance(labels, list):
        raise ValueError("it holds no list of labels")
    return labels
