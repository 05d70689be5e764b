"""What can be told of a picture from its thumbnail: light, sharpness, contents, and a sketch."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SKETCH = 32
"""Pixels on each side of a sketch."""

DETAILS = 128
"""Pixels on each side of the picture that details are compared in."""

_SIDE = 128


@dataclass(frozen=True, eq=False)
class PictureFacts:
    """Plain measurements of one picture.

    Attributes:
        darkest: brightness, from 0 to 1, that 5 % of the pixels stay below.
        lightest: brightness that 1 % of the pixels are above.
        contrast: standard deviation of the brightness.
        sharpness: spread of the differences between neighbouring pixels (the standard deviation
            of the Laplacian), measured at the size of a thumbnail.
        entropy: bits a pixel of the brightness, from 0 (one grey) to 8.
        sketch: uint8 of shape (32, 32), the brightness of the picture squeezed into a square.
    """

    darkest: float
    lightest: float
    contrast: float
    sharpness: float
    entropy: float
    sketch: NDArray[np.uint8]


MEASURED = ("darkest", "lightest", "contrast", "sharpness", "entropy")
"""Names of the numbers among the facts."""


def picture_facts(picture: bytes | Image.Image) -> PictureFacts:
    """Measure a picture: a JPEG's bytes, or an image.

    Raises:
        OSError: the bytes are no image.

    Example:
        >>> grey = picture_facts(Image.new("RGB", (200, 100), (128, 128, 128)))
        >>> round(grey.lightest, 2), grey.sharpness, grey.entropy
        (0.5, 0.0, 0.0)
    """
    image = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    image.draft("L", (_SIDE, _SIDE))  # a JPEG is decoded at a half of its size where that suffices
    grey = image.convert("L")
    sketch = np.asarray(grey.resize((SKETCH, SKETCH), Image.Resampling.BOX), dtype=np.uint8)
    light = np.asarray(grey, dtype=np.float32) / np.float32(255)
    counts = np.bincount(np.asarray(grey).ravel(), minlength=256)
    shares = counts[counts > 0] / counts.sum()
    darkest, lightest = np.quantile(light, (0.05, 0.99))
    return PictureFacts(
        float(darkest),
        float(lightest),
        float(light.std()),
        _sharpness(light),
        float(max(0.0, -(shares * np.log2(shares)).sum())),
        sketch,
    )


def square_thumbnail(jpeg: bytes) -> NDArray[np.uint8]:
    """The picture squeezed into a square, RGB, uint8 (128, 128, 3).

    Raises:
        OSError: the bytes are no image.
    """
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    return np.asarray(image.resize((DETAILS, DETAILS), Image.Resampling.LANCZOS))


def _sharpness(light: NDArray[np.float32]) -> float:
    if min(light.shape) < 3:
        return 0.0
    middle = light[1:-1, 1:-1]
    around = light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:]
    return float((around - 4 * middle).std())
