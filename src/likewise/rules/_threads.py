"""One thread for the linear algebra of small fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock

from threadpoolctl import ThreadpoolController

_lock = RLock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS from sharing out products.

    A fit is hundreds of products of a table with a few columns. Each takes about as long as
    it takes to wake another thread and to wait for it; on busy processors ten times as long.
    The setting is of the whole process, so only one thread at a time may change it, and put it
    back; another that wants to fit waits for the few milliseconds.
    """
    with _lock, _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
