"""Files that hold one image each: which are taken for images, and what they are as items."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from likewise.core.name_forms import existing_path
from likewise.errors import NotFoundError
from likewise.sources._walk import NOT_TEXT, as_text
from likewise.sources.base import Item, Refused, location

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".heic", ".heif", ".avif"}
)
"""Names that are taken for images, in capitals or not; what they hold is for decoding to say."""

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


def named_as_image(name: str) -> bool:
    """Whether a file is taken for an image by its name.

    Example:
        >>> named_as_image("a/B.JPG"), named_as_image("notes.txt")
        (True, False)
    """
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122


def _file_item(
    name: str, path: str, status: os.stat_result, metadata: Mapping[str, Any]
) -> Item | Refused:
    """The item that a file is; refused where it is no regular file, which might never end."""
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        return Refused(name, f"{kind}, not a regular file")
    return Item(name, path, status.st_size, status.st_mtime_ns, metadata)


def walked(
    name: str, entry: os.DirEntry[str], metadata: Mapping[str, Any]
) -> Item | Refused | None:
    """What a file that a walk met is; None for one that vanished since it was listed."""
    shown = as_text(name)
    if shown != name:
        return Refused(shown, NOT_TEXT)
    try:
        status = entry.stat()
    except FileNotFoundError:
        return Refused(name, "a link to nothing") if entry.is_symlink() else None
    except OSError as error:
        return Refused(name, f"cannot be looked at ({error.strerror})")
    return _file_item(name, entry.path, status, metadata)


def look_at(name: str, path: str, metadata: Mapping[str, Any]) -> Item | Refused:
    """The same for a file that something else names, and that may not be there.

    A path that differs from that of a file only in its Unicode form means the file.
    """
    path = existing_path(path)
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return Refused(name, f"missing: there is no file {path}")
    except (OSError, ValueError) as error:  # ValueError: a null character
        why = error.strerror if isinstance(error, OSError) else str(error)
        return Refused(name, f"cannot be looked at ({why})")
    return _file_item(name, path, status, metadata)


def path_id(where: str, base: str) -> str:
    """A path or URL that somebody wrote, as an id: relative where it can be, and tidy.

    Example:
        >>> path_id("./a//b.png", "/data/"), path_id("/data/a.png", "/data/")
        ('a/b.png', 'a.png')
        >>> path_id("../other/a.png", "/data/"), path_id("s3://b/../a.png", "/data/")
        ('/other/a.png', 's3://b/../a.png')
    """
    if "://" in where:
        return where
    tidy = os.path.normpath(where)
    if tidy.startswith("../"):  # an id is part of an address, where two dots mean something else
        tidy = os.path.normpath(base + tidy)
    return tidy.removeprefix(base)


def folder_beside(file: Path, folder: str) -> Path:
    """A folder that belongs to a file: seen from the file's folder, else from the current one.

    Raises:
        NotFoundError: it is in neither.
    """
    for found in (Path(os.path.normpath(file.parent / folder)), Path(location(folder))):
        if found.is_dir():
            return found
    raise NotFoundError(
        f"the folder '{folder}' is neither beside {file} nor here; check its spelling"
    )
