"""A workspace that a failed first run left empty is removed again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from likewise.core.files import WORKSPACE_FILE
from likewise.errors import LikewiseError, NotFoundError
from likewise.search.store._bucket import bucket_url
from likewise.workspace import Workspace, located
from likewise.workspace.lock import writer_lock


@contextmanager
def removed_if_empty(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make the folder of a new workspace, and remove it where the block fails with nothing in it.

    A folder that exists is left alone, and so is a workspace in a bucket, which other machines may
    have seen, and one that another process holds.

    Args:
        path: of the workspace, which the block makes and closes.
    """
    folder = located(path)
    made = [] if bucket_url(path) else _made_folders(folder)
    try:
        yield
    except BaseException:
        if made:
            _remove(folder, made)
        raise


def _made_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; answers what was made, the deepest first.

    Nothing where another process made the folder meanwhile, or the disk refuses: whoever makes
    the workspace says so.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    with suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        return missing
    return []


def _remove(folder: Path, made: list[Path]) -> None:
    """Remove the workspace if it holds nothing and nobody writes it, and the empty folders."""
    with suppress(LikewiseError, OSError):
        with writer_lock(folder):
            if not _is_empty(folder):
                return
            shutil.rmtree(folder, ignore_errors=True)
        for path in made[1:]:
            path.rmdir()


def _is_empty(folder: Path) -> bool:
    """Whether a workspace holds no image, no failure of one, no concept and no answer."""
    database = folder / WORKSPACE_FILE
    if not database.is_file() or not database.stat().st_size:  # no room even for its first page
        return True
    try:
        with Workspace(folder, is_copy=True) as opened:
            decided = opened.concepts.revision() or opened.labels.position()
            return not (decided or opened.states.all() or len(opened.collection))
    except NotFoundError:  # not even its first row was written
        return True
