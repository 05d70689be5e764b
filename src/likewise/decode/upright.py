"""Any picture as Pillow decodes it -> the one form that encoders take: upright, 8-bit, RGB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PAPER = (255, 255, 255)
"""What shows through transparent pixels.

White, because that is what transparent pictures are drawn for: web pages, documents and product
cut-outs put them on it, and black would swallow line art and dark lettering whole.
"""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAPS_SIDES = frozenset({5, 6, 7, 8})
_FROM_THE_RIGHT = frozenset({2, 3, 7, 8})  # whose stored columns, or rows, run the other way
_FROM_BELOW = frozenset({3, 4, 6, 7})
_WITH_ALPHA = {"RGBA": "RGBA", "LA": "RGBA", "PA": "RGBA", "RGBa": "RGBA", "La": "LA"}
_STRIP_PIXELS = 1_000_000


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height once the picture is turned upright.

    Example:
        >>> upright_size((640, 480), orientation=6)
        (480, 640)
    """
    width, height = size
    return (height, width) if orientation in _SWAPS_SIDES else (width, height)


def before_turning(
    box: tuple[int, int, int, int], size: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Where a part of the upright picture lies in the picture as it is stored.

    Args:
        box: left, top, right and bottom edge in the upright picture.
        size: width and height of the picture as it is stored.
        orientation: as EXIF names it.

    Example:
        >>> before_turning((0, 0, 2, 1), (4, 3), orientation=6)
        (0, 1, 1, 3)
    """
    left, top, right, bottom = box
    if orientation in _SWAPS_SIDES:
        left, top, right, bottom = top, left, bottom, right
    width, height = size
    if orientation in _FROM_THE_RIGHT:
        left, right = width - right, width - left
    if orientation in _FROM_BELOW:
        top, bottom = height - bottom, height - top
    return left, top, right, bottom


def turned_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Undo the turn that EXIF names, 1 to 8 (EXIF 2.32, tag 0x0112); other values turn nothing.

    Example:
        >>> turned_upright(Image.new("RGB", (4, 3)), orientation=8).size
        (3, 4)
    """
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert a decoded picture of any mode to 8-bit RGB, over white where it is transparent.

    Sixteen-bit grey is scaled by its full range, where Pillow's own conversion clips everything
    above 255 to white. Pictures of 32-bit integers or of floats do not say which number is
    black and which is white, so their smallest and largest finite numbers are taken.

    Raises:
        ValueError: Pillow knows no way from the picture's mode to RGB.

    Example:
        >>> to_rgb(Image.new("I;16", (1, 1), 0x8000)).getpixel((0, 0))
        (128, 128, 128)
        >>> to_rgb(Image.new("RGBA", (1, 1), (0, 0, 0, 0))).getpixel((0, 0))
        (255, 255, 255)
    """
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        return image
    if mode.startswith("I;16"):
        return Image.fromarray(_high_bytes(image)).convert("RGB")
    if mode in ("I", "F"):
        return Image.fromarray(_stretched(image)).convert("RGB")
    if mode in _WITH_ALPHA:
        return _over_paper(image if mode == "RGBA" else image.convert(_WITH_ALPHA[mode]))
    if "transparency" in image.info and mode in ("1", "L", "P", "RGB"):
        return _over_paper(image.convert("RGBA"))
    return image.convert("RGB")


def _over_paper(image: Image.Image) -> Image.Image:
    paper = Image.new("RGB", image.size, PAPER)
    paper.paste(image, mask=image)
    return paper


def _high_bytes(image: Image.Image) -> NDArray[np.uint8]:
    """Of 16-bit numbers the high byte, which is also what Pillow takes of 16-bit colour."""
    levels = np.empty((image.height, image.width), dtype=np.uint8)
    for rows, numbers in _strips(image):
        levels[rows] = numbers >> 8
    return levels


def _stretched(image: Image.Image) -> NDArray[np.uint8]:
    """Map the smallest finite number to 0 and the largest to 255; what is not finite to 0."""
    levels = np.zeros((image.height, image.width), dtype=np.uint8)
    low, high = np.inf, -np.inf
    for _, numbers in _strips(image):
        finite = numbers[np.isfinite(numbers)]
        low, high = finite.min(initial=low), finite.max(initial=high)
    if low < high:
        scale = 255.0 / (high - low)
        for rows, numbers in _strips(image):
            held = np.where(np.isfinite(numbers), numbers, low)
            levels[rows] = (held - low) * scale + 0.5
    return levels


def _strips(image: Image.Image) -> Iterator[tuple[slice, NDArray[Any]]]:
    """A few rows at a time, since the array of a large picture would take twice its memory."""
    height = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, height):
        bottom = min(top + height, image.height)
        strip = image.crop((0, top, image.width, bottom))
        numbers = np.asarray(strip)
        yield (
            slice(top, bottom),
            numbers.astype(np.float64) if image.mode in ("I", "F") else numbers,
        )
