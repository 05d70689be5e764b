"""A picture written to a file, marked as one that likewise drew."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from likewise.core.output_files import DRAWN_BY, complete_file
from likewise.errors import BadInputError

_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def picture_format(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        BadInputError: another ending.
    """
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise BadInputError(
            f"{path} does not end like a picture; give a name ending in .png or .jpg"
        )
    return form


def save_picture(image: Image.Image, path: Path) -> None:
    """Write a picture, whole or not at all.

    Raises:
        BadInputError: its name does not end like a picture's.
        StorageError: the disk is full or refuses.
    """
    form = picture_format(path)
    with complete_file(path) as part:
        if form == "PNG":
            about = PngInfo()
            about.add_text("Software", DRAWN_BY)
            image.save(part, form, pnginfo=about)
        elif form == "JPEG":
            image.convert("RGB").save(part, form, comment=DRAWN_BY)
        else:
            image.convert("RGB").save(part, form)
