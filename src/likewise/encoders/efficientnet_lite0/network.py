"""The network of the built-in encoder: the square it sees, and its graph, built once."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from likewise.core.files import new_file
from likewise.encoders import _lite0_weights
from likewise.encoders._side_by_side import SideBySide
from likewise.encoders.efficientnet_lite0 import graph
from likewise.encoders.efficientnet_lite0.graph import SIDE
from likewise.errors import BadInputError

SHORTER_SIDE = 256
"""Pixels that the shorter side is resized to, before the middle is cut out."""


def middle_square(image: Image.Image) -> NDArray[np.uint8]:
    """Resize the shorter side to 256 (bicubic) and cut out the middle 224 x 224.

    Only pixels of the square are computed. The rest of the image is cropped first: Pillow chooses
    the order of its two passes by the shape of the image, and one order clips sharp edges
    differently from a plain resize.

    Returns:
        uint8 of shape (224, 224, 3).

    Example:
        >>> middle_square(Image.new("RGB", (640, 480), "white")).shape
        (224, 224, 3)
    """
    if image.mode != "RGB":
        raise BadInputError(
            f"an image of mode '{image.mode}' was given where 'RGB' is wanted; "
            "call image.convert('RGB') first"
        )
    left, right, near_left, near_right = _span(image.width, min(image.size))
    top, bottom, near_top, near_bottom = _span(image.height, min(image.size))
    part = image.crop((near_left, near_top, near_right, near_bottom))
    square = part.resize(
        (SIDE, SIDE),
        Image.Resampling.BICUBIC,
        box=(left - near_left, top - near_top, right - near_left, bottom - near_top),
    )
    return np.asarray(square)


def _span(length: int, shorter: int) -> tuple[float, float, int, int]:
    """The middle of one side in pixels of the image, and the pixels that bicubic reads for it."""
    resized = SHORTER_SIDE * length // shorter
    step = length / resized
    start = round((resized - SIDE) / 2) * step
    stop = start + SIDE * step
    reach = 2 * max(step, 1) + 1
    near = max(0, math.floor(start - reach)), min(length, math.ceil(stop + reach))
    return start, stop, *near


MODEL_FILE = f"efficientnet_lite0-{_lite0_weights.SHA256[:8]}-{graph.VERSION}.onnx"
"""Name of the graph in the cache: whose weights, and which version of how it is built."""


class Network(SideBySide):
    """The network on the CPU, each image alone on one thread, as many at once as threads.

    Args:
        threads: images at once; the processors this process may use when left out.
    """

    def __init__(self, threads: int | None = None) -> None:
        super().__init__(cached_graph(), threads)


def cached_graph() -> bytes:
    """The graph from the cache, or built and cached where it is missing or damaged.

    The cache is $LIKEWISE_CACHE, or a folder of the user's cache. Without access to it the graph is
    built each time.
    """
    path = _cache_folder() / MODEL_FILE
    seal = path.with_suffix(".sha256")
    with contextlib.suppress(OSError):
        model = path.read_bytes()
        if seal.read_text(encoding="ascii", errors="replace") == _seal_of(model):
            return model
    model = graph.build_graph(_lite0_weights.read_weights())
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_complete(path, model)
        _write_complete(seal, _seal_of(model).encode())
    return model


def _seal_of(model: bytes) -> str:
    """A line for `sha256sum --check`."""
    return f"{hashlib.sha256(model).hexdigest()}  {MODEL_FILE}\n"


def _write_complete(path: Path, content: bytes) -> None:
    """Write a file so that others see the old one or the new one, never half of one."""
    with new_file(path, durable=False) as part:
        part.write_bytes(content)


def _cache_folder() -> Path:
    import platformdirs

    named = os.environ.get("LIKEWISE_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("likewise"))
