"""A folder a class, as torchvision's ImageFolder and many others read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from likewise.core.file_names import file_name
from likewise.export.base import Dataset
from likewise.export.formats._images import Images, Link


@dataclass(frozen=True)
class Folder:
    """Class folders of images, as ImageFolder: ``LABEL/NAME``, or ``SPLIT/LABEL/NAME``.

    Attributes:
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
    """

    link: Link = "copy"

    def write(self, dataset: Dataset, folder: Path) -> None:
        """Write the dataset; see `likewise.export.base.Exporter`."""
        images = Images(self.link)
        for split, rows in dataset.by_split():
            home = folder / file_name(split) if split else folder
            for row in rows:
                images.put(row, home / file_name(row.label))
