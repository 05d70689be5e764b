"""Files that are on the disk, not only in the kernel's memory, before anyone is told so."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from likewise.core.files import flush
from likewise.errors import StorageError


def files_under(root: Path) -> set[Path]:
    """Every file in a dataset's folders, one level down."""
    if not root.is_dir():
        return set()
    folders = [entry for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)]
    return {Path(file.path) for folder in folders for file in os.scandir(folder.path)}


def sync(files: Iterable[Path], root: Path) -> None:
    """Flush files, the folders that name them, and those up to and above `root`.

    A file that is gone again (a writer's own temporary) is passed over.
    """
    folders = {root, root.parent}
    for file in files:
        if flush(file):
            folders.add(file.parent)
    for folder in folders:
        flush(folder)


def refused(error: Exception, path: Path, size: int) -> StorageError:
    """The error for a disk that would not take `wanted` bytes at `path`."""
    text = str(error)
    if getattr(error, "errno", None) == errno.ENOSPC or "os error 28" in text:
        return StorageError(
            f"the disk is full at {path}: {size:,} bytes were wanted and nothing was added; "
            "free some space and run the same command again"
        )
    reason = text.split(", /")[0].splitlines()[0] if text else type(error).__name__
    return StorageError(
        f"the disk refused to write {size:,} bytes at {path} ({reason}) and nothing was added; "
        "check that the folder may be written to and run the same command again"
    )
