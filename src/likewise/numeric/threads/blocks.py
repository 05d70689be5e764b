"""Blocks of rows shared out among the cores."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeAlias, TypeVar

Blocks: TypeAlias = Iterator[tuple[int, int]]
"""Starts and ends of blocks of rows, ascending."""

Result = TypeVar("Result")

BLOCK_ROWS = 8192

_at_most: int | None = None


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

    threads = min(_at_most or len(os.sched_getaffinity(0)), -(-rows // block_rows))
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
