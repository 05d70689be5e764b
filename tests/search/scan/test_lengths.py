from pathlib import Path

import numpy as np
import pytest

from likewise.core.space import Space, centred_space, plain_space
from likewise.core.vectors import unit
from likewise.search.scan.files import Files
from likewise.search.scan.lengths import InverseLengths

DIM = 64


def filled(folder: Path, rows: int = 500, common: float = 1.0) -> Files:
    files = Files(folder, DIM, "demo")
    random = np.random.default_rng(0)
    x = unit(random.standard_normal((rows, DIM)) + common * np.sqrt(DIM) * np.eye(DIM)[0])
    files.append([("a", rows)], [x.astype(np.float16)])
    return files


def spaces(files: Files) -> dict[str, Space]:
    x = files.rows.vectors.astype(np.float32)
    mean = centred_space("demo", x).mean
    projection = np.linalg.qr(np.random.default_rng(1).standard_normal((DIM, 8)))[0]
    return {
        "plain": plain_space("demo", DIM),
        "centred": centred_space("demo", x),
        "projected": Space("demo", mean, projection.astype(np.float32)),
    }


@pytest.mark.parametrize("name", ["plain", "centred", "projected"])
def test_is_one_over_the_spaces_own_length(tmp_path: Path, name: str) -> None:
    files = filled(tmp_path)
    space = spaces(files)[name]
    expected = 1 / space.lengths(unit(files.rows.vectors.astype(np.float32)))
    answer = InverseLengths().of(files.rows, space)
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, expected, rtol=0.01)


def test_is_finite_for_a_row_that_is_the_mean(tmp_path: Path) -> None:
    files = Files(tmp_path, 2, "demo")
    files.append([("a", 1)], [np.array([[1.0, 0.0]], np.float16)])
    space = Space("demo", np.array([1.0, 0.0], np.float32))
    assert np.isfinite(InverseLengths().of(files.rows, space)).all()


def test_is_kept_and_grows_with_the_rows(tmp_path: Path) -> None:
    files = filled(tmp_path)
    space = spaces(files)["centred"]
    lengths = InverseLengths()
    before = files.rows
    first = lengths.of(before, space)
    assert lengths.of(before, space).base is first.base
    files.append([("b", 3)], [before.vectors[:3]])
    grown = lengths.of(files.rows, space)
    np.testing.assert_array_equal(grown, np.concatenate([first, first[:3]]))
    np.testing.assert_array_equal(lengths.of(before, space), first)
    files.clear()
    files.append([("c", 2)], [before.vectors[5:7]])
    np.testing.assert_allclose(lengths.of(files.rows, space), first[5:7])


def test_keeps_only_the_spaces_used_last(tmp_path: Path) -> None:
    files = filled(tmp_path)
    lengths = InverseLengths()
    for shift in range(10):
        lengths.of(files.rows, Space("demo", np.full(DIM, shift / 100, np.float32)))
    assert len(lengths._cache) == 4
