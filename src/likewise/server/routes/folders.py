"""Folders that may be indexed from the page: those under the start-up roots."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from likewise.errors import StorageError
from likewise.server.desk import TheAppState
from likewise.sources.folder import Folder

router = APIRouter(tags=["images"])

_COUNTED = 10_000


@router.get("/api/folders")
def folders(
    app_state: TheAppState, folder: Annotated[str, Query(max_length=4096)]
) -> dict[str, Any]:
    """A folder's subfolders, and how many images are in it; counted up to 10,000."""
    path = app_state.under_a_root(folder)
    try:
        inside = sorted(entry.name for entry in path.iterdir() if _is_plain(entry))
        images = len(list(itertools.islice(Folder(path).items(), _COUNTED)))
    except OSError as error:
        raise StorageError(f"{folder} cannot be read ({error.strerror}); choose another") from error
    up = path.parent
    roots = [root.resolve() for root in app_state.roots]
    return {
        "folder": str(path),
        "parent": str(up) if any(up.is_relative_to(root) for root in roots) else None,
        "folders": inside,
        "images": images,
        "more": images == _COUNTED,
    }


def _is_plain(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and path.suffix != ".likewise"
