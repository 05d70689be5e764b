from __future__ import annotations

import numpy as np
import pytest

from likewise.errors import BadInputError
from likewise.images.drawing.confusion import confusion_picture


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
