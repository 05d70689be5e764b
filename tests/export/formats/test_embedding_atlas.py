from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_datasets import dataset_of, odd_dataset, odd_rows
from PIL import Image

from likewise.errors import BadInputError
from likewise.export.formats.embedding_atlas import EmbeddingAtlas


def test_vectors_points_and_pictures_are_of_the_same_row(tmp_path: Path) -> None:
    dataset = odd_dataset(tmp_path / "photos")
    (tmp_path / "out").mkdir()
    EmbeddingAtlas().write(dataset, tmp_path / "out")
    rows = pq.read_table(tmp_path / "out" / "barn.parquet").to_pylist()
    assert [row["id"] for row in rows] == [row.id for row in dataset.rows]
    vectors = np.array([row["vector"] for row in rows], np.float32)
    assert np.array_equal(vectors, dataset.vectors([row["id"] for row in rows]))
    for row in rows:
        with Image.open(io.BytesIO(row["image"]["bytes"])) as image:
            assert image.size == (32, 24)
    points = np.array([[row["projection_x"], row["projection_y"]] for row in rows])
    apart = vectors - vectors.mean(axis=0)
    widest = np.linalg.svd(apart)[2][:2]
    assert np.allclose(np.abs(points), np.abs(apart @ widest.T), atol=1e-5)


def test_vectors_and_pictures_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    exporter = EmbeddingAtlas(vectors=False, images=False)
    exporter.write(odd_dataset(tmp_path / "photos"), tmp_path / "out")
    names = set(pq.read_schema(tmp_path / "out" / "barn.parquet").names)
    assert not names & {"vector", "image"}
    assert names >= {"projection_x", "projection_y", "label", "score"}


def test_a_column_of_the_same_name_is_told(tmp_path: Path) -> None:
    rows = odd_rows(tmp_path / "photos")
    object.__setattr__(rows[3], "metadata", {"vector": "v"})
    with pytest.raises(BadInputError, match="'vector'"):
        EmbeddingAtlas().write(dataset_of(rows), tmp_path)
