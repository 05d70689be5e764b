"""The built-in images: handwritten digits that come with scikit-learn, as PNG files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image


def digits() -> Iterator[tuple[int, bytes]]:
    """The 1,797 UCI handwritten digits, 8 x 8 pixels: which digit it is, and a PNG of it."""
    from sklearn.datasets import load_digits

    loaded = load_digits()
    for pixels, digit in zip(loaded.images, loaded.target, strict=True):
        out = io.BytesIO()
        Image.fromarray((255 - pixels * (255 / 16)).astype(np.uint8)).save(out, "PNG")
        yield int(digit), out.getvalue()


def write_digits(folder: Path) -> int:
    """Write them as ``DIGIT/NUMBER.png``; files that are whole already are left as they are.

    Args:
        folder: made where there is none; other files in it are left alone.

    Returns:
        How many there are.

    Raises:
        OSError: the disk refuses.
    """
    count = 0
    for count, (digit, png) in enumerate(digits(), 1):
        path = folder / str(digit) / f"{count - 1:04d}.png"
        if not (path.is_file() and path.read_bytes() == png):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png)
    return count
