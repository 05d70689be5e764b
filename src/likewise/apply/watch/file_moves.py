"""Files moved or linked: never over another, and safe to repeat after a kill."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from likewise.core.file_names import file_name
from likewise.core.files import sync


class ChangedError(Exception):
    """The file is gone, or no longer what was judged."""


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Size and time of change, as a source tells them; None when there is no such file."""
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return facts.st_size, facts.st_mtime_ns


def free_names(folder: str, item: str, digest: str) -> Iterator[str]:
    """Names for a file in a folder, the plainest first.

    Example:
        >>> names = free_names("barn", "a/1.jpg", "0123456789abcdef")
        >>> next(names), next(names), next(names)
        ('barn/a__1.jpg', 'barn/a__1-0123456789.jpg', 'barn/a__1-0123456789-2.jpg')
    """
    name = file_name(item)
    stem, dot, suffix = name.rpartition(".")
    yield f"{folder}/{name}"
    for number in count(1):
        more = "" if number == 1 else f"-{number}"
        yield f"{folder}/{stem}-{digest[:10]}{more}{dot}{suffix}"


def link(source: Path, target: Path) -> bool:
    """Make a link to a file; False where the name is somebody else's."""
    target.parent.mkdir(exist_ok=True)
    try:
        target.symlink_to(source)
    except FileExistsError:
        if not links_to(target, source):
            return False
    sync([], target.parent)
    return True


def links_to(target: Path, source: Path) -> bool:
    """Whether one is a link of ours to the other."""
    return target.is_symlink() and target.readlink() == source


def move(source: Path, target: Path, stamp: tuple[int, int], digest: str) -> bool:
    """Move a file, on the disk when this returns; False where the name is somebody else's.

    An empty file takes the name first, so that nobody's file is replaced. Within a file system
    a rename follows. Across two a copy is made beside the target and checked; it gets the name
    when it is on the disk, and only then the source goes. What a killed move left is ended,
    whichever step it was at.

    Args:
        source: what to move; of a link, a link to the same file is made.
        target: its new name.
        stamp: size and time it must have.
        digest: SHA-256 that its content must have; of a file that is not empty.

    Raises:
        ChangedError: the source is not the file that is meant.
        OSError: the disk refuses; the source is still there.
    """
    part = target.with_name(f".{target.name}.partial")
    part.unlink(missing_ok=True)
    if os.path.lexists(target) and not _is_claim(target):
        leads_back = target.is_symlink() and source.exists() and not source.is_symlink()
        if leads_back or not _holds(target, digest):
            return False
        if _holds(source, digest):
            _remove(source, stamp)
        return True
    target.parent.mkdir(exist_ok=True)
    try:
        if stamp_of(source) != stamp:
            raise ChangedError
        if not _is_claim(target):
            target.touch(exist_ok=False)
        _replace(source, target, part, digest)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if _is_claim(target):
            target.unlink()
        if isinstance(error, FileExistsError):
            return False
        if isinstance(error, FileNotFoundError):
            raise ChangedError from error
        raise
    sync([target], target.parent)
    _remove(source, stamp)
    return True


def _is_claim(target: Path) -> bool:
    """Whether a name is only held by an empty file, as a killed move may leave one."""
    try:
        facts = target.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(facts.st_mode) and facts.st_size == 0


def _replace(source: Path, target: Path, part: Path, digest: str) -> None:
    """Put the file, or a checked copy of it, in the claim's place."""
    if source.is_symlink():
        part.symlink_to(os.path.realpath(source))
    else:
        try:
            source.rename(target)
            return
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        shutil.copy2(source, part)
        if not _holds(part, digest):
            raise ChangedError
        sync([part], part.parent)
    part.rename(target)


def _remove(source: Path, stamp: tuple[int, int]) -> None:
    """Drop the old name, unless another file has it by now."""
    if stamp_of(source) == stamp:
        source.unlink()
    sync([], source.parent)


def _holds(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False
