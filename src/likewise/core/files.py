"""Files that likewise keeps for itself: written whole, and never followed out of their folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

WORKSPACE_FILE = "workspace.sqlite"
"""The database of a workspace; a folder that has it is one."""


@contextmanager
def new_file(
    path: Path, *, mode: int = 0o666, overwrite: bool = True, durable: bool = True
) -> Iterator[Path]:
    """A new file beside `path` to write to; it takes the name `path` when the block ends.

    After an error or an interruption the new file is gone and `path` is as it was. No two
    processes write to one file. See `likewise.core.output_files.complete_file` for files that a
    person names.

    Args:
        path: the file to write.
        mode: its permissions, less the umask, from the start.
        overwrite: whether a file of that name may be replaced.
        durable: have it and its name on the disk when the block ends.

    Raises:
        FileExistsError: there is one, and it may not be replaced.
        OSError: the disk is full or refuses.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp(), "a.txt")
        >>> with new_file(target) as part:
        ...     _ = part.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    part = path.with_name(f".{path.name[:50]}-{token_hex(6)}.partial")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        yield part
        if durable:
            flush(part)
        if overwrite:
            part.replace(path)
        else:
            _move_to_free_name(part, path)
        if durable:
            flush(path.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _move_to_free_name(part: Path, path: Path) -> None:
    try:
        os.link(part, path)  # unlike a rename it does not replace what has the name
    except FileExistsError:
        raise
    except OSError:  # exFAT and network drives have no hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        part.rename(path)


def flush(path: Path) -> bool:
    """Wait until a file, or the names in a folder, are on the disk; False where there is none.

    Raises:
        OSError: the disk refuses.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


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


def is_inside(folder: Path, name: str) -> bool:
    """Whether a name, as a database or an archive gives it, is that of a file in a folder.

    A path, and a link that leads out of the folder, are not.

    Example:
        >>> is_inside(Path("/tmp"), "../etc/passwd"), is_inside(Path("/tmp"), "a.jpg")
        (False, True)
    """
    if not name or "\0" in name or name in (".", "..") or Path(name).name != name:
        return False
    return Path(os.path.realpath(folder / name)).parent == Path(os.path.realpath(folder))
