"""The vectors of all images as a Parquet table, for databases that run a rule as SQL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from likewise.core.output_files import complete_file, refuse_to_overwrite
from likewise.core.progress import Progress
from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.workspace import Workspace


@dataclass(frozen=True)
class VectorsReport:
    """What was written.

    Attributes:
        path: the file.
        images: rows of the table: images, and parts of images where there are any.
        missing: images that were left out because their file is gone.
        dimensions: of each vector.
        encoder: fingerprint of what made the vectors.
    """

    path: Path
    images: int
    missing: int
    dimensions: int
    encoder: str

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {**vars(self), "path": str(self.path)}


def export_vectors(
    workspace: Workspace,
    path: str | os.PathLike[str],
    *,
    where: str | None = None,
    overwrite: bool = False,
    progress: Progress = lambda done, total: None,
) -> VectorsReport:
    """Write the id and the vector of every image, whole or not at all.

    The table has the columns ``id`` (text) and ``vector`` (a list of float32, of length 1), in the
    order of the store. Some thousands of rows are in memory at a time. Images whose file is
    missing are left out, as in a search.

    Args:
        workspace: where the images are.
        path: the Parquet file.
        where: a SQL condition on the items' columns.
        overwrite: whether a file that is there may be replaced.
        progress: told how many rows were written.

    Raises:
        BadInputError: the file is there, no image passes, or the condition cannot be used.
        StorageError: the disk refuses; nothing was left behind.
    """
    import pyarrow.parquet as pq

    target, collection = Path(path), workspace.collection
    refuse_to_overwrite(target, overwrite)
    gone = set(workspace.states.all("missing"))
    total = len(collection) if where is None else None
    written = missing = 0
    kind = pa.list_(pa.float32(), workspace.dim)
    schema = pa.schema(
        [pa.field("id", pa.string()), pa.field("vector", kind)],
        metadata={"encoder": workspace.fingerprint},
    )
    with complete_file(target) as part, pq.ParquetWriter(part, schema) as writer:
        for batch in collection.store.scan(["item_id", "vector"], where):
            ids = batch.column("item_id").to_pylist()
            vectors16 = np.asarray(batch.column("vector").flatten()).reshape(len(ids), -1)
            rows = [row for row, item in enumerate(ids) if item not in gone]
            missing += len(ids) - len(rows)
            values = pa.array(np.ascontiguousarray(unit(vectors16[rows]), np.float32).ravel())
            vectors = pa.FixedSizeListArray.from_arrays(values, type=kind)
            table = pa.table([pa.array([ids[row] for row in rows], pa.string()), vectors], schema)
            writer.write_table(table)
            written += len(rows)
            progress(written + missing, total)
        if not written:
            condition = f" passes the condition {where!r}" if where else " is indexed"
            raise BadInputError(f"no image{condition}, so there are no vectors to write")
    return VectorsReport(target, written, missing, workspace.dim, workspace.fingerprint)
