"""The box of an item that is a part of an image, and the digest of that part."""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple

from likewise.errors import BadInputError

_NO_PIXEL = 1e-3  # boxes that were fractions of a side come back a hair beside whole pixels


class Box(NamedTuple):
    """A rectangle in pixels of an upright picture, as COCO writes it.

    Attributes:
        x, y: of its left top corner, from the picture's left top corner.
        width, height: its size.

    Example:
        >>> Box(10, 20, 30.5, 40).pixels(640, 480)
        (10, 20, 41, 60)
    """

    x: float
    y: float
    width: float
    height: float

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The pixels that the box touches: left, top, right and bottom edge, in whole pixels.

        What lies outside the picture is cut off.

        Args:
            width, height: pixels of the upright picture.

        Raises:
            BadInputError: no pixel of the picture is in it.
        """
        if not all(map(math.isfinite, self)):
            raise BadInputError(f"the box {tuple(self)} holds a number that is not finite")
        left = max(0, math.floor(self.x + _NO_PIXEL))
        top = max(0, math.floor(self.y + _NO_PIXEL))
        right = min(width, math.ceil(self.x + self.width - _NO_PIXEL))
        bottom = min(height, math.ceil(self.y + self.height - _NO_PIXEL))
        if left >= right or top >= bottom:
            raise BadInputError(
                f"the box {tuple(self)} holds no pixel of a picture of {width} x {height}; "
                "x, y, width and height in pixels of the upright picture are wanted"
            )
        return left, top, right, bottom


def part_digest(digest: str, pixels: tuple[int, int, int, int]) -> str:
    """Digest of the content of a part of an image, as an image's digest is of the image.

    Args:
        digest: of the image's content, 64 hexadecimal digits.
        pixels: left, top, right and bottom edge of the part.

    Example:
        >>> part_digest("ab" * 32, (0, 0, 8, 8))[:8]
        'ef77ddc4'
    """
    return hashlib.sha256(f"{digest} {','.join(map(str, pixels))}".encode()).hexdigest()
