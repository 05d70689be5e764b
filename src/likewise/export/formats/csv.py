"""A CSV table, one line an image."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from likewise.core.escaping import marked
from likewise.export.base import Dataset
from likewise.export.formats._columns import Columns


@dataclass(frozen=True)
class Csv:
    """A table ``NAME.csv``; text that a spreadsheet would run as a formula gets ``'`` before it."""

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        columns = Columns(dataset)
        with (folder / f"{dataset.stem}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(map(marked, columns.names))
            for row in dataset.rows:
                cells = columns.cells(row).values()
                writer.writerow(
                    marked(json.dumps(cell) if isinstance(cell, list) else cell) for cell in cells
                )
