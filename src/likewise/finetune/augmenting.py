"""Versions of an image that show the same thing: cut, mirrored and coloured at random."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

_AREA = (0.4, 1.0)  # share of the image that is kept
_SHAPE = (3 / 4, 4 / 3)  # width over height of the cut
_COLOUR = 0.2  # how far brightness, contrast and saturation go from 1
_TRIES = 10


def changed(
    image: Image.Image, side: int, resample: int, random: np.random.Generator
) -> NDArray[np.uint8]:
    """One version of an image, as a square.

    A part of random size and shape is cut out and squeezed into the square (Szegedy et al. 2015,
    "Going deeper with convolutions"), mirrored every other time, and its brightness, contrast
    and saturation are changed a little.

    Args:
        image: upright, RGB.
        side: pixels of the square.
        resample: Pillow's number of the filter.
        random: what is drawn from.

    Returns:
        uint8 of shape (side, side, 3).

    Example:
        >>> draw = np.random.default_rng(0)
        >>> changed(Image.new("RGB", (30, 20), "red"), 8, 3, draw).shape
        (8, 8, 3)
    """
    square = image.resize((side, side), Image.Resampling(resample), box=_part(image.size, random))
    if random.random() < 0.5:
        square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        square = kind(square).enhance(float(random.uniform(1 - _COLOUR, 1 + _COLOUR)))
    return np.asarray(square)


def _part(size: tuple[int, int], random: np.random.Generator) -> tuple[float, float, float, float]:
    """A part of an image: left, top, right, bottom in pixels."""
    width, height = size
    for _ in range(_TRIES):
        area = width * height * random.uniform(*_AREA)
        shape = math.exp(random.uniform(math.log(_SHAPE[0]), math.log(_SHAPE[1])))
        wide, high = math.sqrt(area * shape), math.sqrt(area / shape)
        if wide <= width and high <= height:
            left, top = random.uniform(0, width - wide), random.uniform(0, height - high)
            return left, top, left + wide, top + high
    side = min(size)  # a very long image, of which no such part was found
    left, top = random.uniform(0, width - side), random.uniform(0, height - side)
    return left, top, left + side, top + side
