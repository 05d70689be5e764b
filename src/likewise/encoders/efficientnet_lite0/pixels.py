"""From an image to the square of pixels that the network sees."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.encoders.efficientnet_lite0.graph import SIDE
from likewise.errors import BadInputError

SHORTER_SIDE = 256
"""Pixels that the shorter side is resized to, before the middle is cut out."""


def middle_square(image: Image.Image) -> NDArray[np.uint8]:
    """Resize the shorter side to 256 (bicubic) and cut out the middle 224 x 224.

    Only the pixels that end up in the square are computed. Pixels outside the part that they
    depend on are cut off first: it keeps Pillow from choosing, by the image's shape, an order
    of its two passes that clips sharp edges otherwise than a plain resize does.

    Returns:
        uint8 of shape (224, 224, 3).

    Raises:
        BadInputError: the image is not RGB.

    Example:
        >>> middle_square(Image.new("RGB", (640, 480), "white")).shape
        (224, 224, 3)
    """
    if image.mode != "RGB":
        raise BadInputError(
            f"an image of mode '{image.mode}' was given where 'RGB' is wanted; "
            "call image.convert('RGB') first"
        )
    left, right, near_left, near_right = _span(image.width, min(image.size))
    top, bottom, near_top, near_bottom = _span(image.height, min(image.size))
    part = image.crop((near_left, near_top, near_right, near_bottom))
    square = part.resize(
        (SIDE, SIDE),
        Image.Resampling.BICUBIC,
        box=(left - near_left, top - near_top, right - near_left, bottom - near_top),
    )
    return np.asarray(square)


def _span(length: int, shorter: int) -> tuple[float, float, int, int]:
    """Along one side: the middle in pixels of the image, and what bicubic looks at for it."""
    resized = SHORTER_SIDE * length // shorter
    step = length / resized
    start = round((resized - SIDE) / 2) * step
    stop = start + SIDE * step
    reach = 2 * max(step, 1) + 1
    near = max(0, math.floor(start - reach)), min(length, math.ceil(stop + reach))
    return start, stop, *near
