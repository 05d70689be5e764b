"""Work in threads ahead of its consumer: in order, and bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from likewise.core.shortage import shortage_in
from likewise.errors import BadInputError, LikewiseError, StorageError

T = TypeVar("T")
R = TypeVar("R")

Failure = LikewiseError | OSError
"""What may be wrong with one item; anything else is a mistake in the program."""


def read_ahead(
    items: Iterable[T],
    work: Callable[[T], R],
    workers: int,
    ahead: int,
    weight: Callable[[T], int] = lambda item: 1,
) -> Generator[tuple[T, R | Failure], None, None]:
    """Do `work` on each item in threads; yields in the order of the items.

    At most `ahead` items are begun or waiting, so memory is bounded. `items` is advanced in the
    consumer's thread. Closing the generator, an exception in the consumer's loop or Ctrl-C drops
    what has not begun, waits for what has (one item a worker), and leaves no thread behind.

    Args:
        items: what to work on; may be endless.
        work: called with one item, from several threads at once.
        workers: number of threads.
        ahead: how many items may be begun or waiting at once.
        weight: how many items one counts for, 1 or more.

    Yields:
        The item with its result, or with the `LikewiseError` or `OSError` that `work` raised.

    Raises:
        StorageError: that `work` raised, or `ShortageError` where the machine was why it failed:
            no item is to blame.
        BadInputError: fewer than one worker, or fewer items ahead than one.
        Exception: any other exception of `work`, at that item's turn, and any of `items`.

    Example:
        >>> list(read_ahead([1, 2, 3], lambda n: n * n, workers=2, ahead=4))
        [(1, 1), (2, 4), (3, 9)]
    """
    for name, value in (("workers", workers), ("ahead", ahead)):
        if value < 1:
            raise BadInputError(f"{name} is {value}; 1 or more is wanted")
    source = iter(items)
    waiting: deque[tuple[T, Future[R]]] = deque()
    pending = 0
    pool = ThreadPoolExecutor(workers, thread_name_prefix="likewise-read")

    def begin() -> None:
        nonlocal pending
        if pending >= ahead:
            return
        for new in source:
            pending += weight(new)
            waiting.append((new, pool.submit(work, new)))
            if pending >= ahead:
                return

    try:
        begin()
        while waiting:
            item, future = waiting.popleft()
            outcome = _outcome(future)
            pending -= weight(item)
            begin()  # before this one is used, so that no thread falls idle
            yield item, outcome
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _outcome(future: Future[R]) -> R | Failure:
    try:
        return future.result()
    except (LikewiseError, OSError) as error:
        lack = shortage_in(error)
        if lack is not None:
            raise lack from error
        if isinstance(error, StorageError):
            raise
        # As a value it may be kept, and its traceback would keep the frames that it passed
        # through, with the bytes and pixels of what failed.
        error.__traceback__ = error.__cause__ = error.__context__ = None
        return error
