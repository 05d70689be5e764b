"""A Parquet table with vectors, points and pictures, as Embedding Atlas opens it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from likewise.errors import BadInputError
from likewise.export.base import Dataset, Row
from likewise.export.formats._columns import Columns
from likewise.export.formats._images import image_bytes
from likewise.maps.base import Projector, principal_axes
from likewise.registry import part

_SAMPLE = 10_000
_BLOCK = 256  # rows in memory at a time, with their pictures
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_ADDED = ("projection_x", "projection_y", "vector", "image")


@dataclass(frozen=True)
class EmbeddingAtlas:
    """For Embedding Atlas: ``NAME.parquet`` with vectors, a projection to two dimensions, pictures.

    Attributes:
        projection: "pca", or "tsne" or "umap" where that extra is installed.
        vectors: whether to write the vectors.
        images: whether to write the image files' bytes, for the pictures in its tooltips.
    """

    projection: str = "pca"
    vectors: bool = True
    images: bool = True

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        columns = Columns(dataset)
        taken = sorted(set(columns.names) & set(_ADDED))
        if taken:
            raise BadInputError(
                f"the metadata has a column '{taken[0]}', which this format uses itself; rename it"
            )
        points = self._points(dataset)
        schema = self._schema(dataset, columns)
        done = 0
        with pq.ParquetWriter(folder / f"{dataset.stem}.parquet", schema) as writer:
            for block in _blocks(dataset):
                near = points[done : done + len(block)]
                writer.write_table(self._table(block, dataset, columns, near, schema))
                done += len(block)

    def _points(self, dataset: Dataset) -> NDArray[np.float32]:
        """Where each row is on the map, (n, 2); 50 numbers a row are held on the way."""
        projector: Projector = part("project", self.projection)()
        chosen = np.random.default_rng(0).permutation(len(dataset.rows))[:_SAMPLE]
        ids = [row.id for row in dataset.rows]
        mean, axes = principal_axes(dataset.vectors([ids[index] for index in np.sort(chosen)]))
        components = [
            (dataset.vectors(ids[start : start + _BLOCK]) - mean) @ axes.T
            for start in range(0, len(ids), _BLOCK)
        ]
        points = projector.place(np.concatenate(components), lambda done, total: None)
        return np.asarray(points, np.float32)

    def _schema(self, dataset: Dataset, columns: Columns) -> pa.Schema:
        fields = [*columns.schema]
        fields += [pa.field(name, pa.float32()) for name in ("projection_x", "projection_y")]
        if self.vectors:
            dim = dataset.vectors([next(iter(dataset.rows)).id]).shape[1]
            fields.append(pa.field("vector", pa.list_(pa.float32(), dim)))
        if self.images:
            fields.append(pa.field("image", _IMAGE))
        return pa.schema(fields)

    def _table(
        self,
        block: Sequence[Row],
        dataset: Dataset,
        columns: Columns,
        points: NDArray[np.float32],
        schema: pa.Schema,
    ) -> pa.Table:
        cells = [columns.cells(row) for row in block]
        arrays = {
            field.name: pa.array([cell[field.name] for cell in cells], field.type)
            for field in columns.schema
        }
        arrays |= {"projection_x": points[:, 0], "projection_y": points[:, 1]}
        if self.vectors:
            rows = np.ascontiguousarray(dataset.vectors([row.id for row in block]))
            arrays["vector"] = pa.FixedSizeListArray.from_arrays(rows.ravel(), rows.shape[1])
        if self.images:
            pictures = [{"bytes": image_bytes(row)[0], "path": None} for row in block]
            arrays["image"] = pa.array(pictures, _IMAGE)
        return pa.table(arrays, schema=schema)


def _blocks(dataset: Dataset) -> Iterator[list[Row]]:
    rest = iter(dataset.rows)
    while block := list(islice(rest, _BLOCK)):
        yield block
