"""Which directions share a neighbourhood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Neighbourhood
from likewise.rules.neighbourhoods import OneNeighbourhood, RecentNeighbourhood


class Counted:
    """A collection that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def around(self, direction: NDArray[np.float32], ids: Sequence[str]) -> Neighbourhood:
        self.asked += 1
        rows = np.ones((1, 2), np.float32)
        return Neighbourhood(
            rows, lambda start: start, lambda ids: np.zeros(len(ids), np.int64), lambda x: x, True
        )


def turned(degrees: float, length: float = 1) -> NDArray[np.float32]:
    angle = np.deg2rad(degrees)
    return np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(length)


def test_a_refit_asks_once_for_the_same_labelled_images() -> None:
    collection = Counted()
    near = OneNeighbourhood(collection)
    first = near.around(turned(0), ["a"])
    assert near.around(turned(90), ["a"]) is first
    assert near.around(turned(0), ["a", "b"]) is not first
    assert collection.asked == 2


def test_a_direction_that_hardly_turned_has_the_latest_neighbourhood() -> None:
    """The cosine of 18 degrees is .951, that of 19 is .946; how long a direction is does not count.

    What counts is the direction that the neighbourhood is of, not the one that asked last.
    """
    collection = Counted()
    near = RecentNeighbourhood().of(collection)
    first = near.around(turned(0), ["a"])
    assert near.around(turned(10, length=3), ["a", "b"]) is first
    assert near.around(turned(18), ["a", "b"]) is first
    second = near.around(turned(19), ["a", "b"])
    assert second is not first
    assert near.around(turned(30), ["a"]) is second
    assert collection.asked == 2


def test_another_collection_is_asked_anew() -> None:
    near, one, other = RecentNeighbourhood(), Counted(), Counted()
    near.of(one).around(turned(0), ["a"])
    near.of(one).around(turned(0), ["a"])
    near.of(other).around(turned(0), ["a"])
    assert (one.asked, other.asked) == (1, 1)
