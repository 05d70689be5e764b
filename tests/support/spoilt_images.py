"""Images that were cut short or of which a bit flipped, in every format that is read."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
from bad_images import Expected, encoded
from PIL import Image, features

FLIPS = 12
"""Of each format, spread over the file: headers, tables and pixels."""

REFUSED = r"^(truncated|broken [A-Z]+) file|^not an image|megapixels, above the cap|too many pixels"
CUT = Expected(reason=REFUSED)

_NO_CHECK = Expected(reason=REFUSED, either=True)
"""Few formats have checksums: a flipped bit is a wrong pixel, or is found, or ends the file."""


def spoilt() -> Iterator[tuple[str, bytes, Expected]]:
    """Names, bytes and what must come of each."""
    rng = random.Random(11)
    for name, data in _whole():
        stem, _, suffix = name.rpartition(".")
        for percent in (1, 25, 75, 99):
            # Of several pictures only the first is wanted, and it may be whole.
            cut = _NO_CHECK if stem.startswith("several") else CUT
            yield f"{stem}-cut-at-{percent}.{suffix}", data[: len(data) * percent // 100], cut
        for number in range(FLIPS):
            # The first half of the flips hit the first hundred bytes, where headers are.
            at = rng.randrange(min(100, len(data)) if number < FLIPS // 2 else len(data))
            flipped = bytearray(data)
            flipped[at] ^= 1 << rng.randrange(8)
            yield f"{stem}-flipped-{number}.{suffix}", bytes(flipped), _NO_CHECK


def _whole() -> Iterator[tuple[str, bytes]]:
    grain = Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8))
    more: dict[str, Any] = {"save_all": True, "append_images": [grain.rotate(90), grain]}
    yield "baseline.jpg", encoded(grain, "JPEG")
    yield "progressive.jpg", encoded(grain, "JPEG", progressive=True)
    yield "several.jpg", encoded(grain, "MPO", **more)
    yield "plain.png", encoded(grain, "PNG")
    yield "several.png", encoded(grain, "PNG", **more)
    yield "grey.png", encoded(grain.convert("L"), "PNG")
    yield "lossy.webp", encoded(grain, "WEBP")
    yield "lossless.webp", encoded(grain, "WEBP", lossless=True)
    yield "several.webp", encoded(grain, "WEBP", **more)
    yield "plain.gif", encoded(grain, "GIF")
    yield "several.gif", encoded(grain, "GIF", **more)
    yield "plain.bmp", encoded(grain, "BMP")
    yield "plain.tif", encoded(grain, "TIFF")
    yield "lzw.tif", encoded(grain, "TIFF", compression="tiff_lzw")
    if features.check("avif"):
        yield "plain.avif", encoded(grain, "AVIF")
    if find_spec("pillow_heif"):
        yield "plain.heic", _heic(grain)


def _heic(image: Image.Image) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=90)
    return buffer.getvalue()
