"""Image files of a dataset, put in place whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from likewise.errors import BadInputError
from likewise.export.base import FileNames, Row

Link: TypeAlias = Literal["copy", "symlink", "hardlink"]

_PLACE: dict[str, Callable[[Path, Path], object]] = {
    "copy": shutil.copyfile,
    "symlink": os.symlink,
    "hardlink": os.link,
}
_PARTIAL = ".partial"


@dataclass
class Images:
    """Puts the images of a dataset into its folders.

    Attributes:
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    link: Link = "copy"
    _names: FileNames = field(default_factory=FileNames)

    def put(self, row: Row, folder: Path) -> str:
        """Put the image of a row into a folder, which is made; answers the name it has there.

        One that an interrupted run left is kept.

        Raises:
            BadInputError: it is no file of its own, so that it cannot be linked to.
            BadImageError: it is gone or has changed.
            OSError: the disk refuses.
        """
        name = self._names(row.id)
        target = folder / name
        if not os.path.lexists(target):
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(target, lambda part: self._place(row, part))
        return name

    def _place(self, row: Row, part: Path) -> None:
        path = row.original.path
        if path is not None:
            _PLACE[self.link](path.absolute(), part)
        elif self.link == "copy":
            part.write_bytes(row.original.read())
        else:
            raise BadInputError(
                f"'{row.id}' is no file of its own, so no {self.link} to it can be made; "
                "leave link=copy"
            )


def write_whole(target: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place and move it there, so that it is there whole or not."""
    part = target.with_name(f".{target.name[:100]}{_PARTIAL}")
    part.unlink(missing_ok=True)
    write(part)
    part.replace(target)
