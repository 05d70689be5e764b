"""Patches on the disk, by the digest of their image."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.images.grid import Grid
from likewise.search.patches import PatchStore

DIM, EACH = 16, 6


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def digests(*numbers: int) -> list[str]:
    return [digest(number) for number in numbers]


def vectors(count: int, seed: int = 0) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((count * EACH, DIM))
    return unit(rows).reshape(count, EACH, DIM)


def opened(folder: Path, each: int = EACH) -> PatchStore:
    return PatchStore(folder, Grid((each,)), DIM, "demo")


def known(*numbers: int) -> pa.ChunkedArray:
    return pa.chunked_array([digests(*numbers)], pa.string())


def test_vectors_come_back_as_unit_rows_in_the_order_of_the_images(tmp_path: Path) -> None:
    x = vectors(5)
    store = opened(tmp_path)
    assert (len(store), store.have([digest(0)]).tolist()) == (0, [False])
    store.append(digests(0, 1, 2), x[:3])
    store.append(digests(3, 4), x[3:])
    for one in (store, opened(tmp_path)):
        assert len(one) == 5
        assert one.have(digests(4, 9, 0)).tolist() == [True, False, True]
        np.testing.assert_allclose(
            np.concatenate(list(one.blocks())), x.reshape(-1, DIM), atol=2e-3
        )
        view = one.codes.follow()
        assert len(view) == 5
        np.testing.assert_allclose(
            view.take(np.array([3, 0])), x[[3, 0]].reshape(-1, DIM), atol=2e-3
        )
        one_each = view.take_patches(np.array([3, 0, 3]), np.array([5, 0, 1]))
        np.testing.assert_allclose(one_each, x[[3, 0, 3], [5, 0, 1]], atol=2e-3)
        assert np.allclose(np.linalg.norm(one_each, axis=1), 1)


def test_an_image_that_comes_again_replaces_its_patches(tmp_path: Path) -> None:
    x = vectors(4)
    store = opened(tmp_path)
    store.append(digests(0, 1), x[:2])
    store.append(digests(0), x[3:])
    assert store.digests().to_pylist() == digests(1, 0)
    np.testing.assert_allclose(
        store.codes.follow().take(store.codes.follow().rows_of(np.array([1]))), x[3], atol=2e-3
    )


@pytest.mark.parametrize("gone", [1, 5])
def test_patches_of_nothing_are_dropped_once_they_are_many(tmp_path: Path, gone: int) -> None:
    store = opened(tmp_path)
    for number in range(10):
        store.append([digest(number)], vectors(1, number))
    store.keep_only(known(*range(gone, 10)))
    assert len(store) == (10 if gone == 1 else 5)
    view = store.codes.follow()
    for place, name in enumerate(store.digests().to_pylist()):
        number = digests(*range(10)).index(name)
        found = view.take(view.rows_of(np.array([place])))
        np.testing.assert_allclose(found, vectors(1, number)[0], atol=2e-3)


def test_many_small_files_are_joined(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(20):
        store.append([digest(number)], vectors(1, number))
    assert len(store.segments()) == 20
    store.keep_only(known(*range(20)))
    assert len(store.segments()) == 1
    assert store.segments()[0].rows == 20 * EACH


def test_what_is_left_of_another_grid_goes(tmp_path: Path) -> None:
    other, store = opened(tmp_path, 2), opened(tmp_path)
    other.append([digest(0)], vectors(1)[:, :2])
    other.write_codes()
    PatchStore(tmp_path, Grid((2,)), DIM, "demo-2").append([digest(0)], vectors(1)[:, :2])
    store.append([digest(0)], vectors(1))
    store.write_codes()
    store.drop_other_grids()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "demo-2.2.lance", "demo.6.lance", "demo.6.scan",
    ]  # fmt: skip
    store.remake_codes()
    assert len(store.codes.follow()) == 1


def test_vectors_that_are_no_vectors_are_refused(tmp_path: Path) -> None:
    x = vectors(2)
    x[1, 3, 2] = np.nan
    with pytest.raises(BadInputError, match="row 1 of the vectors"):
        opened(tmp_path).append(digests(0, 1), x)
    with pytest.raises(BadInputError, match="given twice"):
        opened(tmp_path).append(digests(0, 0), vectors(2))
    assert len(opened(tmp_path)) == 0
