"""Any picture as Pillow decodes it -> the one form that encoders take: upright, 8-bit, RGB."""

from __future__ import annotations

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
_WITH_ALPHA = {"RGBA": "RGBA", "LA": "RGBA", "PA": "RGBA", "RGBa": "RGBA", "La": "LA"}
_LARGEST_16_BIT = 65_535


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height once the picture is turned upright.

    Example:
        >>> upright_size((640, 480), orientation=6)
        (480, 640)
    """
    width, height = size
    return (height, width) if orientation in _SWAPS_SIDES else (width, height)


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
        # The high byte, which is also what Pillow takes of 16-bit colour.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if mode in ("I", "F"):
        return Image.fromarray(_stretched(np.asarray(image))).convert("RGB")
    if mode in _WITH_ALPHA:
        return _over_paper(image if mode == "RGBA" else image.convert(_WITH_ALPHA[mode]))
    if "transparency" in image.info and mode in ("1", "L", "P", "RGB"):
        return _over_paper(image.convert("RGBA"))
    return image.convert("RGB")


def _over_paper(image: Image.Image) -> Image.Image:
    paper = Image.new("RGB", image.size, PAPER)
    paper.paste(image, mask=image)
    return paper


def _stretched(numbers: NDArray[Any]) -> NDArray[np.uint8]:
    """Map the smallest finite number to 0 and the largest to 255; what is not finite to 0."""
    numbers = numbers.astype(np.float64)
    finite = np.isfinite(numbers)
    if not finite.any():
        return np.zeros(numbers.shape, dtype=np.uint8)
    low, high = numbers[finite].min(), numbers[finite].max()
    scaled = (np.where(finite, numbers, low) - low) * (255.0 / (high - low or 1.0))
    return np.asarray(scaled + 0.5, dtype=np.uint8)
