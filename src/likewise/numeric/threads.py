"""Threads: rows shared out among them, locks to read, turns between them, and their heaps."""

from __future__ import annotations

import ctypes
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from typing import TypeAlias, TypeVar

Blocks: TypeAlias = Iterator[tuple[int, int]]
"""Starts and ends of blocks of rows, ascending."""

Result = TypeVar("Result")

BLOCK_ROWS = 8192

_at_most: int | None = None


def available_processors() -> int:
    """Processors that this process may use; where the system does not say, all of the machine's.

    Linux says it, also in a container or under taskset. macOS and Windows do not.

    Example:
        >>> available_processors() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def limit_threads(count: int) -> None:
    """Share blocks out among so many threads from now on, where others have the other cores."""
    global _at_most
    _at_most = count


def share_blocks(
    rows: int, work: Callable[[Blocks], Result], block_rows: int = BLOCK_ROWS
) -> list[Result]:
    """Cut `rows` rows into blocks and let every core take the next one when it is free.

    Threads, because the work is numpy's and numkong's and both let go of the interpreter's lock.

    Args:
        rows: how many there are.
        work: called once a thread with the blocks that this thread gets, lazily.
        block_rows: rows in a block.

    Returns:
        What each thread's `work` answered; one answer at least.

    Example:
        >>> sum(share_blocks(10, lambda blocks: sum(end - start for start, end in blocks), 4))
        10
    """
    numbers = itertools.count()  # its next() is atomic

    def mine() -> Blocks:
        for number in numbers:
            start = number * block_rows
            if start >= rows:
                return
            yield start, min(start + block_rows, rows)

    threads = min(_at_most or available_processors(), -(-rows // block_rows))
    others = [_pool().submit(work, mine()) for _ in range(threads - 1)]
    try:
        answers = [work(mine())]
    finally:
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    return answers + [other.result() for other in begun]


@cache
def _pool() -> ThreadPoolExecutor:
    """The other threads, kept: to start one takes as long as a small search.

    The caller always works too and takes back what none of them has begun, so that it never
    waits for a thread that is busy, or that was lost when the process forked.
    """
    return ThreadPoolExecutor(thread_name_prefix="likewise-scan")


class SharedLock:
    """Readers share it; whoever changes something waits for them, and they for the change.

    The readers-writers problem of Courtois, Heymans and Parnas (1971), in its second form: who
    comes to read waits for a change that waits, or readers who never pause would keep it out. A
    reader may call another in its own thread.

    Example:
        >>> lock = SharedLock()
        >>> with lock.shared(), lock.shared():
        ...     pass
        >>> with lock.alone():
        ...     pass
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._changers = 0  # that wait or are at it
        self._is_alone = False
        self._mine = threading.local()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Read: nothing changes meanwhile."""
        depth = getattr(self._mine, "depth", 0)
        if not depth:
            with self._changed:
                while self._changers:
                    self._changed.wait()
                self._readers += 1
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if not depth:
                with self._changed:
                    self._readers -= 1
                    self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Change: nobody reads meanwhile. Not to be asked for by one who reads."""
        with self._changed:
            self._changers += 1
            while self._is_alone or self._readers:
                self._changed.wait()
            self._is_alone = True
        try:
            yield
        finally:
            with self._changed:
                self._is_alone = False
                self._changers -= 1
                self._changed.notify_all()


_of_thread = threading.local()


@contextmanager
def giving_way(wait: Callable[[], None]) -> Iterator[None]:
    """Have what this thread computes meanwhile call `wait` between its steps.

    Args:
        wait: returns at once, or when the others have passed.

    Example:
        >>> with giving_way(lambda: print("after you")):
        ...     give_way()
        after you
    """
    before = getattr(_of_thread, "wait", None)
    _of_thread.wait = wait
    try:
        yield
    finally:
        _of_thread.wait = before


def give_way() -> None:
    """Let others pass, where this thread was told to; costs next to nothing elsewhere."""
    wait = getattr(_of_thread, "wait", None)
    if wait is not None:
        wait()


_M_ARENA_MAX = -8  # of glibc's malloc.h
_ARENAS = 2


def few_arenas() -> bool:
    """Have glibc share two heaps among all threads; answers whether it will.

    By itself it gives each new thread a heap of its own, up to eight a processor, and keeps in
    each what was once needed there: a server whose tasks come in threads of their own grows by
    tens of MiB a task for its first hours. To be called before threads are started. What the
    environment says of it (MALLOC_ARENA_MAX) goes before; where there is another libc, nothing
    is done.

    Example:
        >>> few_arenas() in (True, False)
        True
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS))
    except (OSError, AttributeError):
        return False
