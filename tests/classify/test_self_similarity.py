from __future__ import annotations

import numpy as np
import pytest
from worlds import at

from likewise.classify.self_similarity import self_similarity
from likewise.core.vectors import unit
from likewise.errors import BadInputError


def test_pairs_lie_in_the_bin_of_their_cosine() -> None:
    pairs = self_similarity(at(0, 50, 165), np.array([0, 0, 1]), bins=4)
    assert pairs.middles == (-0.75, -0.25, 0.25, 0.75)
    assert pairs.same == (0.0, 0.0, 0.0, 1.0)  # 50 degrees apart
    assert pairs.other == (0.5, 0.5, 0.0, 0.0)  # 165 and 115 degrees apart
    assert pairs.overlap == 0.0


def test_every_pair_is_counted_once_however_many_blocks_there_are() -> None:
    rows = unit(np.random.default_rng(0).standard_normal((1100, 4)))
    owners = np.arange(1100) % 7
    pairs = self_similarity(rows, owners, bins=10)
    cosines = rows @ rows.T
    upper = np.triu(np.ones((1100, 1100), bool), 1)
    same = cosines[upper & (owners[:, None] == owners)]
    slow = np.histogram(same, bins=10, range=(-1, 1))[0] / len(same)
    np.testing.assert_allclose(pairs.same, slow, atol=1e-4)
    assert sum(pairs.other) == pytest.approx(1)


def test_one_image_has_no_pairs() -> None:
    pairs = self_similarity(at(0), np.array([0]))
    assert sum(pairs.same) == sum(pairs.other) == 0


def test_no_bin_is_refused() -> None:
    with pytest.raises(BadInputError, match="0 bins"):
        self_similarity(at(0), np.array([0]), bins=0)
