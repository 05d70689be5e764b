"""Files that a person names for output: written whole or not at all, never over another's file."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from likewise.core.files import WORKSPACE_FILE, new_file
from likewise.errors import BadInputError, StorageError

DRAWN_BY = "drawn by likewise"
"""What the metadata of every picture that likewise draws say."""

_LEARNED = b'{"__metadata__":{"likewise":'  # after the eight bytes of the header's length
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_HEAD = 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


def refuse_to_overwrite(path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Refuse a file that exists, unless it may be replaced.

    What says that likewise made it is made again without being asked: pictures that it drew,
    rule files and classifier files. A device or a pipe, such as /dev/stdout, is no file to lose.

    Raises:
        BadInputError: it exists, or is a folder.
    """
    target = Path(path)
    refuse_in_workspace(target)
    if target.is_dir():
        raise BadInputError(f"{target} is a folder; give the name of a file in it")
    if overwrite or _is_stream(target) or not os.path.lexists(target) or _is_ours(target):
        return
    raise BadInputError(f"{target} exists; replace it with --overwrite, or give another name")


def refuse_in_workspace(path: str | os.PathLike[str]) -> None:
    """Refuse a place in a workspace, whose files likewise keeps for itself, or the workspace.

    Raises:
        BadInputError: it is one, with or without --overwrite.
    """
    target = Path(path).resolve()
    for folder in (target, *target.parents):
        if (folder / WORKSPACE_FILE).is_file():
            raise BadInputError(
                f"{path} is in the workspace {folder}, whose files likewise keeps for itself; "
                "give a place outside of it"
            )


def refuse_full_folder(path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Refuse a folder that holds something, unless files of the same names may be replaced in it.

    Raises:
        BadInputError: it holds something, or is a file.
    """
    target = Path(path)
    refuse_in_workspace(target)
    if os.path.lexists(target) and not target.is_dir():
        raise BadInputError(f"{target} is a file; give the name of a folder")
    if not overwrite and target.is_dir() and any(target.iterdir()):
        raise BadInputError(
            f"{target} holds files already; write into it with --overwrite, which replaces those "
            "of the same names, or give another folder"
        )


@contextmanager
def complete_file(path: str | os.PathLike[str], durable: bool = False) -> Iterator[Path]:
    """A new file beside `path` to write to; it takes the name `path` when the block ends.

    After an error or an interruption the new file is gone and `path` is as it was. A link is
    followed; a device or a pipe is written to directly.

    Args:
        path: the file to write.
        durable: have it on the disk, not only in memory, before it takes its name.

    Raises:
        StorageError: the disk is full or refuses.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp(), "a.txt")
        >>> with complete_file(target) as part:
        ...     _ = part.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    named = Path(path)
    if _is_stream(named):
        yield named
        return
    written = 0
    try:
        with new_file(Path(os.path.realpath(named)), durable=durable) as part:
            try:
                yield part
            finally:
                written = _size(part)
    except OSError as error:
        raise refused_write(error, named, written) from error


@contextmanager
def complete_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A folder to write several files to, which is made where there is none.

    After an error or an interruption the new files are gone, and the folder if it is new, so that
    the same command can run again.

    Args:
        path: the folder.

    Raises:
        StorageError: the disk is full or refuses.
    """
    folder = Path(path)
    is_new = not folder.exists()
    before = set() if is_new else set(folder.rglob("*"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except BaseException as error:
        for file in set(folder.rglob("*")) - before:
            if not file.is_dir():
                file.unlink(missing_ok=True)
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            named = Path(os.fsdecode(error.filename)) if error.filename else folder
            raise refused_write(error, named) from error
        raise


def refused_write(error: OSError, path: Path, size: int = 0) -> StorageError:
    """The error for a path that could not be written, with the remedy.

    Args:
        error: what the disk said.
        path: what was to be written.
        size: bytes that were written before it, where known.
    """
    if error.errno in _FULL:
        so_far = f" after {size:,} bytes" if size else ""
        return StorageError(
            f"{path} cannot be written: the disk is full{so_far} ({error.strerror}; "
            f"{free_space(path)}); free some space there and run the same command again, or write "
            "to another disk"
        )
    return StorageError(
        f"{path} cannot be written ({error.strerror or error}); check the folder and its "
        "permissions, or give another name"
    )


def full_disk(error: OSError, named: Sequence[str] = ()) -> str | None:
    """A sentence that names the full disk; None where the error is another one.

    Args:
        error: what happened; where it names no file, the fullest of the disks in use is named.
        named: paths that may be on the full disk, such as a command's arguments; others are
            passed over.
    """
    if error.errno not in _FULL:
        return None
    if error.filename is not None:
        return str(refused_write(error, Path(os.fsdecode(error.filename))))
    folders = {Path().absolute(), Path(tempfile.gettempdir())}
    for text in named:
        path = Path(text).absolute()
        folders |= {folder for folder in (path, path.parent) if folder.is_dir()}
    fullest = min(sorted(folders), key=lambda folder: shutil.disk_usage(folder).free)
    return str(refused_write(error, fullest))


def free_space(path: Path) -> str:
    """How much is free on the disk of a path, in words."""
    folder = next(
        (parent for parent in (path, *path.absolute().parents) if parent.is_dir()), Path("/")
    )
    with suppress(OSError):
        return f"{shutil.disk_usage(folder).free:,} bytes free"
    return "free space unknown"


def _is_stream(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    if head[8:].startswith(_LEARNED):
        return True
    return head.startswith(_PICTURES) and DRAWN_BY.encode() in head


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
