"""Fits run in one BLAS thread, and leave the process as they found it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import ThreadpoolController

from likewise.rules._threads import one_blas_thread


def blas_threads() -> set[int]:
    blas = ThreadpoolController().select(user_api="blas")
    return {int(library["num_threads"]) for library in blas.info()}


def test_one_thread_inside_and_as_before_outside() -> None:
    with ThreadpoolController().limit(limits=2, user_api="blas"):
        with one_blas_thread():
            assert blas_threads() == {1}
            with one_blas_thread():
                assert blas_threads() == {1}
            assert blas_threads() == {1}
        assert blas_threads() == {2}


def test_threads_that_fit_at_the_same_time_leave_it_as_it_was() -> None:
    before = blas_threads()

    def fit(_: int) -> set[int]:
        with one_blas_thread():
            return blas_threads()

    with ThreadPoolExecutor(4) as pool:
        assert all(seen == {1} for seen in pool.map(fit, range(40)))
    assert blas_threads() == before
