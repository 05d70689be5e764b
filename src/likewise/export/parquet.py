"""A Parquet table, one row an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from likewise.export.base import Row

_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("path", pa.string()),
        ("label", pa.string()),
        ("decided_by", pa.string()),
        ("score", pa.float32()),
        ("probability", pa.float32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("digest", pa.string()),
    ]
)


@dataclass(frozen=True)
class Parquet:
    """Writes ``NAME.parquet``."""

    def write(self, rows: Sequence[Row], folder: Path, name: str) -> None:
        """Write the rows; see `likewise.export.base.Exporter`."""
        table = pa.Table.from_pylist([row.to_json() for row in rows], schema=_SCHEMA)
        pq.write_table(table, folder / f"{name}.parquet")
