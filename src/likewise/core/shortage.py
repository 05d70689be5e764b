"""What a machine lacks when it refuses memory, file descriptors, threads or processes.

That is no fault of the file that was being read, so a run stops and marks no image.
"""

from __future__ import annotations

import errno
import mmap
import sys

from likewise.errors import BadInputError, LikewiseError, StorageError

_AGAIN = "then run the same command again"
_DESCRIPTORS, _MEMORY, _THREADS = "descriptors", "memory", "threads"
_ERRNOS = {errno.EMFILE: _DESCRIPTORS, errno.ENFILE: _DESCRIPTORS, errno.ENOMEM: _MEMORY}
_WORDS = {  # of libraries, whose exceptions carry no number
    "Too many open files": _DESCRIPTORS,
    "(os error 24)": _DESCRIPTORS,
    "TooManyOpenFiles": _DESCRIPTORS,
    "Cannot allocate memory": _MEMORY,
    "cannot allocate memory": _MEMORY,
    "failed to map segment": _MEMORY,
    "Failed to allocate memory": _MEMORY,
    "std::bad_alloc": _MEMORY,
    "(os error 12)": _MEMORY,
    "EOF read where": _MEMORY,  # of a compiled module that was not read whole
    "can't start new thread": _THREADS,
    "failed to spawn thread": _THREADS,
    "(os error 11)": _THREADS,
}


class ShortageError(StorageError):
    """The machine, or a limit set on this process, does not give what the work needs."""


def shortage_in(error: BaseException) -> ShortageError | None:
    """What this machine lacks, where that is why an error came about; else None.

    Lack of memory behind an error about an input does not count: a hostile file may ask for all
    memory there is, and costs itself.

    Example:
        >>> str(shortage_in(MemoryError()))[:21], shortage_in(ValueError("5 is too many"))
        ('memory does not suffi', None)
    """
    link: BaseException | None = error
    visited: list[BaseException] = []
    of_an_input = False
    while link is not None and link not in visited:
        if isinstance(link, ShortageError):
            return link
        of_an_input |= isinstance(link, BadInputError)
        what = _lacking(link)
        if what is not None and not (of_an_input and isinstance(link, MemoryError)):
            return ShortageError(_SENTENCES[what]())
        visited.append(link)
        link = link.__cause__ or link.__context__
    return None


def _lacking(error: BaseException) -> str | None:
    if isinstance(error, MemoryError):
        return _MEMORY
    if isinstance(error, OSError) and error.errno is not None:
        return _ERRNOS.get(error.errno)
    if isinstance(error, LikewiseError):  # its words may be those of a file's name
        return None
    words = str(error)
    return next((what for mark, what in _WORDS.items() if mark in words), None)


def _descriptors() -> str:
    most = _limit("RLIMIT_NOFILE")
    of = f"this process may have {most:,} files open at once and needs" if most else "it needs"
    return f"too many open files: {of} more; raise that with: ulimit -n 1024, {_AGAIN}"


def memory_limit() -> int:
    """Bytes of address space that this process may have; 0 where nothing limits it."""
    return _limit("RLIMIT_AS")


def need_memory(size: int) -> None:
    """Refuse work that a library would end this process for, where a limit leaves too little.

    Args:
        size: bytes of address space that the library is about to take.

    Raises:
        ShortageError: they are not to be had.
    """
    if memory_limit():
        try:
            mmap.mmap(-1, size).close()
        except OSError as error:
            raise ShortageError(_memory()) from error


def _memory() -> str:
    most = memory_limit()
    cap = f" this process may use {most // 10**6:,} MB:" if most else ""
    remedy = "raise that limit (ulimit -v)" if most else "end other programs"
    return f"memory does not suffice:{cap} {remedy} or use a larger machine, {_AGAIN}"


def _threads() -> str:
    return (
        "no further thread or process can be started: end other programs, or raise the limits on "
        f"processes (ulimit -u) and on memory (ulimit -v), {_AGAIN}"
    )


_SENTENCES = {_DESCRIPTORS: _descriptors, _MEMORY: _memory, _THREADS: _threads}


def _limit(name: str) -> int:
    """A limit of the kernel on this process; 0 for none."""
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrlimit(getattr(resource, name))[0]
    return 0 if most == resource.RLIM_INFINITY else int(most)
