"""Small pictures of every image: how one is made, and the file that keeps them."""

from __future__ import annotations

import io

from PIL import Image

from likewise.images.thumbnails.pack import ThumbnailPack

__all__ = ["LONGEST", "ThumbnailPack", "make_thumbnail"]

LONGEST = 240
"""Pixels on the longer side of a thumbnail."""

_QUALITY = 80


def make_thumbnail(image: Image.Image, longest: int = LONGEST) -> bytes:
    """Encode an RGB picture as a small JPEG; one that is small already is not resized.

    The file holds pixels and nothing else; the places, comments and scripts that came with the
    picture are left behind.

    Args:
        image: upright, RGB.
        longest: pixels on the longer side.

    Example:
        >>> jpeg = make_thumbnail(Image.new("RGB", (960, 480)))
        >>> Image.open(io.BytesIO(jpeg)).size
        (240, 120)
    """
    width, height = image.size
    scale = longest / max(width, height)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, comment=b"")  # else Pillow keeps the original's
    return buffer.getvalue()
