"""A map of a collection as a picture: labels of people, propagated labels, no label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from likewise.core.vectors import Vectors

_PAPER, _INK = "#ffffff", "#333333"
# Colours that people with any colour vision tell apart (Okabe and Ito 2008).
_KINDS = (("no label", "#c9c9c5", 2), ("propagated", "#56B4E9", 2), ("given", "#D55E00", 5))
_MARGIN, _TOP = 24, 64


def propagation_map(
    rows: Vectors, targets: NDArray[np.bool_], labelled: NDArray[np.bool_], size: int = 900
) -> Image.Image:
    """A dot for each item at its first two principal components, given ones on top.

    Args:
        rows: (n, d) in principal components, as `Landscape.rows` are.
        targets: (n,) whether a person labelled it.
        labelled: (n,) whether it has a label, given or not.
        size: of the picture in pixels.

    Example:
        >>> yes, no = np.array([True, False]), np.array([False, True])
        >>> propagation_map(np.eye(2, dtype=np.float32), yes, yes | no, size=200).size
        (200, 240)
    """
    picture = Image.new("RGB", (size, size + _TOP - _MARGIN), _PAPER)
    pen = ImageDraw.Draw(picture)
    coordinates = np.zeros((len(rows), 2), dtype=np.float32)
    width = min(2, rows.shape[1])
    coordinates[:, :width] = rows[:, :width]
    low = coordinates.min(axis=0)
    scale = (size - 2 * _MARGIN) / max(float((coordinates.max(axis=0) - low).max()), 1e-9)
    spots = (coordinates - low) * scale + (_MARGIN, _TOP)
    kinds = (~labelled, labelled & ~targets, targets)
    left = _MARGIN
    for (name, colour, radius), which in zip(_KINDS, kinds, strict=True):
        for x, y in spots[which].tolist():
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        words = f"{name}: {int(which.sum())}"
        pen.ellipse((left, 22, left + 10, 32), fill=colour)
        pen.text((left + 16, 18), words, fill=_INK, font=ImageFont.load_default(14))
        left += 16 + int(pen.textlength(words, font=ImageFont.load_default(14))) + 24
    return picture
