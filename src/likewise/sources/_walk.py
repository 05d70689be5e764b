"""A tree of folders on somebody's disk, file by file in the order of their ids."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from likewise.core.files import WORKSPACE_FILE
from likewise.sources._summary import Tally
from likewise.sources.base import Refused

Found: TypeAlias = tuple[str, "os.DirEntry[str] | Refused"]

_SQLITE = b"SQLite format 3\0"

NOT_TEXT = "its name is not valid UTF-8; rename it"


def walk(root: str, tally: Tally | None = None) -> Iterator[Found]:
    """Id and entry of every file below `root`, whatever its kind, or why a folder is refused.

    Ids are relative to `root`, with forward slashes. Nothing is opened but folders. What begins
    with a dot is passed over; what vanishes meanwhile was never there. Workspaces are left out.

    No folder is read twice, so links that go round end. A link to a folder below `root` is
    refused in favour of the folder's own name; any other is followed, the first one found.

    Args:
        root: the folder.
        tally: counts the workspaces that are left out.

    Raises:
        OSError: `root` itself cannot be looked at.
    """
    real_root = os.path.realpath(root)
    status = Path(root).stat()
    entered = {(status.st_dev, status.st_ino)}
    ahead = _listed(root, "", tally)
    while ahead:
        name, entry = ahead.pop()
        if isinstance(entry, Refused) or not name.endswith("/"):
            yield name, entry
            continue
        try:
            refusal = _refusal(name, entry, real_root, entered)
        except FileNotFoundError:
            continue
        except OSError as error:
            refusal = Refused(name.rstrip("/"), f"cannot be looked at ({error.strerror})")
        if refusal is None:
            ahead += _listed(entry.path, name, tally)
        else:
            yield refusal.id, refusal


def as_text(name: str) -> str:
    r"""The name with bytes that are no UTF-8 written out, ``\xe9``; unchanged where all are.

    Example:
        >>> as_text("caf\udce9.jpg") == r"caf\xe9.jpg", as_text("café.jpg")
        (True, 'café.jpg')
    """
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def is_workspace(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder is a workspace: its database, or a copy of it, is one of SQLite's.

    An empty file of that name makes no workspace of a folder of images.
    """
    try:
        with os.scandir(folder) as entries:
            return any(x.name.startswith(WORKSPACE_FILE) and _is_database(x) for x in entries)
    except OSError:
        return False


def _is_database(entry: os.DirEntry[str]) -> bool:
    try:
        if not stat.S_ISREG(entry.stat().st_mode):  # to open a FIFO may never end
            return False
        with Path(entry.path).open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _listed(path: str, prefix: str, tally: Tally | None) -> list[Found]:
    """Ids and entries of one folder, the first one last; the id of a folder ends in a slash.

    The slash takes part in the sorting, so that ids come out sorted over the whole tree:
    ``a.jpg`` before ``a/b.jpg``, as their characters are.
    """
    found: list[Found] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name == WORKSPACE_FILE and is_workspace(path):
                    if tally is not None:
                        tally.omit("workspaces of likewise", prefix.rstrip("/") or path)
                    return []
                if not entry.name.startswith("."):
                    slash = "/" if _is_folder(entry) else ""
                    found.append((prefix + entry.name + slash, entry))
    except FileNotFoundError:
        return []
    except OSError as error:
        found.append((prefix, Refused(prefix.rstrip("/"), f"cannot be listed ({error.strerror})")))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link into a loop or behind a closed door
        return False


def _refusal(
    name: str, entry: os.DirEntry[str], real_root: str, entered: set[tuple[int, int]]
) -> Refused | None:
    """Why a folder is not entered, or None; then it is marked as entered."""
    shown = as_text(name).rstrip("/")
    if shown + "/" != name:
        return Refused(shown, NOT_TEXT)
    if entry.is_symlink():
        target = Path(os.path.relpath(os.path.realpath(entry.path), real_root))
        if not any(part.startswith(".") for part in target.parts):  # neither hidden nor outside
            target_text = as_text(target.as_posix())
            return Refused(shown, f"a link to '{target_text}', which is read under that name")
    status = entry.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in entered:
        return Refused(shown, "the same folder as one that was read already")
    entered.add(identity)
    return None
