"""Whether reading an image file gave what it must."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import numpy as np
from bad_images import Expected

from likewise.images.decode import BadImageError, read_image


def complaint(path: Path, expected: Expected, shortest: int | None = None) -> str | None:
    """What is wrong with what came of a file, or None."""
    try:
        decoded = read_image(path, shortest)
    except BadImageError as error:
        reason = str(error)
        if expected.reason is None or not re.search(expected.reason, reason):
            return f"refused: {reason}"
        return None if reason.isprintable() and str(path) not in reason else f"unfit: {reason}"
    if expected.either:
        return None if decoded.image.mode == "RGB" else f"came out as {decoded.image.mode}"
    if expected.reason is not None:
        return "was not refused"
    image = decoded.image
    if (decoded.width, decoded.height) != expected.size:
        return f"is {decoded.width} x {decoded.height}"
    if image.mode != "RGB" or (shortest is None and image.size != expected.size):
        return f"came out as {image.mode} {image.size}"
    if expected.quarters is not None:
        found = [
            image.getpixel((int(image.width * x), int(image.height * y)))
            for y, x in product((0.25, 0.75), repeat=2)
        ]
        if np.abs(np.array(found) - np.array(expected.quarters)).max() > expected.tolerance:
            return f"has quarters {found}"
    return None
