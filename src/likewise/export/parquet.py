"""A Parquet table, one row an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.export._columns import schema_of, table_blocks
from likewise.export.base import Dataset


@dataclass(frozen=True)
class Parquet:
    """A table ``NAME.parquet``."""

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        schema = schema_of(dataset)
        with pq.ParquetWriter(folder / f"{dataset.stem}.parquet", schema) as writer:
            for _, block in table_blocks(dataset, schema):
                writer.write_table(pa.Table.from_pylist(block, schema=schema))
