"""What the camera wrote into a file: which way is up, when it was taken, and with what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from PIL import Image
from PIL.ExifTags import IFD, Base

_LONGEST_NAME = 100
_TIME = re.compile(
    r"(\d{4})[:/-] ?(\d\d?)[:/-] ?(\d\d?)(?: +|T)(\d\d?): ?(\d\d?): ?(\d\d?)"
    r"(?:\.\d*)? *(?:Z|[+-]\d\d:?\d\d)?"
)


@dataclass(frozen=True)
class CameraFacts:
    """The few EXIF facts that are kept.

    Attributes:
        orientation: 1 to 8; 1 is upright (EXIF 2.32, tag 0x0112).
        taken_at: DateTimeOriginal, else DateTimeDigitized, else DateTime, as
            ``YYYY-MM-DDTHH:MM:SS`` in the camera's own time, or None.
        camera: make and model in printable characters, or None.
    """

    orientation: int = 1
    taken_at: str | None = None
    camera: str | None = None


def camera_facts(image: Image.Image) -> CameraFacts:
    """Read the EXIF block of an opened image; one that cannot be read says nothing.

    Example:
        >>> camera_facts(Image.new("RGB", (4, 3)))
        CameraFacts(orientation=1, taken_at=None, camera=None)
    """
    # EXIF is other people's bytes behind a parser that raises whatever it trips over, and a bad
    # block is no reason to refuse a good picture.
    try:
        tags = image.getexif()
        orientation = tags.get(Base.Orientation, 1)
        make, model = tags.get(Base.Make), tags.get(Base.Model)
    except Exception:
        return CameraFacts()
    times: list[object] = [tags.get(Base.DateTime)]
    try:
        exif = tags.get_ifd(IFD.Exif)
        times[:0] = [exif.get(Base.DateTimeOriginal), exif.get(Base.DateTimeDigitized)]
    except Exception:
        pass
    return CameraFacts(
        orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        next(filter(None, map(iso_time, times)), None),
        camera_name(make, model),
    )


def iso_time(text: object) -> str | None:
    """Turn EXIF's ``YYYY:MM:DD HH:MM:SS`` into ISO 8601, or None where it is no time.

    Other programs write dashes or slashes, a T, fractions of a second and a zone; they are read,
    too. The fraction and the zone are left out: few cameras write them, and times with and without
    a zone do not sort.

    Example:
        >>> iso_time("2024:02:29 12:30:00"), iso_time("0000:00:00 00:00:00")
        ('2024-02-29T12:30:00', None)
        >>> iso_time("2024-02-29T12:30:00.45+02:00")
        '2024-02-29T12:30:00'
    """
    found = _TIME.fullmatch(text.strip("\0 ")) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second).isoformat()
    except ValueError:
        return None


def camera_name(make: object, model: object) -> str | None:
    """Join make and model, the make only once, with what cannot be printed taken out.

    Example:
        >>> camera_name("Canon", "Canon EOS 5D"), camera_name("NIKON", "D70"), camera_name("", 7)
        ('Canon EOS 5D', 'NIKON D70', None)
    """
    first, second = _printable(make), _printable(model)
    if second.lower().startswith(first.lower()):
        first = ""
    return f"{first} {second}".strip()[:_LONGEST_NAME] or None


def _printable(text: object) -> str:
    if not isinstance(text, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
