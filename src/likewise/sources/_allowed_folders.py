"""Which files a dataset may name: those of its own folder, and of folders that a person allows."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from likewise.core.name_forms import existing_path
from likewise.sources.base import location


def allowed_folders(default_folders: Iterable[str | Path], option: str) -> tuple[str, ...]:
    """Folders whose files a dataset may name, absolute.

    Args:
        default_folders: the dataset's.
        option: more of them, as a person wrote them, with `os.pathsep` between.
    """
    more = (location(folder) for folder in option.split(os.pathsep) if folder)
    return tuple(dict.fromkeys([*(os.path.abspath(folder) for folder in default_folders), *more]))


def is_inside(path: str | Path, folders: Iterable[str | Path]) -> bool:
    """Whether a path is in one of the folders, as it is written or where its links lead.

    Example:
        >>> is_inside("/data/set/a.jpg", ["/data/set"]), is_inside("/data/b.jpg", ["/data/set"])
        (True, False)
    """
    tops = [os.path.abspath(folder) for folder in folders]
    written, real = os.path.abspath(path), os.path.realpath(path)
    if any(_below(written, top) for top in tops):
        return True
    return any(_below(real, os.path.realpath(top)) for top in tops)


def leads_outside(path: str | Path, folders: Iterable[str | Path]) -> bool:
    """Whether a path ends in none of the folders once all its links are followed.

    Example:
        >>> leads_outside("/data/set/a.jpg", ["/data/set"]), leads_outside("/b.jpg", ["/data/set"])
        (False, True)
    """
    real = os.path.realpath(path)
    return not any(_below(real, os.path.realpath(folder)) for folder in folders)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def outside(path: str, folders: Iterable[str]) -> str | None:
    """Why a file that a dataset names is not read; None where it may be.

    Args:
        path: an absolute path without dots in it.
        folders: of `allowed_folders`.
    """
    path = existing_path(path)  # the file that is opened may be a link that leads elsewhere
    if any(_below(path, folder) for folder in folders) or is_inside(path, folders):
        return None
    folder = shlex.quote(os.path.dirname(path))  # noqa: PTH120 - not a Path: nothing is changed
    return f"outside of the dataset's folder; to read it, add --allow-folder {folder}"


def local_path(where: str) -> str:
    """A ``file://`` URL of this machine as a path; anything else as it is.

    Example:
        >>> local_path("file:///data/a%20b.jpg"), local_path("s3://b/a.jpg"), local_path("a.jpg")
        ('/data/a b.jpg', 's3://b/a.jpg', 'a.jpg')
    """
    if where[:7].lower() != "file://":
        return where
    url = urlsplit(where)
    return unquote(url.path) if url.netloc in ("", "localhost") else where
