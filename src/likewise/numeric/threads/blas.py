"""One thread for the linear algebra of small fits."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = Lock()
_fits = 0  # that run now, in any thread
_limit: Any = None  # while there are some


@contextmanager
def single_blas_thread() -> Iterator[None]:
    """Keep BLAS from sharing out products.

    A fit is hundreds of products of a table with a few columns. Each takes about as long as
    it takes to wake another thread and to wait for it; on busy processors ten times as long.
    The setting is of the whole process: the first fit makes it and the last one that ends puts
    back what was before, so that a quick fit need not wait for a long one beside it.
    A BLAS that is built on OpenMP has a setting for each thread and stays as it is; numpy's and
    scipy's own are not.
    """
    global _fits
    with _lock:
        _fits += 1
        if _fits == 1:
            _keeper().submit(_make).result()
    try:
        yield
    finally:
        with _lock:
            _fits -= 1
            if _fits == 0:
                _keeper().submit(_undo).result()


def _make() -> None:
    global _limit
    _limit = _controller(len(sys.modules)).limit(limits=1, user_api="blas")
    _limit.__enter__()


def _undo() -> None:
    _limit.__exit__(None, None, None)


@cache
def _keeper() -> ThreadPoolExecutor:
    """The thread that makes the limit and lifts it: threadpoolctl heeds only the one that did."""
    return ThreadPoolExecutor(1, thread_name_prefix="likewise-blas")


@lru_cache(maxsize=1)
def _controller(_modules: int) -> ThreadpoolController:
    """The libraries that are loaded; looked for again once more was imported."""
    return ThreadpoolController()


os.register_at_fork(after_in_child=_keeper.cache_clear)  # a child has none of its parent's threads
