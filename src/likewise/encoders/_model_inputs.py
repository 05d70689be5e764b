"""What a model reads of an image: the square in the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.errors import BadInputError


@dataclass(frozen=True)
class MiddleCut:
    """Resize the shorter side and cut out the middle.

    Attributes:
        side: pixels of the square.
        shorter: pixels that the shorter side is resized to.
        resample: Pillow's number of the filter.

    Example:
        >>> MiddleCut(8, 10).square(Image.new("RGB", (32, 16), "white")).shape
        (8, 8, 3)
    """

    side: int
    shorter: int
    resample: int = int(Image.Resampling.BICUBIC)

    def __post_init__(self) -> None:
        if not 0 < self.side <= self.shorter:
            raise ValueError(f"a square of {self.side} out of {self.shorter} pixels")
        Image.Resampling(self.resample)

    def square(self, image: Image.Image) -> NDArray[np.uint8]:
        """The middle of an upright RGB image as uint8 of shape (side, side, 3)."""
        scale = min(image.size) / self.shorter
        width, height = (max(self.shorter, int(length / scale)) for length in image.size)
        image = image.resize((width, height), Image.Resampling(self.resample))
        left, top = round((width - self.side) / 2), round((height - self.side) / 2)
        return np.asarray(image.crop((left, top, left + self.side, top + self.side)))


def check_squares(batch: NDArray[Any], side: int) -> None:
    """Refuse anything but prepared images, uint8 of shape (n, side, side, 3)."""
    expected = (side, side, 3)
    if batch.ndim != 4 or batch.shape[1:] != expected or batch.dtype != np.uint8:
        raise BadInputError(
            f"a batch of {batch.dtype} of shape {batch.shape} was given; uint8 of shape "
            f"(n, {', '.join(map(str, expected))}) is wanted, as 'prepare' answers"
        )
