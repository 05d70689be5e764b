"""Small collections for the notebooks, cut from photographs of scikit-learn and scikit-image.

Nothing is downloaded. Each image is a random window of a photograph, mirrored and brightened at
random, so images of one kind are alike and no two are equal.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage
import sklearn.datasets
from PIL import Image, ImageEnhance

SIDE = 160
"""Pixels on a side."""

PHOTOGRAPHS = {
    "animal": "chelsea.png",
    "brick": "brick.png",
    "coins": "coins.png",
    "cup": "coffee.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "motorcycle": "motorcycle_left.png",
    "page": "page.png",
    "rocket": "rocket.jpg",
    "tripod": "camera.png",
}
"""Kinds of images, and the photograph that each is cut from."""


def photograph(kind: str) -> Image.Image:
    """The whole photograph behind a kind, in RGB."""
    if kind == "flower":
        return Image.fromarray(sklearn.datasets.load_sample_image("flower.jpg"))
    folder = Path(skimage.__file__).parent / "data"
    return Image.open(folder / PHOTOGRAPHS[kind]).convert("RGB")


def collect(folder: str, seed: int = 0, **counts: int) -> str:
    """Write a folder of images for each kind, and answer the folder.

    Args:
        folder: it is made.
        seed: another one gives other windows.
        counts: how many of each kind.
    """
    for kind, count in counts.items():
        whole = photograph(kind)
        random = np.random.default_rng([seed, *kind.encode()])
        target = Path(folder, kind)
        target.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            side = int(min(whole.size) * random.uniform(0.5, 0.9))
            left, top = (int(random.integers(0, length - side + 1)) for length in whole.size)
            image = whole.crop((left, top, left + side, top + side)).resize((SIDE, SIDE))
            if random.random() < 0.5:
                image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            image = ImageEnhance.Brightness(image).enhance(random.uniform(0.7, 1.3))
            image.save(target / f"{number:03}.jpg", quality=90)
    return folder
