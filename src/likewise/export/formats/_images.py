"""Image files of a dataset, put in place whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from PIL import Image, ImageFile

from likewise.core.file_names import FileNames
from likewise.errors import BadInputError
from likewise.export.base import Row
from likewise.images.decode.confined import decode_confined
from likewise.images.decode.exif import camera_facts
from likewise.images.decode.open_image import opened, pillow_silenced
from likewise.images.decode.upright import upright_size
from likewise.sources._files import named_as_image

Link: TypeAlias = Literal["copy", "symlink", "hardlink"]

_SUFFIXES = {
    "JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp",
    "DIB": "bmp", "TIFF": "tif", "AVIF": "avif", "HEIF": "heic",
}  # fmt: skip
_PLACE: dict[str, Callable[[Path, Path], object]] = {
    "copy": shutil.copyfile,
    "symlink": os.symlink,
    "hardlink": os.link,
}
_QUALITY = 95


@dataclass
class Images:
    """Puts the images of a dataset into its folders, one that an interrupted run left excepted.

    Attributes:
        link: "copy" the files, or make a "symlink" or "hardlink" to each.
        names: gives files their names.
    """

    link: Link = "copy"
    names: FileNames = field(default_factory=FileNames)

    def put(self, row: Row, folder: Path) -> str:
        """Put what a row shows into a folder, which is made; answers the name it has there.

        A part of an image is cut out of it, and is a JPEG.

        Raises:
            BadInputError: it is no file of its own, so that it cannot be linked to.
            BadImageError: it is gone or has changed.
            OSError: the disk refuses.
        """
        if row.box is None:
            return self._put(_named(row, row.id), folder, lambda part: self._write(row, part))
        return self._put(f"{row.id}.jpg", folder, lambda part: part.write_bytes(cut_out(row)))

    def put_image(self, row: Row, folder: Path) -> str:
        """Put the whole image that a row is, or is a part of, into a folder, for boxes to be in.

        Boxes count from the top left of the upright image, and not every program turns images as
        their EXIF says; so one that says so is turned and written anew, unless links are wanted.

        Raises:
            BadInputError, BadImageError, OSError: as for `put`.
        """
        item = _named(row, image_id(row))
        return self._put(item, folder, lambda part: self._write_upright(row, part))

    def _put(self, item: str, folder: Path, write: Callable[[Path], object]) -> str:
        name = self.names(item)
        target = folder / name
        if not os.path.lexists(target):
            folder.mkdir(parents=True, exist_ok=True)
            write_complete(target, write)
        return name

    def _write(self, row: Row, part: Path) -> None:
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

    def _write_upright(self, row: Row, part: Path) -> None:
        if self.link == "copy":
            data = row.original.read()
            if _orientation(_header(data)) != 1:
                part.write_bytes(_as_jpeg(decode_confined(data).image))
                return
        self._write(row, part)


def _named(row: Row, item: str) -> str:
    """An id that ends like an image file's name, for most programs go by that."""
    if named_as_image(item):
        return item
    return f"{item}.{_SUFFIXES[_header(row.original.read()).format or '']}"


def image_id(row: Row) -> str:
    """Id of the whole image that a row is, or is a part of."""
    return row.id if row.parent is None else row.parent


def image_size(row: Row) -> tuple[int, int]:
    """Width and height of that image, upright."""
    if row.box is None:
        return row.width, row.height
    image = _header(row.original.read())
    return upright_size(image.size, _orientation(image))


def cut_out(row: Row) -> bytes:
    """The part of an image that a row is, as a JPEG of high quality."""
    return _as_jpeg(decode_confined(row.original.read(), box=row.box).image)


def image_bytes(row: Row) -> tuple[bytes, str]:
    """What a row shows as the bytes of an image file, and the suffix that such a file has."""
    data = row.original.read() if row.box is None else cut_out(row)
    return data, _SUFFIXES[_header(data).format or ""]


def write_complete(target: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place and move it there, so that it is there whole or not."""
    part = target.with_name(f".{target.name[:50]}.partial")
    part.unlink(missing_ok=True)
    write(part)
    part.replace(target)


def _header(data: bytes) -> ImageFile.ImageFile:
    """The image as its file's header tells it; its pixels are read when they are asked for."""
    with pillow_silenced():
        return opened(data)


def _orientation(image: ImageFile.ImageFile) -> int:
    with pillow_silenced():
        return camera_facts(image).orientation


def _as_jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()
