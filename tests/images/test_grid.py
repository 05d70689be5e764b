"""Squares that cover an image, whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from likewise.core.box import Box
from likewise.errors import BadInputError
from likewise.images.grid import DEFAULT_GRID, SMALLEST, Grid

sides = st.integers(SMALLEST, 3000)
counts = st.sampled_from([(1,), (2,), (6,), (7,), (12,), (15,), (24,), (12, 24)])


@given(counts, sides, sides)
@settings(max_examples=200)
def test_every_image_has_as_many_squares_and_all_lie_inside(
    counts: tuple[int, ...], width: int, height: int
) -> None:
    grid = Grid(counts)
    boxes = grid.boxes(width, height)
    assert len(boxes) == grid.total == sum(counts)
    for x, y, wide, high in boxes:
        assert wide == high
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + high <= height
    assert min(box.width for box in boxes) >= grid.finest * min(width, height) - 1


def is_whole_in_one(thing: int, x: int, y: int, boxes: list[Box]) -> bool:
    return any(
        box.x <= x
        and x + thing <= box.x + box.width
        and box.y <= y
        and y + thing <= box.y + box.height
        for box in boxes
    )


@given(st.sampled_from([2, 6, 7, 12, 15, 24]), sides, st.floats(0, 1), st.booleans(), st.data())
@settings(max_examples=200)
def test_what_is_half_as_wide_as_a_square_is_whole_in_one(
    count: int, short: int, flatness: float, upright: bool, data: st.DataObject
) -> None:
    long = int(short * (1 + flatness * ((count + 1) / 2 - 1)))  # up to where the promise ends
    size = (short, long) if upright else (long, short)
    boxes = Grid((count,)).boxes(*size)
    thing = int(boxes[0].width / 2) - 1  # a pixel is lost to rounding
    x = data.draw(st.integers(0, size[0] - thing))
    y = data.draw(st.integers(0, size[1] - thing))
    assert is_whole_in_one(thing, x, y, boxes)


@pytest.mark.parametrize(
    ("count", "size"), [(15, (64, 208)), (24, (64, 441)), (12, (237, 64)), (12, (200, 150))]
)
def test_squares_of_a_long_image_differ_and_overlap_by_half(
    count: int, size: tuple[int, int]
) -> None:
    boxes = Grid((count,)).boxes(*size)
    assert len(set(boxes)) == count
    thing = int(boxes[0].width / 2) - 1
    for x in range(size[0] - thing + 1):
        for y in range(size[1] - thing + 1):
            assert is_whole_in_one(thing, x, y, boxes)


def test_squares_are_smaller_where_there_are_more() -> None:
    areas = [Grid((count,)).boxes(1200, 900)[0].width ** 2 / (1200 * 900) for count in (6, 12, 24)]
    assert areas == sorted(areas, reverse=True)
    assert 1 / 5 <= areas[1] <= 1 / 4
    assert 1 / 9 <= areas[2] <= 1 / 7


def test_an_upright_image_has_the_squares_of_one_that_lies() -> None:
    lying = Grid((12, 24)).boxes(640, 480)
    upright = Grid((12, 24)).boxes(480, 640)
    assert [(y, x, side, side) for x, y, side, _ in lying] == [tuple(box) for box in upright]


@pytest.mark.parametrize("reduced", [(300, 200), (150, 100), (107, 71)])
def test_the_same_squares_are_cut_out_of_a_reduced_image(reduced: tuple[int, int]) -> None:
    y, x = np.mgrid[:200, :300]
    image = Image.fromarray(np.stack([x / 300, y / 200, 0 * x], 2).__mul__(255).astype(np.uint8))
    grid = Grid((12,))
    cuts = list(grid.cut(image.resize(reduced, Image.Resampling.BOX), 300, 200))
    assert len(cuts) == 12
    for cut, box in zip(cuts, grid.boxes(300, 200), strict=True):
        middle = np.asarray(cut, float).mean(axis=(0, 1))[:2] / 255 * (300, 200)
        assert np.allclose(middle, (box.x + box.width / 2, box.y + box.height / 2), atol=3)


def test_small_images_are_left_alone() -> None:
    assert DEFAULT_GRID.suits(SMALLEST, 5000)
    assert not DEFAULT_GRID.suits(5000, SMALLEST - 1)
    assert not DEFAULT_GRID.suits(None, None)


@pytest.mark.parametrize("name", ["", "0", "x", "12+", "+12", "12+0", "-3", "1.5", "12 24", "201"])
def test_what_is_no_grid_is_said(name: str) -> None:
    with pytest.raises(BadInputError, match=r"such as 12 or 12\+24"):
        Grid.named(name)


def test_a_grid_is_written_and_read() -> None:
    for grid in (DEFAULT_GRID, Grid((12, 24)), Grid((1,))):
        assert Grid.named(grid.name) == grid
