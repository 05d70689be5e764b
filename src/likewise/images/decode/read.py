"""A file or its bytes -> an upright RGB picture and the facts about it."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from likewise.core.box import Box, part_digest
from likewise.errors import BadInputError
from likewise.images.decode.exif import camera_facts
from likewise.images.decode.facts import BadImageError, Decoded, ImageFacts, Limits
from likewise.images.decode.open_image import opened, pillow_silenced, refusal, words_of
from likewise.images.decode.resizing import drafted, enough, reduced
from likewise.images.decode.upright import before_turning, to_rgb, turned_upright, upright_size

_LARGE_PIXELS = 32_000_000
large_image_lock = threading.Lock()
"""Taken while a large picture is decoded; memory for one of them is enough."""


def read_image(
    path: str | os.PathLike[str],
    shortest: int | None = None,
    limits: Limits | None = None,
    box: Box | None = None,
) -> Decoded:
    """Read an image file; see `decode` for what is done with it.

    Args:
        path: the file; nothing but a regular file is read, so that a FIFO cannot hang the run.
        shortest: pixels on the shorter side that suffice; None for all there are.
        limits: caps on what is decoded.
        box: the part of it that is wanted; None for all of it.

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
    return decode(read_bytes(path, limits), shortest, limits, box)


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
            caps.check_bytes(status.st_size)
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
    box: Box | None = None,
) -> Decoded:
    """Decode the bytes of an image file, or a part of it, to an upright RGB picture.

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
        box: the part of it that is wanted; None for all of it.

    Raises:
        BadImageError: broken, truncated, too large, or of a format that is not read; or no pixel
            is in the box.
    """
    (part,) = decode_parts(data, [box], shortest, limits)
    if isinstance(part, BadImageError):
        raise part
    return part


def decode_parts(
    data: bytes,
    boxes: Sequence[Box | None],
    shortest: int | None = None,
    limits: Limits | None = None,
    turn: AbstractContextManager[Any] = large_image_lock,
) -> list[Decoded | BadImageError]:
    """Decode the bytes of an image file once, and take several parts of it; see `decode`.

    Args:
        data: the whole file.
        boxes: the parts that are wanted; None for the whole picture.
        shortest: pixels on the shorter side of each part that suffice; None for all there are.
        limits: caps on what is decoded.
        turn: held while a large picture is decoded.

    Returns:
        One answer a box; an error where no pixel of the picture is in it.

    Raises:
        BadImageError: broken, truncated, too large, or of a format that is not read.

    Example:
        >>> import io
        >>> buffer = io.BytesIO()
        >>> Image.new("RGB", (64, 48)).save(buffer, "PNG")
        >>> whole, part = decode_parts(buffer.getvalue(), [None, Box(10, 10, 20, 30)])
        >>> whole.image.size, part.image.size, whole.digest == part.digest
        ((64, 48), (20, 30), False)
    """
    caps = limits or Limits()
    if not data:
        raise BadImageError("empty file (0 bytes)")
    with pillow_silenced():
        image = opened(data)
        kind = image.format or "image"
        size = image.size
        caps.check_pixels(*size)
        # Parsers of hostile bytes raise far more than they document: struct.error, SyntaxError,
        # KeyError, zlib.error, MemoryError and others were all seen. Each costs one file.
        try:
            drawn = drafted(image, enough(size, boxes, shortest))
            pixels = image.size[0] * image.size[1]
            with turn if pixels > _LARGE_PIXELS else nullcontext():
                image.load()
                # Only now: the EXIF of a PNG may come after the pixels, and of a TIFF Pillow
                # turns the pixels itself and takes the orientation out.
                camera = camera_facts(image)
                width, height = upright_size(size, camera.orientation)
                digest = hashlib.sha256(data).hexdigest()
                facts = ImageFacts(width, height, kind, camera.taken_at, camera.camera, digest)
                picture = _Picture(to_rgb(image), size, drawn, camera.orientation, facts)
                return [picture.part(box, shortest) for box in boxes]
        except Exception as error:
            raise refusal(kind, error) from error


@dataclass(frozen=True, eq=False)
class _Picture:
    """A decoded picture that parts are taken from.

    Attributes:
        image: RGB, as it is stored, perhaps reduced.
        size: pixels that it has when it is not.
        drawn: how much of the image is picture, in its own pixels.
        orientation: as EXIF names it.
        facts: of the whole upright picture.
    """

    image: Image.Image
    size: tuple[int, int]
    drawn: tuple[float, float]
    orientation: int
    facts: ImageFacts

    def part(self, box: Box | None, shortest: int | None) -> Decoded | BadImageError:
        """A part with its facts."""
        facts, edges = self.facts, (0.0, 0.0, *self.drawn)
        if box is not None:
            try:
                pixels = box.pixels(facts.width, facts.height)
            except BadInputError as error:
                return BadImageError(str(error))
            left, top, right, bottom = before_turning(pixels, self.size, self.orientation)
            wide, high = self.drawn[0] / self.size[0], self.drawn[1] / self.size[1]
            edges = (left * wide, top * high, right * wide, bottom * high)
            facts = replace(
                facts,
                width=pixels[2] - pixels[0],
                height=pixels[3] - pixels[1],
                digest=part_digest(facts.digest, pixels),
            )
        image = turned_upright(reduced(self.image, edges, shortest), self.orientation)
        return Decoded(**vars(facts), image=image)
