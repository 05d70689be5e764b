"""Pictures of three kinds that are no near-duplicates of one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

KINDS = ("disc", "square", "stripes")


def picture(kind: str, seed: int, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """One shape, large and somewhere, on blotches of random colours."""
    random = np.random.default_rng([KINDS.index(kind), seed])
    blotches = random.integers(0, 255, (4, 5, 3), dtype=np.uint8)
    image = Image.fromarray(blotches).resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(image)
    reach = int(random.integers(size[1] // 4, size[1] // 2))
    left, top = (int(random.integers(0, side - reach)) for side in size)
    box = (left, top, left + reach, top + reach)
    if kind == "disc":
        pen.ellipse(box, fill=(220, 30, 30), outline="white")
    elif kind == "square":
        pen.rectangle(box, fill=(30, 30, 220), outline="white")
    else:
        for x in range(left, left + reach, 6):
            pen.line((x, top, x, top + reach), fill=(20, 160, 40), width=3)
    return image


def draw(folder: Path, each: int = 8) -> Path:
    """Pictures of each kind in a folder of that name."""
    for kind in KINDS:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            picture(kind, number).save(folder / kind / f"{number:02d}.png")
    return folder
