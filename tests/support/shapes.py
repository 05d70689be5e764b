"""Real images made on the spot: three kinds of shapes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def draw_shapes(folder: Path, each: int = 8) -> Path:
    """Write pictures of red discs, blue squares and green stripes into class folders."""
    rng = np.random.default_rng(0)
    for kind in ("disc", "square", "stripes"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            ground = tuple(int(x) for x in rng.integers(200, 255, 3))
            image = Image.new("RGB", (160, 120), ground)
            pen = ImageDraw.Draw(image)
            left, top, size = (int(x) for x in rng.integers([10, 10, 40], [60, 40, 70]))
            box = (left, top, left + size, top + size)
            if kind == "disc":
                pen.ellipse(box, fill=(200, 30, 30))
            elif kind == "square":
                pen.rectangle(box, fill=(30, 30, 200))
            else:
                for x in range(left % 12, 160, 12):
                    pen.line((x, 0, x, 120), fill=(20, 130, 40), width=5)
            image.save(folder / kind / f"{number:02d}.png")
    return folder


def truth(ids: Iterable[str]) -> dict[str, str]:
    """A yes for every disc, a no for all else."""
    return {item: "yes" if item.startswith("disc/") else "no" for item in ids}
