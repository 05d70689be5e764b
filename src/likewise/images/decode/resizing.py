"""A decoded picture, or a part of it, made as small as what is done with it allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from likewise.core.box import Box

_MARGIN = 2  # how many times `shortest` a reduced picture keeps, so that a filter can choose well

Edges: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def enough(size: tuple[int, int], boxes: Sequence[Box | None], shortest: int | None) -> int | None:
    """Pixels that the whole picture's shorter side must keep so that each part keeps `shortest`.

    Example:
        >>> enough((4000, 3000), [None, Box(0, 0, 1500, 1500)], 256)
        512
    """
    if shortest is None:
        return None
    sides = [min(size) if box is None else max(1, min(*box[2:], *size)) for box in boxes]
    return math.ceil(shortest * min(size) / min(sides))


def drafted(image: ImageFile.ImageFile, shortest: int | None) -> tuple[float, float]:
    """Tell libjpeg to scale while it decodes; how much of what comes of it is picture.

    It rounds sizes up, so the last row and column may hold less than a whole pixel of picture.
    """
    if shortest is not None and isinstance(image, JpegImageFile):
        answer = image.draft(None, (_MARGIN * shortest, _MARGIN * shortest))
        if answer is not None:
            return answer[1][2:]
    return float(image.width), float(image.height)


def reduced(image: Image.Image, edges: Edges, shortest: int | None) -> Image.Image:
    """Cut a part out, and resize it to the margin over `shortest` if it could be halved.

    Args:
        image: the picture, as it was decoded.
        edges: of the part, in its pixels; not whole ones where the picture was drafted.
        shortest: pixels on the shorter side that suffice; None for all there are.
    """
    left, top, right, bottom = edges
    width, height = right - left, bottom - top
    scale = 1.0 if shortest is None else min(1.0, _MARGIN * shortest / min(width, height))
    bounds = (round(left), round(top), round(right), round(bottom))
    if scale > 0.5 and all(edge.is_integer() for edge in edges):
        return image if bounds[2:] == image.size and not any(bounds[:2]) else image.crop(bounds)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC, edges, reducing_gap=2.0)
