from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pools import clumps

from likewise.curate.methods.representative import facility_location


def slow(rows: NDArray[np.float32], k: int) -> list[float]:
    """Gains of the greedy choice."""
    likeness = rows.astype(np.float64) @ rows.astype(np.float64).T
    served = np.full(len(rows), -1.0)
    chosen: list[int] = []
    best: list[float] = []
    for _ in range(k):
        gains = np.maximum(likeness - served[:, None], 0).sum(axis=0)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        best.append(float(gains.max()) / len(rows))
        served = np.maximum(served, likeness[:, chosen[-1]])
    return best


@pytest.mark.parametrize("seed", range(40))
def test_lazy_is_greedy(seed: int) -> None:
    rows = clumps((30, 50, 17), 8, noise=1.0, seed=seed)
    places, gains = facility_location(rows, 15)
    assert len(set(places.tolist())) == 15
    assert np.allclose(gains, slow(rows, 15), atol=1e-6)  # two may gain the same
    assert (np.diff(gains) <= 1e-6).all()


def test_one_of_each_clump() -> None:
    rows = clumps((40, 40, 40), noise=0.2)
    places, _ = facility_location(rows, 3)
    assert sorted(place // 40 for place in places.tolist()) == [0, 1, 2]


def test_a_sample_may_speak_for_all() -> None:
    rows = clumps((400, 400, 400), noise=0.2)
    places, _ = facility_location(rows, 3, witnesses=60)
    assert sorted(place // 400 for place in places.tolist()) == [0, 1, 2]
