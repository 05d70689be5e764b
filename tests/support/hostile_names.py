"""Pictures whose names would be markup or code, were they not text everywhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from likewise.indexing.index import index

HOSTILE = (
    "disc/<img src=x onerror=alert(1)>.png",
    "disc/<script>alert(1)<!--.png",
    "disc/${alert(1)}'\"`&amp;.png",
)


def with_hostile_names(indexed: Path, home: Path) -> Path:
    """Copy an indexed folder to `home`, index three more pictures of hostile names; the workspace.

    Args:
        indexed: a folder with `shapes/` and its workspace.
        home: an empty folder.
    """
    shutil.copytree(indexed, home, dirs_exist_ok=True)
    for number, name in enumerate(HOSTILE):
        shutil.copy(home / "shapes" / "disc" / f"0{number}.png", home / "shapes" / name)
    index(home / "shapes", home / "shapes.likewise")
    return home / "shapes.likewise"
