"""Bytes -> an opened image of one of the formats that are read, or the reason why not."""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from likewise.errors import MissingExtraError
from likewise.images.decode.facts import BadImageError

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


def opened(data: bytes) -> ImageFile.ImageFile:
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
            failure = refusal(name, error)
    if prefix[4:8] == b"ftyp" and prefix[8:12] in _HEIF_BRANDS:
        return _opened_heif(data)
    raise failure or BadImageError(f"not an image of a format that is read ({', '.join(FORMATS)})")


def _opened_heif(data: bytes) -> ImageFile.ImageFile:
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise BadImageError(str(MissingExtraError("reading HEIC", "heic"))) from None
    try:
        image: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))
    except Exception as error:
        raise refusal("HEIC", error) from error
    return image


def refusal(kind: str, error: Exception) -> BadImageError:
    """What a decoder raised, whatever it was, as a reason of one line."""
    if isinstance(error, BadImageError):
        return error
    if isinstance(error, MemoryError):
        return BadImageError("needs more memory to decode than there is")
    words = words_of(error)
    if isinstance(error, Image.DecompressionBombError):  # Pillow's own cap, for WebP only
        return BadImageError(f"too many pixels ({words})")
    if "truncated" in words.lower():
        return BadImageError(f"truncated file ({words})")
    if words.startswith(f"broken {kind} file"):
        return BadImageError(words)
    return BadImageError(f"broken {kind} file ({words})")


def words_of(error: Exception) -> str:
    """What an exception says, on one line of bounded length."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return text[:160] or type(error).__name__


_quiet_lock = threading.Lock()
_quiet_users = 0
_quiet_filter = ("ignore", None, Warning, re.compile(r"PIL\."), 0)


@contextmanager
def pillow_silenced() -> Iterator[None]:
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
