"""A CSV table, one line an image."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from likewise.csv_cells import marked
from likewise.export._columns import schema_of, table_blocks
from likewise.export.base import Dataset


@dataclass(frozen=True)
class Csv:
    """A table ``NAME.csv``; text that a spreadsheet would run as a formula gets ``'`` before it."""

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        schema = schema_of(dataset)
        with (folder / f"{dataset.stem}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(map(marked, schema.names))
            for _, block in table_blocks(dataset, schema):
                writer.writerows([marked(row.get(name)) for name in schema.names] for row in block)
