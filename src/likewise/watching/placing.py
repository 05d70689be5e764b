"""Files put in their place: never over another, and as well done twice as once."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from likewise.export.base import file_name
from likewise.stores._durable import sync

_NO_HARD_LINKS = {errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class ChangedError(Exception):
    """The file is gone, or no longer what was judged."""


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Size and time of change, as a source tells them; None when there is no such file."""
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return facts.st_size, facts.st_mtime_ns


def places(folder: str, item: str, digest: str) -> Iterator[str]:
    """Names for a file in a folder, the plainest first.

    Example:
        >>> names = places("barn", "a/1.jpg", "0123456789abcdef")
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

    Within a file system the file gets its new name before it loses the old one. Across two a
    copy is made beside the target and checked; it gets its name when it is on the disk, and only
    then the source goes. What a killed move left is ended, whichever step it was at.

    Args:
        source: what to move; of a link, a link to the same file is made.
        target: its new name.
        stamp: size and time it must have.
        digest: SHA-256 that its content must have.

    Raises:
        ChangedError: the source is not the file that is meant.
        OSError: the disk refuses; the source is still there.
    """
    part = target.with_name(f".{target.name}.partial")
    part.unlink(missing_ok=True)
    if os.path.lexists(target):
        leads_back = target.is_symlink() and source.exists() and not source.is_symlink()
        if leads_back or not _holds(target, digest):
            return False
        if stamp_of(source) == stamp and _holds(source, digest):
            _remove(source)
        return True
    if stamp_of(source) != stamp:
        raise ChangedError
    target.parent.mkdir(exist_ok=True)
    try:
        if not _moved_at_once(source, target):
            _copy(source, part, digest)
            _rename(part, target)
    except FileExistsError:
        part.unlink(missing_ok=True)
        return False
    except FileNotFoundError as error:
        raise ChangedError from error
    sync([target], target.parent)
    _remove(source, target)
    return True


def _moved_at_once(source: Path, target: Path) -> bool:
    """Give the file its new name; False for links and across file systems."""
    if source.is_symlink():
        return False
    try:
        _rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _rename(source: Path, target: Path) -> None:
    """Rename without ever replacing, which `os.rename` would do."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "exists", str(target)) from error
        source.rename(target)
    else:
        _remove(source, target)


def _copy(source: Path, part: Path, digest: str) -> None:
    if source.is_symlink():
        part.symlink_to(os.path.realpath(source))
        return
    try:
        shutil.copy2(source, part)
        if not _holds(part, digest):
            raise ChangedError
        sync([part], part.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _remove(source: Path, new: Path | None = None) -> None:
    """Drop the old name; where that is forbidden, the new one again."""
    try:
        source.unlink(missing_ok=True)
    except OSError:
        if new is not None:
            new.unlink(missing_ok=True)
        raise
    sync([], source.parent)


def _holds(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False
