"""A Parquet table, one row an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from likewise.export.base import Dataset
from likewise.export.formats._columns import Columns


@dataclass(frozen=True)
class Parquet:
    """A table ``NAME.parquet``, metadata as columns of its own."""

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        columns = Columns(dataset)
        with pq.ParquetWriter(folder / f"{dataset.stem}.parquet", columns.schema) as writer:
            for table in columns.tables(dataset.rows):
                writer.write_table(table)
