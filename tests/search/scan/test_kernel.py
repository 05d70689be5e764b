from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from likewise.search.scan.kernel import (
    Codes8,
    Product,
    numkong,
    numkong_product,
    numpy_product,
    product_with,
    quantise,
    widen,
)


def by_numkong(queries: Codes8) -> Product:
    library = numkong()
    if library is None:
        pytest.skip("numkong cannot be loaded here")
    return numkong_product(library, queries)


@pytest.fixture(params=[by_numkong, numpy_product], ids=["numkong", "numpy"])
def make(request: pytest.FixtureRequest) -> Callable[[Codes8], Product]:
    chosen: Callable[[Codes8], Product] = request.param
    return chosen


@pytest.mark.parametrize("queries", [1, 2, 3, 8, 33])
@pytest.mark.parametrize("dim", [1, 3, 63, 64, 65, 512, 1280])
def test_agrees_with_integers(make: Callable[[Codes8], Product], queries: int, dim: int) -> None:
    random = np.random.default_rng(dim)
    for rows in (1, 2, 31, 100):
        a = random.integers(-127, 128, (queries, dim), dtype=np.int8)
        b = random.integers(-127, 128, (rows, dim), dtype=np.int8)
        answer = make(a)(b)
        assert answer.dtype == np.float32
        assert answer.flags.c_contiguous
        np.testing.assert_allclose(answer, a.astype(np.int64) @ b.astype(np.int64).T, rtol=1e-6)


@pytest.mark.parametrize("queries", [1, 5])
def test_does_not_overflow(make: Callable[[Codes8], Product], queries: int) -> None:
    dim = 4096
    lowest = np.full((queries, dim), -128, dtype=np.int8)
    assert (make(lowest)(lowest[:1]) == 128 * 128 * dim).all()
    assert (make(lowest)(np.full((1, dim), 127, np.int8)) == -128 * 127 * dim).all()


@pytest.mark.parametrize("queries", [1, 5])
def test_agrees_in_threads(make: Callable[[Codes8], Product], queries: int) -> None:
    random = np.random.default_rng(0)
    a = random.integers(-127, 128, (queries, 512), dtype=np.int8)
    b = random.integers(-127, 128, (4000, 512), dtype=np.int8)
    b.flags.writeable = False
    product = make(a)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda start: product(b[start : start + 500]), range(0, 4000, 500)))
    assert (np.concatenate(parts, axis=1) == a.astype(np.int64) @ b.astype(np.int64).T).all()


def test_products_of_codes_are_close_to_products_of_vectors() -> None:
    random = np.random.default_rng(0)
    a, b = random.standard_normal((3, 512)), random.standard_normal((200, 512))
    (codes_a, scales_a), (codes_b, scales_b) = (quantise(x.astype(np.float32)) for x in (a, b))
    answer = product_with(codes_a)(codes_b) * scales_a[:, None] * scales_b
    assert np.abs(answer - a @ b.T).max() < 0.05 * np.sqrt(512)
    assert np.corrcoef(answer.ravel(), (a @ b.T).ravel())[0, 1] > 0.9999


@given(arrays(np.float32, (4, 7), elements=st.floats(-1000, 1000, width=32)))
def test_codes_are_off_by_half_a_step_at_most(rows: NDArray[np.float32]) -> None:
    codes, scales = quantise(rows)
    assert codes.dtype == np.int8
    assert scales.dtype == np.float32
    assert codes.min(initial=0) >= -127
    error = np.abs(codes * scales[:, None] - rows)
    assert (error <= 0.501 * scales[:, None] + 1e-30).all()


def test_a_row_of_zeros_stays_zeros() -> None:
    codes, scales = quantise(np.zeros((1, 3), dtype=np.float32))
    assert (codes.tolist(), scales.tolist()) == ([[0, 0, 0]], [0.0])


def test_widens_every_float16() -> None:
    patterns = np.arange(2**16, dtype=np.uint16).view(np.float16)
    every = patterns[np.isfinite(patterns)].reshape(2, -1)
    assert (widen(every) == every.astype(np.float32)).all()
    assert (widen(every[:, ::3]) == every[:, ::3].astype(np.float32)).all()
    assert widen(every[:0]).shape == (0, every.shape[1])
