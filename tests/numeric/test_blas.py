"""BLAS keeps to one thread while something is fitted, and has its own count again afterwards."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from threadpoolctl import ThreadpoolController
from waiting import LIMIT

from likewise.numeric.blas import single_blas_thread


def blas_threads() -> set[int]:
    """Of each library but those on OpenMP, where the count is of each thread: faiss brings one."""
    blas = ThreadpoolController().select(user_api="blas").info()
    return {int(one["num_threads"]) for one in blas if one.get("threading_layer") != "openmp"}


def test_one_thread_inside_and_as_before_outside() -> None:
    before = blas_threads()
    with single_blas_thread():
        assert blas_threads() == {1}
        with single_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_a_fit_does_not_wait_for_another() -> None:
    before = blas_threads()
    with ThreadPoolExecutor(1) as pool, single_blas_thread():
        pool.submit(_fit).result(timeout=LIMIT)
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_the_last_of_two_fits_puts_back_what_was_before() -> None:
    before = blas_threads()
    with ThreadPoolExecutor(1) as pool:
        with single_blas_thread():
            entered, leave = Event(), Event()
            other = pool.submit(_fit, entered, leave)
            entered.wait(LIMIT)
        assert blas_threads() == {1}  # the other goes on
        leave.set()
        assert other.result(timeout=LIMIT) == {1}
    assert blas_threads() == before


def _fit(entered: Event | None = None, leave: Event | None = None) -> set[int]:
    with single_blas_thread():
        if entered is not None:
            entered.set()
        if leave is not None:
            leave.wait(LIMIT)
        return blas_threads()


def test_threads_that_fit_at_the_same_time_leave_it_as_it_was() -> None:
    before = blas_threads()

    with ThreadPoolExecutor(4) as pool:
        assert all(seen.result() == {1} for seen in [pool.submit(_fit) for _ in range(40)])
    assert blas_threads() == before


def test_without_fork_the_module_is_imported() -> None:
    code = "import os; del os.register_at_fork, os.sched_getaffinity\nimport likewise.numeric.blas"
    subprocess.run([sys.executable, "-c", code], check=True)
