"""A dataset's files in a local folder: flushed before they count, digests noted, heads checked."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from likewise.core.files import sync
from likewise.core.shortage import shortage_in
from likewise.errors import CorruptError, LikewiseError, StorageError
from likewise.search.store import _checksums
from likewise.search.store._lance_head import is_complete, open_head


class Folder:
    """Where a dataset is on a local disk.

    Attributes:
        uri: as Lance takes it.
        options: of the storage; none.
        how_checked: what `damaged` finding nothing means, in words.
        single_writer: whether the workspace's lock keeps every other writer out.
    """

    single_writer = True
    options: dict[str, str] | None = None
    how_checked = "every file as written"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.uri = str(path)

    def __str__(self) -> str:
        return self.uri

    def open_head(self) -> tuple[Any | None, tuple[str, ...]]:
        """See `likewise.search.store._lance_head.open_head`."""
        return open_head(self.path)

    def make(self) -> None:
        """Make the folder."""
        self.path.mkdir(parents=True, exist_ok=True)

    def begin(self, schema: Any) -> Any | None:
        """What a first commit is made upon; nothing: the workspace's lock lets in one writer."""
        del schema
        return None

    def files(self) -> set[Path]:
        """Every file there is now."""
        return files_under(self.path)

    def sync(self, files: Iterable[Path]) -> None:
        """Have files on the disk."""
        sync(files, self.path)

    def keep(self, files: set[Path]) -> None:
        """Have files on the disk, and note their digests."""
        sync(files, self.path)
        _checksums.note(self.path, files)

    def data_files(self, fragments: Sequence[Any]) -> set[Path]:
        """The data files of fragments that this process has written."""
        return {self.path / "data" / file.path for part in fragments for file in part.files}

    def complete_files(self, fragments: Sequence[Any]) -> set[Path]:
        """The data files of fragments that others have written.

        Raises:
            OSError: one of them is not there, or cut short.
        """
        for file in (file for part in fragments for file in part.files):
            if not is_complete(self.path / "data" / file.path, file.file_size_bytes):
                raise OSError(f"{file.path}, which was written apart, is not there or cut short")
        return self.data_files(fragments)

    def discard(self, files: set[Path]) -> None:
        """Delete what a commit that failed has left."""
        for file in files:
            if file.parent.name in ("data", "_deletions"):
                file.unlink(missing_ok=True)

    def forget_digests(self) -> None:
        """Of files that are there no more."""
        _checksums.forget(self.path)

    def damaged(self, fragment: Any) -> tuple[bool, int]:
        """Whether files of a fragment are not what was written, and how many cannot be checked."""
        files = [self.path / "data" / file.path for file in fragment.metadata.files]
        deletions = fragment.metadata.deletion_file
        if deletions is not None:
            files.append(self.path / deletions.path(fragment.fragment_id))
        changed, not_noted = _checksums.differ(self.path, files)
        return bool(changed), len(not_noted)

    def refused(self, error: Exception, byte_count: int) -> StorageError:
        """The error for a disk that would not take `wanted` bytes."""
        return refused(error, self.path, byte_count)

    def unreadable(self, error: Exception) -> LikewiseError:
        """The error for what cannot be read."""
        lack = shortage_in(error)
        if lack is not None:
            return lack
        reason = str(error).split(", /")[0].splitlines()[0]
        return CorruptError(
            f"the vectors at {self} cannot be read ({reason}); index again, or move that folder "
            "away first: vectors are made from the images"
        )


def files_under(root: Path) -> set[Path]:
    """Every file in a dataset's folders, one level down."""
    if not root.is_dir():
        return set()
    folders = [entry for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)]
    return {Path(file.path) for folder in folders for file in os.scandir(folder.path)}


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
