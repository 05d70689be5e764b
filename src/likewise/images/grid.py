"""Which squares an image is cut into."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from likewise.core.box import Box
from likewise.core.rule import Rule
from likewise.errors import BadInputError

SMALLEST = 64
"""Pixels on the shorter side below which an image is not cut up: there is nothing to zoom into."""

_NAME = re.compile(r"[1-9]\d{0,2}(\+[1-9]\d{0,2})*")
_MOST = 200


@dataclass(frozen=True)
class Grid:
    """A fixed number of squares, in one scale or several, whatever the shape of the image.

    The squares of one scale lie in rows and columns and cover the image; each overlaps the next
    by half or more, so that what is up to half as wide as a square is whole in one of them. Of
    the ways to write their number as rows times columns the one is taken that suits the shape of
    the image best. A square then has at least ``4 / ((rows + 1) * (columns + 1))`` of the image's
    area: a fifth with 12 squares, a ninth with 24. Only images more than ``(number + 1) / 2``
    times as long as wide get squares that overlap less.

    Squares, because encoders look at squares, and one number for all images, because then it is
    known what an image costs. That a picture is looked at in several scales and the best vector
    counts is from SeeSaw (Moll et al. 2023, arXiv 2208.06497).

    Attributes:
        counts: squares of each scale.

    Raises:
        BadInputError: no square, or more than 200 in all.

    Example:
        >>> Grid((2,)).boxes(300, 200)
        [Box(x=0, y=0, width=200, height=200), Box(x=100, y=0, width=200, height=200)]
        >>> Grid((12, 24)).name, Grid((12, 24)).total
        ('12+24', 36)
    """

    counts: tuple[int, ...] = (24,)

    def __post_init__(self) -> None:
        if not self.counts or min(self.counts) < 1 or self.total > _MOST:
            raise BadInputError(
                f"a grid of {self.name or 'no'} patches cannot be made; one or more numbers above "
                f"0 that add up to {_MOST} or less are wanted, such as 12 or 12+24"
            )

    @property
    def name(self) -> str:
        """Its counts, as they are written down and given on the command line."""
        return "+".join(map(str, self.counts))

    @property
    def total(self) -> int:
        """How many squares an image has."""
        return sum(self.counts)

    @property
    def finest(self) -> float:
        """Side of its smallest squares over the shorter side of the image, at the least."""
        return min(2 / (math.isqrt(count) + 1) for count in self.counts)

    @classmethod
    def named(cls, name: str) -> Grid:
        """The grid of a name.

        Raises:
            BadInputError: that is no name of a grid.

        Example:
            >>> Grid.named("12+24").counts
            (12, 24)
        """
        if not _NAME.fullmatch(name):
            raise BadInputError(
                f"'{name}' is no grid of patches; give numbers of patches such as 12 or 12+24"
            )
        return cls(tuple(map(int, name.split("+"))))

    def suits(self, width: int | None, height: int | None) -> bool:
        """Whether an image of that size is cut up."""
        return min(width or 0, height or 0) >= SMALLEST

    def boxes(self, width: int, height: int) -> list[Box]:
        """The squares of an image of that many pixels, row by row; whole pixels, inside it."""
        return [box for count in self.counts for box in _squares(count, width, height)]

    def cut(self, image: Image.Image, width: int, height: int) -> Iterator[Image.Image]:
        """The squares of an image that was reduced from that many pixels."""
        wide, high = image.width / width, image.height / height
        for x, y, side, _ in self.boxes(width, height):
            left, top = round(x * wide), round(y * high)
            yield image.crop((left, top, round((x + side) * wide), round((y + side) * high)))


DEFAULT_GRID = Grid()


def _squares(count: int, width: int, height: int) -> Iterator[Box]:
    short, long = sorted((width, height))
    rows, columns = _shape(count, short, long)
    side = min(short, max(2 * short / (rows + 1), 2 * long / (columns + 1)))
    pixels = max(1, round(side))
    for across in _starts(short - pixels, rows):
        for along in _starts(long - pixels, columns):
            x, y = (along, across) if width >= height else (across, along)
            yield Box(x, y, pixels, pixels)


def _shape(count: int, short: int, long: int) -> tuple[int, int]:
    """Rows and columns whose half-overlapping squares fill a shape best and are not cut off by it.

    In one row alone they overlap by half in the longest image, so one row is what is left.
    """
    ways = [(rows, count // rows) for rows in range(1, count + 1) if count % rows == 0]
    fitting = [way for way in ways if 2 * long <= short * (way[1] + 1)] or ways[:1]
    return min(fitting, key=lambda way: abs(math.log((way[0] + 1) * long / (way[1] + 1) / short)))


def _starts(room: int, count: int) -> list[int]:
    """Where `count` windows begin that are spread evenly over `room` pixels more than their own."""
    if count == 1:
        return [room // 2]
    return [round(room * number / (count - 1)) for number in range(count)]


def grid_of(rule: Rule) -> Grid | None:
    """The patches that a rule was taught with, and that images it scores are to be cut into."""
    name = rule.provenance.get("patches")
    return None if name is None else Grid.named(str(name))
