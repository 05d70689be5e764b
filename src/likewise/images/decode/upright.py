"""Any picture as Pillow decodes it -> the one form that encoders take: upright, 8-bit, RGB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
_PALE = 224  # of 255; what is lighter can hardly be seen on white
_PALE_SHARE = 0.9
_NARROW = 1 << 14  # of 65,536 levels: what a sensor of up to 14 bits fills
_TAIL = 0.001  # share of the pixels at each end that may be dead or hot

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


def turned_box(
    box: tuple[float, float, float, float], size: tuple[int, int], orientation: int
) -> tuple[float, float, float, float]:
    """Where a part of the picture as it is stored lies in the upright one.

    Args:
        box: left, top, width and height in the picture as it is stored.
        size: width and height of the picture as it is stored.
        orientation: as EXIF names it.

    Example:
        >>> turned_box((20, 60, 40, 30), (200, 100), orientation=6)
        (10, 20, 30, 40)
    """
    left, top, wide, high = box
    width, height = size
    if orientation in _FROM_THE_RIGHT:
        left = width - left - wide
    if orientation in _FROM_BELOW:
        top = height - top - high
    return (top, left, high, wide) if orientation in _SWAPS_SIDES else (left, top, wide, high)


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
    """Convert a decoded picture of any mode to 8-bit RGB.

    Sixteen-bit grey is scaled by its full range, where Pillow's own conversion clips everything
    above 255 to white. Where it fills less than a quarter of the range, as from a thermal camera
    or a sensor of 12 bits, its own range is stretched instead. Pictures of 32-bit integers or of
    floats do not say which number is black and which is white, so their smallest and largest
    finite numbers are taken. Of 16-bit colour Pillow reads the high bytes.

    Transparent pictures are laid over white: web pages, documents and product cut-outs put them
    on it. What is nearly white itself is laid over black.

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
        return Image.fromarray(_levels_of_16_bits(image)).convert("RGB")
    if mode in ("I", "F"):
        return Image.fromarray(_stretched(image)).convert("RGB")
    if mode in _WITH_ALPHA:
        return _over_ground(image if mode == "RGBA" else image.convert(_WITH_ALPHA[mode]))
    if "transparency" in image.info and mode in ("1", "L", "P", "RGB"):
        return _over_ground(image.convert("RGBA"))
    return image.convert("RGB")


def _over_ground(image: Image.Image) -> Image.Image:
    """Lay a picture with an alpha channel over a ground that its visible part stands out from."""
    alpha = image.getchannel("A")
    levels = np.flatnonzero(alpha.histogram()).tolist()
    ground = WHITE
    if len(levels) > 1:
        visible = alpha.point([0 if level <= levels[-1] // 2 else 255 for level in range(256)])
        counts = image.convert("L").histogram(visible)
        if sum(counts[_PALE:]) >= _PALE_SHARE * sum(counts):
            ground = BLACK
    paper = Image.new("RGB", image.size, ground)
    paper.paste(image, mask=alpha)
    return paper


def _levels_of_16_bits(image: Image.Image) -> NDArray[np.uint8]:
    """The high byte, or where few of the levels are used, the range that is used, stretched."""
    counts = np.zeros(1 << 16, dtype=np.int64)
    for _, numbers in _strips(image):
        counts += np.bincount(numbers.ravel(), minlength=1 << 16)
    below = np.cumsum(counts)
    # In a small picture a thousandth of the pixels is less than one: then all of them count.
    low = int(np.searchsorted(below, _TAIL * below[-1], side="right"))
    high = int(np.searchsorted(below, (1 - _TAIL) * below[-1]))
    if low == high:
        low, high = int(np.flatnonzero(counts)[0]), int(np.flatnonzero(counts)[-1])
    brightness = np.arange(1 << 16)
    table = (brightness >> 8).astype(np.uint8)
    if low < high and high - low < _NARROW:
        shares = (np.clip(brightness, low, high) - low) / (high - low)
        table = (shares * 255 + 0.5).astype(np.uint8)
    levels = np.empty((image.height, image.width), dtype=np.uint8)
    for rows, numbers in _strips(image):
        levels[rows] = table[numbers]
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
            clean = np.where(np.isfinite(numbers), numbers, low)
            levels[rows] = (clean - low) * scale + 0.5
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
