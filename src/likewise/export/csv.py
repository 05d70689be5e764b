"""A CSV table, one line an image."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from likewise.export.base import COLUMNS, Row

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Csv:
    """Writes ``NAME.csv``; text that a spreadsheet would run as a formula gets ``'`` before it."""

    def write(self, rows: Sequence[Row], folder: Path, name: str) -> None:
        """Write the rows; see `likewise.export.base.Exporter`."""
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(
                {key: safe_cell(value) for key, value in row.to_json().items()} for row in rows
            )


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula, made harmless; anything else as it is.

    Example:
        >>> safe_cell("=1+1"), safe_cell(-0.5)
        ("'=1+1", -0.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
