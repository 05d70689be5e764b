"""Made-up scenes that no other resembles, and copies of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

COPIES = {"good": (0.9, 95), "poor": (0.5, 85)}
"""Copies of a scene by name: their size as a share of the scene's, and their JPEG quality."""


def scene(seed: int) -> Image.Image:
    """A scene of ellipses that no other seed resembles."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (320, 240), tuple(random.integers(0, 255, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(25):
        left, top = random.integers(-40, 300), random.integers(-40, 220)
        box = (left, top, left + random.integers(10, 120), top + random.integers(10, 120))
        pen.ellipse(tuple(map(int, box)), fill=tuple(random.integers(0, 255, 3).tolist()))
    return image


def draw_copies(folder: Path, scenes: int = 4) -> Path:
    """Write scenes as PNG, each with a good and a poor copy as JPEG."""
    folder.mkdir(parents=True)
    for seed in range(scenes):
        image = scene(seed)
        image.save(folder / f"{seed}.png")
        for name, (share, quality) in COPIES.items():
            size = round(share * image.width), round(share * image.height)
            image.resize(size).save(folder / f"{seed}-{name}.jpg", quality=quality)
    return folder
