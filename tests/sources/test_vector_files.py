from __future__ import annotations

from pathlib import Path

import lance
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import BadInputError, CorruptError, NotFoundError
from likewise.sources._vector_files import VectorFile, open_vectors

SQUARE = np.array([[1, 0], [0, 2], [-3, 0], [0, -4]], np.float32)
NAMES = ["east/a.jpg", "north/b.jpg", "west/c.jpg", "south/d.jpg"]


def read(file: VectorFile, block: int = 3) -> tuple[list[str], np.ndarray]:
    blocks = list(file.rows(block))
    ids = [item for rows in blocks for item in rows.ids]
    return ids, np.concatenate([rows.vectors for rows in blocks])


def npy(folder: Path, rows: np.ndarray = SQUARE, names: list[str] | None = None) -> VectorFile:
    np.save(folder / "v.npy", rows)
    (folder / "ids.txt").write_text("\n".join(NAMES if names is None else names) + "\n")
    return open_vectors(folder / "v.npy", folder / "ids.txt")


def columns(kind: str = "list") -> pa.Table:
    values = pa.array(SQUARE.reshape(-1))
    fixed = pa.FixedSizeListArray.from_arrays(values, 2)
    vectors = fixed.cast(pa.list_(pa.float32())) if kind == "list" else fixed
    return pa.table(
        {"id": NAMES, "vector": vectors, "url": [f"http://x/{i}" for i in range(4)], "n": range(4)}
    )


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_npy_with_ids(tmp_path: Path, dtype: type) -> None:
    file = npy(tmp_path, SQUARE.astype(dtype))
    ids, vectors = read(file)
    assert (file.count, file.dim, ids) == (4, 2, NAMES)
    np.testing.assert_array_equal(vectors, SQUARE)
    np.save(tmp_path / "ids.npy", np.array(NAMES))
    assert read(open_vectors(tmp_path / "v.npy", tmp_path / "ids.npy"))[0] == NAMES
    np.save(tmp_path / "ids.npy", np.array([name.encode() for name in NAMES]))
    assert read(open_vectors(tmp_path / "v.npy", tmp_path / "ids.npy"))[0] == NAMES
    np.save(tmp_path / "ids.npy", np.array([b"\xff"] * len(NAMES)))
    with pytest.raises(BadInputError, match="bytes that are not UTF-8"):
        read(open_vectors(tmp_path / "v.npy", tmp_path / "ids.npy"))
    (tmp_path / "ids.txt").write_bytes("\ufeff".encode() + "\r\n".join(NAMES).encode())
    assert read(open_vectors(tmp_path / "v.npy", tmp_path / "ids.txt"))[0] == NAMES


@pytest.mark.parametrize("kind", ["list", "fixed"])
def test_parquet_and_lance(tmp_path: Path, kind: str) -> None:
    pq.write_table(columns(kind), tmp_path / "v.parquet", row_group_size=3)
    lance.write_dataset(columns("fixed"), tmp_path / "v.lance")
    for name in ("v.parquet", "v.lance"):
        file = open_vectors(tmp_path / name)
        ids, vectors = read(file)
        assert (file.count, file.dim, ids) == (4, 2, NAMES)
        np.testing.assert_array_equal(vectors, SQUARE)
        (rows,) = file.rows(100)
        assert rows.uris[3] == "http://x/3"
        assert rows.metadata[3] == {"n": 3}


def test_a_clip_retrieval_folder_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    (tmp_path / "img_emb").mkdir()
    (tmp_path / "metadata").mkdir()
    for number, part in ((10, slice(3, 4)), (2, slice(0, 3))):
        np.save(tmp_path / "img_emb" / f"img_emb_{number}.npy", SQUARE[part])
        table = pa.table({"image_path": NAMES[part], "caption": ["words"] * len(NAMES[part])})
        pq.write_table(table, tmp_path / "metadata" / f"metadata_{number}.parquet")
    file = open_vectors(tmp_path)
    ids, vectors = read(file, block=2)
    assert ids == NAMES
    np.testing.assert_array_equal(vectors, SQUARE)
    assert next(file.rows(9)).metadata[0] == {"caption": "words"}
    (tmp_path / "metadata" / "metadata_2.parquet").unlink()
    with pytest.raises(BadInputError, match="part 2 has only one of the two"):
        open_vectors(tmp_path)


@given(st.integers(1, 6))
def test_blocks_of_any_size_hold_the_same(tmp_path_factory: pytest.TempPathFactory, n: int) -> None:
    ids, vectors = read(npy(tmp_path_factory.mktemp("v")), block=n)
    assert ids == NAMES
    np.testing.assert_array_equal(vectors, SQUARE)


def test_unusable_vectors_are_told_by_row(tmp_path: Path) -> None:
    bad = SQUARE.copy()
    bad[1, 0], bad[2, 1], bad[3] = np.nan, np.inf, 0
    (rows,) = npy(tmp_path, bad).rows(10)
    assert rows.bad == {1: "is NaN", 2: "is infinite", 3: "is zero"}
    ragged = pa.table({"id": NAMES, "vector": [[1.0, 0.0], [1.0], None, [0.0, 1.0]]})
    pq.write_table(ragged, tmp_path / "v.parquet")
    (rows,) = open_vectors(tmp_path / "v.parquet").rows(10)
    assert rows.bad == {
        1: "has 1 columns where 2 are wanted",
        2: "has 0 columns where 2 are wanted",
    }


def test_bad_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        open_vectors(tmp_path / "none.npy")
    np.save(tmp_path / "v.npy", SQUARE)
    with pytest.raises(BadInputError, match="give them with --ids"):
        list(open_vectors(tmp_path / "v.npy").rows(9))
    with pytest.raises(BadInputError, match="4 rows and there are 2 ids"):
        list(npy(tmp_path, names=NAMES[:2]).rows(9))
    np.save(tmp_path / "flat.npy", SQUARE[0])
    with pytest.raises(BadInputError, match=r"shape \(2,\)"):
        open_vectors(tmp_path / "flat.npy")
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(CorruptError, match="not a whole .npy"):
        open_vectors(tmp_path / "objects.npy")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(CorruptError, match="cannot be read"):
        open_vectors(tmp_path / "cut.parquet")
    (tmp_path / "v.csv").write_text("a,b")
    with pytest.raises(BadInputError, match="no file of vectors by its name"):
        open_vectors(tmp_path / "v.csv")
    two = columns().append_column("vector_b", columns().column("vector")).drop_columns(["vector"])
    two = two.append_column("vector_c", columns().column("vector"))
    pq.write_table(two, tmp_path / "two.parquet")
    with pytest.raises(BadInputError, match="vector_b, vector_c"):
        open_vectors(tmp_path / "two.parquet")
    assert open_vectors(tmp_path / "two.parquet", vector_column="vector_c").dim == 2
    pq.write_table(columns().rename_columns(["a", "vector", "b", "c"]), tmp_path / "anon.parquet")
    with pytest.raises(BadInputError, match="no column of ids"):
        list(open_vectors(tmp_path / "anon.parquet").rows(9))
    assert read(open_vectors(tmp_path / "anon.parquet", id_column="a"))[0] == NAMES
