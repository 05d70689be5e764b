"""An image file -> an upright RGB picture and the facts about it, at a bounded cost.

The bytes are read once: the digest and the picture come from the same bytes, so that they cannot
disagree when the file changes meanwhile. `read_image` is `read_bytes` followed by `decode`, which
takes bytes and answers a plain record, so that decoding can move into another process.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields

from PIL import Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from likewise.errors import BadInputError, MissingExtraError
from likewise.exif import camera_facts
from likewise.upright import to_rgb, turned_upright, upright_size

_READ = (
    JpegImageFile,
    PngImageFile,
    WebPImageFile,
    GifImageFile,
    BmpImageFile,
    TiffImageFile,
    AvifImageFile,
)

FORMATS = tuple(kind.format for kind in _READ)
"""What is tried, by content and never by name; JPEG includes MPO, and HEIC comes as an extra."""

_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_LARGE_PIXELS = 32_000_000
_one_large_at_a_time = threading.Lock()


class BadImageError(BadInputError):
    """A file that cannot be read as an image; the message is the reason, without the path."""


@dataclass(frozen=True)
class Limits:
    """What an image may cost.

    Attributes:
        max_megapixels: millions of pixels, read from the header before anything is decoded.
        max_megabytes: size of the file, in units of 2**20 bytes.
    """

    max_megapixels: float = 200.0
    max_megabytes: float = 512.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise BadInputError(f"{field.name} is {value}; a number above 0 is wanted")


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image once it was read.

    Attributes:
        width, height: pixels of the upright original.
        format: what its content is, in Pillow's names: JPEG, PNG, WEBP, GIF, BMP, TIFF, MPO,
            AVIF or HEIF.
        taken_at: when the picture was taken, in the camera's own time, ISO 8601, or None.
        camera: make and model, or None.
        digest: SHA-256 of the file's bytes, 64 hexadecimal digits.
    """

    width: int
    height: int
    format: str
    taken_at: str | None
    camera: str | None
    digest: str


@dataclass(frozen=True, eq=False)
class Decoded(ImageFacts):
    """The facts with the picture.

    Attributes:
        image: upright, RGB; smaller than the original where that was asked for.
    """

    image: Image.Image

    def without_image(self) -> ImageFacts:
        """The facts alone, so that the picture's memory can go."""
        return ImageFacts(*(getattr(self, field.name) for field in fields(ImageFacts)))


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
                    f"{megabytes:.0f} megabytes, above the cap of {caps.max_megabytes:g}; "
                    "raise it with --max-megabytes"
                )
            return file.read(status.st_size)
    except FileNotFoundError:
        raise BadImageError("missing: the file is gone") from None
    except OSError as error:
        raise BadImageError(f"cannot be read ({error.strerror or _words(error)})") from error
    except ValueError as error:  # a null character in the path
        raise BadImageError(f"cannot be read ({_words(error)})") from error


def decode(data: bytes, shortest: int | None = None, limits: Limits | None = None) -> Decoded:
    """Decode the bytes of an image file to an upright RGB picture.

    Of an animation the first frame is taken. With `shortest`, large pictures come back reduced:
    a JPEG is scaled while it is decoded (libjpeg, by 2, 4 or 8), which takes a fraction of the
    time and memory, and anything still over four times too large is averaged down by a whole
    factor. The shorter side stays at or above `shortest`; resized from there, pixels differ from
    those of the full picture by about one level in 255 (measured in ``tests/test_decode.py``).

    A picture costs up to about eight bytes a pixel while it is decoded; those above 32
    megapixels take turns, whatever the number of threads.

    Args:
        data: the whole file.
        shortest: pixels on the shorter side that suffice; None for all there are.
        limits: caps on what is decoded.

    Raises:
        BadImageError: broken, truncated, too large, or of a format that is not read.
    """
    caps = limits or Limits()
    if not data:
        raise BadImageError("empty file (0 bytes)")
    with _pillow_kept_quiet():
        image = _opened(data)
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
            if shortest is not None and isinstance(image, JpegImageFile):
                image.draft(None, (shortest, shortest))
            pixels = image.size[0] * image.size[1]
            with _one_large_at_a_time if pixels > _LARGE_PIXELS else nullcontext():
                if kind == "PNG":
                    image.load()  # its EXIF may come after the pixels
                facts = camera_facts(image)
                image.load()
                picture = _reduced(to_rgb(image), shortest)
                picture = turned_upright(picture, facts.orientation)
        except Exception as error:
            raise _refusal(kind, error) from error
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


def _opened(data: bytes) -> ImageFile.ImageFile:
    """Parse the header by the first allowed format that accepts it.

    `PIL.Image.open` would do, but for its own pixel cap, which warns or raises by a global that
    belongs to the program around us; ours is checked next.
    """
    prefix = data[:16]
    failure: BadImageError | None = None
    for name in FORMATS:
        factory, accept = Image.OPEN[name]
        if accept is not None and accept(prefix) is not True:
            continue
        try:
            return factory(io.BytesIO(data), "")
        except Exception as error:
            failure = _refusal(name, error)
    if prefix[4:8] == b"ftyp" and prefix[8:12] in _HEIF_BRANDS:
        return _opened_heif(data)
    raise failure or BadImageError(f"not an image of a format that is read ({', '.join(FORMATS)})")


def _opened_heif(data: bytes) -> ImageFile.ImageFile:
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise BadImageError(str(MissingExtraError("reading HEIC", "heic"))) from None
    try:
        opened: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))
    except Exception as error:
        raise _refusal("HEIC", error) from error
    return opened


def _reduced(image: Image.Image, shortest: int | None) -> Image.Image:
    """Average by the largest whole factor that leaves at least twice `shortest`.

    Twice, so that a good filter still has something to choose from (Pillow's `reducing_gap`).
    """
    factor = 1 if shortest is None else min(image.size) // (2 * shortest)
    return image.reduce(factor) if factor > 1 else image


def _refusal(kind: str, error: Exception) -> BadImageError:
    if isinstance(error, BadImageError):
        return error
    if isinstance(error, MemoryError):
        return BadImageError("needs more memory to decode than there is")
    words = _words(error)
    if "truncated" in words.lower():
        return BadImageError(f"truncated file ({words})")
    return BadImageError(f"broken {kind} file ({words})")


def _words(error: Exception) -> str:
    """What an exception says, on one line of bounded length."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return text[:160] or type(error).__name__


_quiet_lock = threading.Lock()
_quiet_users = 0
_quiet_filter = ("ignore", None, Warning, re.compile(r"PIL\."), 0)


@contextmanager
def _pillow_kept_quiet() -> Iterator[None]:
    """Ignore the warnings of Pillow's own modules while at least one thread decodes.

    `warnings.catch_warnings` cannot be used: it restores a copy of the process's filters, and
    threads that overlap would restore each other's.
    """
    global _quiet_users
    with _quiet_lock:
        _quiet_users += 1
        if _quiet_users == 1 or _quiet_filter not in warnings.filters:
            warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0 and _quiet_filter in warnings.filters:
                warnings.filters.remove(_quiet_filter)  # type: ignore[attr-defined]
