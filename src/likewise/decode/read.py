"""A file or its bytes -> an upright RGB picture and the facts about it."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from likewise.decode.exif import camera_facts
from likewise.decode.facts import BadImageError, Decoded, Limits
from likewise.decode.opening import opened, refusal, words_of
from likewise.decode.quiet import pillow_kept_quiet
from likewise.decode.upright import to_rgb, turned_upright, upright_size

_MARGIN = 2  # how many times `shortest` a reduced picture keeps, so that a filter can choose well
_LARGE_PIXELS = 32_000_000
one_large_at_a_time = threading.Lock()
"""Taken while a large picture is decoded; memory for one of them is enough."""

_Box: TypeAlias = tuple[float, float, float, float]


def read_image(
    path: str | os.PathLike[str], shortest: int | None = None, limits: Limits | None = None
) -> Decoded:
    """Read an image file; see `decode` for what is done with it.

    Args:
        path: the file; nothing but a regular file is read, so that a FIFO cannot hang the run.
        shortest: pixels on the shorter side that suffice; None for all there are.
        limits: caps on what is decoded.

    Raises:
        BadImageError: it cannot be read, for the reason in the message.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.png")
        ...     Image.new("L", (4, 3), 7).save(path)
        ...     decoded = read_image(path)
        >>> decoded.format, decoded.width, decoded.image.getpixel((0, 0))
        ('PNG', 4, (7, 7, 7))
    """
    return decode(read_bytes(path, limits), shortest, limits)


def read_bytes(path: str | os.PathLike[str], limits: Limits | None = None) -> bytes:
    """Read a regular file of a sane size.

    Raises:
        BadImageError: it is gone, forbidden, empty, too large or no regular file.
    """
    caps = limits or Limits()
    # Opening a FIFO without O_NONBLOCK waits for a writer for ever.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BadImageError("not a regular file")
            if status.st_size == 0:
                raise BadImageError("empty file (0 bytes)")
            megabytes = status.st_size / 2**20
            if megabytes > caps.max_megabytes:
                raise BadImageError(
                    f"{megabytes:.0f} megabytes, above the cap of {caps.max_megabytes:g} for a "
                    "file; raise it with --max-megabytes"
                )
            return file.read(status.st_size)
    except FileNotFoundError:
        raise BadImageError("missing: the file is gone") from None
    except OSError as error:
        raise BadImageError(f"cannot be read ({error.strerror or words_of(error)})") from error
    except ValueError as error:  # a null character in the path
        raise BadImageError(f"cannot be read ({words_of(error)})") from error


def decode(
    data: bytes,
    shortest: int | None = None,
    limits: Limits | None = None,
    turn: AbstractContextManager[Any] = one_large_at_a_time,
) -> Decoded:
    """Decode the bytes of an image file to an upright RGB picture.

    Of an animation the first frame is taken. With `shortest`, large pictures come back reduced:
    a JPEG is scaled while it is decoded (libjpeg, by 2, 4 or 8), which takes a fraction of the
    time and memory, and what could still be halved is resized. The shorter side stays at or
    above twice `shortest`, or what it was. Resized to `shortest` from there, pixels are within
    one level in 255 of the full picture's on average (three, were the margin one and not two),
    and EfficientNet-Lite0's vectors within a cosine of .999 (.993).

    While it is decoded a picture costs four to twelve bytes a pixel, so those above 32 megapixels
    take turns, whatever the number of threads.

    Args:
        data: the whole file.
        shortest: pixels on the shorter side that suffice; None for all there are.
        limits: caps on what is decoded.
        turn: held while a large picture is decoded.

    Raises:
        BadImageError: broken, truncated, too large, or of a format that is not read.
    """
    caps = limits or Limits()
    if not data:
        raise BadImageError("empty file (0 bytes)")
    with pillow_kept_quiet():
        image = opened(data)
        kind = image.format or "image"
        size = image.size
        megapixels = size[0] * size[1] / 1e6
        if megapixels > caps.max_megapixels:
            raise BadImageError(
                f"{megapixels:.0f} megapixels, above the cap of {caps.max_megapixels:g}; "
                "raise it with --max-megapixels"
            )
        # Parsers of hostile bytes raise far more than they document: struct.error, SyntaxError,
        # KeyError, zlib.error, MemoryError and others were all seen. Each costs one file.
        try:
            box = _drafted(image, shortest)
            pixels = image.size[0] * image.size[1]
            with turn if pixels > _LARGE_PIXELS else nullcontext():
                image.load()
                # Only now: the EXIF of a PNG may come after the pixels, and of a TIFF Pillow
                # turns the pixels itself and takes the orientation out.
                facts = camera_facts(image)
                picture = _reduced(to_rgb(image), box, shortest)
                picture = turned_upright(picture, facts.orientation)
        except Exception as error:
            raise refusal(kind, error) from error
    width, height = upright_size(size, facts.orientation)
    return Decoded(
        width=width,
        height=height,
        format=kind,
        taken_at=facts.taken_at,
        camera=facts.camera,
        digest=hashlib.sha256(data).hexdigest(),
        image=picture,
    )


def _drafted(image: ImageFile.ImageFile, shortest: int | None) -> _Box:
    """Tell libjpeg to scale while it decodes; where the picture will lie in what comes of it.

    It rounds sizes up, so the last row and column may hold less than a whole pixel of picture.
    """
    if shortest is not None and isinstance(image, JpegImageFile):
        drafted = image.draft(None, (_MARGIN * shortest, _MARGIN * shortest))
        if drafted is not None:
            return drafted[1]
    return (0.0, 0.0, *image.size)


def _reduced(image: Image.Image, box: _Box, shortest: int | None) -> Image.Image:
    """Resize a picture that was drafted, or could be halved, to the margin over `shortest`."""
    if shortest is None:
        return image
    width, height = box[2:]
    scale = _MARGIN * shortest / min(width, height)
    if scale > 0.5 and width == image.width and height == image.height:
        return image
    size = (round(width * scale), round(height * scale))
    return image.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=2.0)
