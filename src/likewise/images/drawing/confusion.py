"""A confusion matrix as a picture, with Pillow alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from likewise.errors import BadInputError

_PAPER, _INK, _GRID = "#ffffff", "#333333", "#e3e3e0"
_RIGHT, _WRONG = (0, 114, 178), (213, 94, 0)  # blue and vermilion of Okabe and Ito 2008
_CELL, _MARGIN, _TITLE, _LONGEST = 44, 16, 34, 24


def confusion_picture(
    counts: NDArray[np.float64], names: Sequence[str], title: str = ""
) -> Image.Image:
    """Draw how many images of each class (row) were called each class (column).

    Right answers are blue and mistakes orange, the stronger the larger their share of the row.

    Args:
        counts: (classes, classes), as `likewise.classify.classification.confusion` answers.
        names: of the classes.
        title: above it.

    Raises:
        BadInputError: counts and names do not belong together.

    Example:
        >>> confusion_picture(np.eye(2), ("cat", "dog"), "Pets").mode
        'RGB'
    """
    if counts.shape != (len(names), len(names)) or not len(names):
        raise BadInputError(
            f"a confusion matrix of shape {counts.shape} does not fit {len(names)} names; one row "
            "and one column for each class is wanted"
        )
    font, title_font = ImageFont.load_default(13), ImageFont.load_default(16)
    shown = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..." for name in names]
    widest = max(int(font.getlength(name)) for name in shown)
    left, top = _MARGIN + widest + 10, _MARGIN + _TITLE + widest + 10
    side = _CELL * len(names)
    size = (max(left + side + _MARGIN, 420), top + side + _MARGIN + 20)
    picture = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=title_font)
    for index, name in enumerate(shown):
        middle = top + index * _CELL + _CELL / 2
        draw.text((left - 8, middle), name, fill=_INK, font=font, anchor="rm")
        _upright(picture, name, font, left + index * _CELL + _CELL // 2, top - 8)
    totals = np.maximum(counts.sum(axis=1), 1e-9)
    for row in range(len(names)):
        for column in range(len(names)):
            share = float(counts[row, column] / totals[row])
            _cell(draw, left + column * _CELL, top + row * _CELL, share, row == column)
            if counts[row, column] >= 0.05:
                number = f"{counts[row, column]:.3g}" if counts[row, column] < 100 else (
                    f"{counts[row, column]:.0f}"
                )  # fmt: skip
                at = (left + column * _CELL + _CELL / 2, top + row * _CELL + _CELL / 2)
                colour = _PAPER if share > 0.6 else _INK
                draw.text(at, number, fill=colour, font=font, anchor="mm")
    caption = "rows: what it is; columns: what it was called"
    draw.text((left, top + side + 8), caption, fill=_INK, font=font)
    return picture


def _cell(draw: ImageDraw.ImageDraw, x: int, y: int, share: float, right: bool) -> None:
    colour = _RIGHT if right else _WRONG
    strength = 0.0 if share == 0 else 0.12 + 0.88 * share
    fill = tuple(round(255 + strength * (channel - 255)) for channel in colour)
    draw.rectangle((x, y, x + _CELL, y + _CELL), fill=fill, outline=_GRID)


def _upright(
    picture: Image.Image,
    text: str,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    middle: int,
    bottom: int,
) -> None:
    """Write text that runs upwards and ends at `bottom`."""
    width = int(font.getlength(text)) + 4
    label = Image.new("RGB", (width, 18), _PAPER)
    ImageDraw.Draw(label).text((0, 9), text, fill=_INK, font=font, anchor="lm")
    turned = label.rotate(90, expand=True)
    picture.paste(turned, (middle - turned.width // 2, bottom - turned.height))
