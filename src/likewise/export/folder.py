"""A folder a class, as torchvision's ImageFolder and many others read it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from likewise.errors import BadInputError
from likewise.export.base import Row, file_name


@dataclass(frozen=True)
class Folder:
    """Copies (or links) each image to ``LABEL/NAME``.

    Attributes:
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    link: Literal["copy", "symlink", "hardlink"] = "copy"

    def write(self, rows: Sequence[Row], folder: Path, name: str) -> None:
        """Write the rows; see `likewise.export.base.Exporter`."""
        places: dict[str, Callable[[Path, Path], object]] = {
            "copy": shutil.copyfile,
            "symlink": os.symlink,
            "hardlink": os.link,
        }
        place = places[self.link]
        (folder / name).mkdir()
        for row in rows:
            target = folder / row.label / file_name(row.id)
            target.parent.mkdir(exist_ok=True)
            path = row.original.path
            if path is not None:
                place(path.absolute(), target)
            elif self.link == "copy":
                target.write_bytes(row.original.read())
            else:
                raise BadInputError(
                    f"'{row.id}' is no file of its own, so no {self.link} to it can be made; "
                    "leave link=copy"
                )
