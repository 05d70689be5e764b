"""Plots have their curves, cells and titles in the right spots."""

from __future__ import annotations

import numpy as np
import pytest

from likewise.errors import BadInputError
from likewise.images.drawing import confusion_picture, line_plot


def blue(picture: object) -> np.ndarray:
    """Where the first curve's colour is, as rows of (y, x)."""
    pixels = np.asarray(picture, dtype=int)
    return np.argwhere(np.abs(pixels - [0, 0x72, 0xB2]).sum(axis=2) < 40)


def test_a_rising_curve_rises() -> None:
    places = blue(line_plot({"a": [(0, 0.0), (1, 1.0)]}))
    inside = places[places[:, 1] < 600]
    left = inside[inside[:, 1] < 200][:, 0].mean()
    right = inside[inside[:, 1] > 500][:, 0].mean()
    assert right < left - 150  # pixels count downwards


def test_a_logarithmic_axis_puts_factors_apart_equally() -> None:
    picture = line_plot({"a": [(1, 0.5), (10, 0.5), (100, 0.5)]}, logarithmic=True)
    rows = blue(picture)
    thick = np.bincount(rows[rows[:, 1] < 620][:, 1], minlength=620)  # dots are higher than lines
    dots = np.flatnonzero(thick > 5)
    groups = np.split(dots, np.flatnonzero(np.diff(dots) > 3) + 1)
    first, middle, last = (group.mean() for group in groups)
    assert abs((middle - first) - (last - middle)) < 3


def test_one_point_and_many_names_fit() -> None:
    assert line_plot({"a": [(5, 0.5)]}, logarithmic=True).size == (820, 480)
    many = {f"curve {n}": [(0, 1.0), (1, 1.0)] for n in range(8)}
    picture = np.asarray(line_plot(many, size=(600, 400)))
    names = np.argwhere((picture[:, 410:] < 255).any(axis=(1, 2)))
    assert 20 < names.min() < names.max() < 220  # none is cut off above


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(BadInputError, match="no point to draw"):
        line_plot({"a": []})
    with pytest.raises(BadInputError, match="no logarithm"):
        line_plot({"a": [(0, 1)]}, logarithmic=True)


def colours(counts: list[list[float]]) -> set[tuple[int, ...]]:
    picture = confusion_picture(np.array(counts, float), ("a", "b"))
    found = picture.getcolors(1 << 20)
    assert found is not None
    return {colour for count, colour in found if count > 500}  # type: ignore[misc]


def test_right_answers_are_blue_and_mistakes_orange() -> None:
    assert (0, 114, 178) in colours([[3, 0], [0, 2]])
    assert (213, 94, 0) not in colours([[3, 0], [0, 2]])
    assert {(0, 114, 178), (213, 94, 0)} & colours([[0, 3], [2, 0]]) == {(213, 94, 0)}


def test_long_and_foreign_names_fit() -> None:
    names = ("x" * 200, "推土机", "")
    picture = confusion_picture(np.eye(3), names, "Machines")
    assert picture.width < 900


def test_other_sizes_are_refused() -> None:
    with pytest.raises(BadInputError, match=r"shape \(2, 2\) does not fit 3 names"):
        confusion_picture(np.eye(2), ("a", "b", "c"))
