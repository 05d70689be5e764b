from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.core.box import Box, part_digest
from likewise.errors import BadInputError


@given(st.integers(1, 5000), st.integers(1, 5000), st.data())
def test_fractions_of_a_side_come_back_as_the_pixels_they_were(
    width: int, height: int, data: st.DataObject
) -> None:
    left, right = sorted((data.draw(st.integers(0, width)), data.draw(st.integers(0, width))))
    top, bottom = sorted((data.draw(st.integers(0, height)), data.draw(st.integers(0, height))))
    if left == right or top == bottom:
        return
    x, y = left / width * width, top / height * height
    box = Box(x, y, (right - left) / width * width, (bottom - top) / height * height)
    assert box.pixels(width, height) == (left, top, right, bottom)


def test_pixels_that_are_touched_count_and_what_is_outside_does_not() -> None:
    assert Box(1.5, 2.5, 1.0, 0.2).pixels(9, 9) == (1, 2, 3, 3)
    assert Box(-5, -5, 8, 7).pixels(9, 9) == (0, 0, 3, 2)
    assert Box(5, 5, 100, 100).pixels(9, 7) == (5, 5, 9, 7)


@pytest.mark.parametrize(
    "box",
    [
        *((9, 0, 5, 5), (0, 9, 5, 5), (-5, 0, 5, 5), (1, 1, 0, 5), (1, 1, 5, -2)),
        *((4, 4, 0.0001, 1), (math.nan, 0, 1, 1), (0, 0, math.inf, 1)),
    ],
)
def test_a_box_without_a_pixel_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadInputError, match="no pixel of a picture of 9 x 9|not finite"):
        Box(*box).pixels(9, 9)


def test_parts_have_digests_of_their_own() -> None:
    some = [part_digest(d * 32, (0, 0, 8, n)) for d in ("ab", "cd") for n in (8, 9)]
    assert len(set(some)) == 4
    assert all(len(bytes.fromhex(digest)) == 32 for digest in some)
