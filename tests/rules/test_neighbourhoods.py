"""Which directions share a neighbourhood."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Neighbourhood
from likewise.rules.neighbourhoods import EarlierNeighbourhoods, OneNeighbourhood


class Noted:
    """A collection that notes how it is asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def around(
        self,
        direction: NDArray[np.float32],
        ids: Sequence[str],
        least_cosine: float = 2.0,
    ) -> Neighbourhood:
        self.asked.append(least_cosine)
        rows = np.ones((1, 2), np.float32)
        return Neighbourhood(
            rows, lambda start: start, lambda ids: np.zeros(len(ids), np.int64), lambda x: x, True
        )


X, Y = np.eye(2, dtype=np.float32)


def test_a_refit_asks_once_for_the_same_labelled_images() -> None:
    collection = Noted()
    near = OneNeighbourhood(collection)
    first = near.around(X, ["a"])
    assert near.around(Y, ["a"]) is first
    assert near.around(X, ["a", "b"]) is not first
    assert collection.asked == [2.0, 2.0]


def test_a_quick_rule_takes_an_earlier_neighbourhood_through_both() -> None:
    collection = Noted()
    OneNeighbourhood(EarlierNeighbourhoods(collection)).around(X, ["a"])
    EarlierNeighbourhoods(collection).around(X, ["a"])
    assert collection.asked == [0.95, 0.95]
