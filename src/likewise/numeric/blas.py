"""BLAS: kept to one thread for products that are small, and given its memory in time."""

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

from likewise.core.shortage import memory_limit, need_memory
from likewise.numeric.threads import available_processors, limit_threads

_BLAS_BUFFER = 64 << 20  # bytes; without them OpenBLAS ends the process

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
    need_memory(_BLAS_BUFFER)  # scipy has an OpenBLAS of its own, which takes it at its first use
    with _lock:
        _fits += 1
        if _fits == 1:
            _keeper().submit(_limit_blas).result()
    try:
        yield
    finally:
        with _lock:
            _fits -= 1
            if _fits == 0:
                _keeper().submit(_lift_limit).result()


def _limit_blas() -> None:
    global _limit
    _limit = _controller(len(sys.modules)).limit(limits=1, user_api="blas")
    _limit.__enter__()


def _lift_limit() -> None:
    _limit.__exit__(None, None, None)


@cache
def _keeper() -> ThreadPoolExecutor:
    """The thread that makes the limit and lifts it: threadpoolctl heeds only the one that did."""
    return ThreadPoolExecutor(1, thread_name_prefix="likewise-blas")


@lru_cache(maxsize=1)
def _controller(_modules: int) -> ThreadpoolController:
    """The libraries that are loaded; looked for again once more was imported."""
    return ThreadpoolController()


if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads
    os.register_at_fork(after_in_child=_keeper.cache_clear)


_NUMPY = 160 << 20  # bytes of address space that importing numpy takes, and a little more
_A_THREAD = 128 << 20  # bytes of a thread of OpenBLAS: a buffer, a stack and a heap
_OTHERS = 1 << 30  # bytes of the other libraries of a command


def reserve_blas_memory() -> None:
    """Have OpenBLAS take its buffers now, with as few threads as the limit on memory suggests.

    Where it finds no memory OpenBLAS ends the process, which no caller can catch. What it has
    taken it keeps, so nothing is left to fail once other libraries have filled the rest.

    Raises:
        ShortageError: the limit leaves too little even for that.
    """
    cores = available_processors()
    threads = max(1, min(cores, (memory_limit() - _OTHERS) // _A_THREAD))
    if threads < cores:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads))
        limit_threads(threads)
    need_memory(_NUMPY + threads * _A_THREAD)
    import numpy as np

    square = np.ones((512, 512), np.float32)  # too large for a product without a buffer
    square @ square
