"""Confusion matrices and line plots as pictures, with Pillow alone, and their files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from likewise.core.output_files import DRAWN_BY, complete_file
from likewise.errors import BadInputError

# Colours that people with any colour vision tell apart (Okabe and Ito 2008).
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C8C")
_PAPER, _INK, _GRID = "#ffffff", "#333333", "#e3e3e0"
_FINE = 3  # drawn this many times larger and then reduced, so that lines are smooth
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 210, 44, 56
_DOTS_UP_TO = 20  # longer curves are lines without a dot at each point


def line_plot(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    *,
    logarithmic: bool = False,
    size: tuple[int, int] = (820, 480),
) -> Image.Image:
    """Draw curves over one pair of axes; y runs from 0 to 1, and names stand at the right.

    Args:
        curves: points (x, y) by name, x increasing.
        title: above the plot.
        x_label: below it.
        y_label: above the upright axis.
        logarithmic: x by its logarithm; every x must be above 0, and each x gets a tick.
        size: of the picture in pixels.

    Raises:
        BadInputError: nothing to draw, or an x that has no logarithm.

    Example:
        >>> line_plot({"mean": [(1, 0.3), (5, 0.6)]}, logarithmic=True).size
        (820, 480)
    """
    points = [point for curve in curves.values() for point in curve]
    if not points:
        raise BadInputError("there is no point to draw; give one curve with a point at least")
    if logarithmic and min(x for x, _ in points) <= 0:
        raise BadInputError("an x of 0 or less has no logarithm; leave out 'logarithmic'")
    pen = _Pen(size, sorted({x for x, _ in points}), logarithmic)
    pen.axes(title, x_label, y_label)
    last = [(curve[-1][1], name) for name, curve in curves.items() if curve]
    label_heights = _spread([pen.at(0, y)[1] for y, _ in sorted(last, reverse=True)])
    heights = dict(
        zip((name for _, name in sorted(last, reverse=True)), label_heights, strict=True)
    )
    for number, (name, curve) in enumerate(curves.items()):
        if curve:
            pen.curve(name, curve, _COLOURS[number % len(_COLOURS)], heights[name])
    return pen.image.resize(size, Image.Resampling.LANCZOS)


class _Pen:
    """Draws in the plot's coordinates on a picture that is larger than it will be."""

    def __init__(self, size: tuple[int, int], ticks: Sequence[float], logarithmic: bool) -> None:
        self.image = Image.new("RGB", (size[0] * _FINE, size[1] * _FINE), _PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._font = ImageFont.load_default(13 * _FINE)
        self._title_font = ImageFont.load_default(16 * _FINE)
        self._size, self._log = size, logarithmic
        self._ticks = ticks if logarithmic else _round_ticks(ticks[0], ticks[-1])
        ends = (ticks[0], ticks[-1])
        self._low, high = (math.log(ends[0]), math.log(ends[1])) if logarithmic else ends
        self._span = (high - self._low) or 1.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point is, in pixels of the final picture."""
        if self._log:
            x = math.log(x) if x > 0 else self._low
        wide, high = self._size[0] - _LEFT - _RIGHT, self._size[1] - _TOP - _BOTTOM
        across = (x - self._low) / self._span
        return _LEFT + across * wide, self._size[1] - _BOTTOM - min(1.0, max(0.0, y)) * high

    def axes(self, title: str, x_label: str, y_label: str) -> None:
        left, right = _LEFT, self._size[0] - _RIGHT
        for tenth in range(0, 11, 2):
            y = self.at(self._ticks[0], tenth / 10)[1]
            self._line([(left, y), (right, y)], _INK if tenth == 0 else _GRID, 1)
            self._text((left - 10, y), f"{tenth / 10:.1f}", "rm")
        for tick in self._ticks:
            x, y = self.at(tick, 0)
            self._line([(x, y), (x, y + 5)], _INK, 1)
            self._text((x, y + 9), f"{tick:g}", "ma")
        self._text((_LEFT, 14), title, "la", self._title_font)
        self._text(((left + right) / 2, self._size[1] - 12), x_label, "ms")
        if y_label:
            self._text((right, 18), y_label, "ra")

    def curve(
        self, name: str, curve: Sequence[tuple[float, float]], colour: str, height: float
    ) -> None:
        points = [self.at(x, y) for x, y in curve]
        self._line(points, colour, 2)
        if len(points) <= _DOTS_UP_TO:
            for x, y in points:
                box = [(x - 3.5) * _FINE, (y - 3.5) * _FINE, (x + 3.5) * _FINE, (y + 3.5) * _FINE]
                self._draw.ellipse(box, fill=colour)
        edge = self._size[0] - _RIGHT
        self._line([points[-1], (edge + 14, height)], colour, 0.6)
        self._text((edge + 18, height), name, "lm", colour=colour)

    def _line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=max(1, round(width * _FINE)), joint="curve")

    def _text(
        self,
        position: tuple[float, float],
        text: str,
        anchor: str,
        font: ImageFont.ImageFont | ImageFont.FreeTypeFont | None = None,
        colour: str = _INK,
    ) -> None:
        at = (position[0] * _FINE, position[1] * _FINE)
        self._draw.text(at, text, fill=colour, font=font or self._font, anchor=anchor)


def _spread(heights: Sequence[float], apart: float = 17) -> list[float]:
    """Move heights, the topmost first, as little as keeps names from covering one another."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + apart) if placed else height)
    lowest = max(heights) + apart
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], lowest)
        lowest = placed[index] - apart
    below_the_title = max(0.0, _TOP - placed[0])
    return [height + below_the_title for height in placed]


def _round_ticks(low: float, high: float) -> list[float]:
    """About five round numbers from low to high."""
    if high <= low:
        return [low]
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda times: abs(times * power - rough))
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


_CORRECT, _WRONG = (0, 114, 178), (213, 94, 0)  # blue and vermilion of Okabe and Ito 2008
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
    colour = _CORRECT if right else _WRONG
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


_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def picture_format(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        BadInputError: another ending.
    """
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise BadInputError(
            f"{path} does not end like a picture; give a name ending in .png or .jpg"
        )
    return form


def save_picture(image: Image.Image, path: Path) -> None:
    """Write a picture, whole or not at all.

    Raises:
        BadInputError: its name does not end like a picture's.
        StorageError: the disk is full or refuses.
    """
    form = picture_format(path)
    with complete_file(path) as part:
        if form == "PNG":
            about = PngInfo()
            about.add_text("Software", DRAWN_BY)
            image.save(part, form, pnginfo=about)
        elif form == "JPEG":
            image.convert("RGB").save(part, form, comment=DRAWN_BY)
        else:
            image.convert("RGB").save(part, form)
