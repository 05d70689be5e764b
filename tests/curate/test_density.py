"""What lies alone, and what is rare."""

from __future__ import annotations

import numpy as np
import pytest
from pools import circle, clumps, names

from likewise.core.vectors import unit
from likewise.curate.base import Pool, curate
from likewise.errors import BadInputError


def planted() -> Pool:
    """A crowd of 200, a small group of 6, and three that are like nothing."""
    alone = unit(np.random.default_rng(9).standard_normal((3, 32)))
    rows = np.concatenate([clumps((200,), noise=0.5), clumps((6,), noise=0.3, seed=1), alone])
    return Pool(names(209), rows)


def test_those_alone_are_outliers() -> None:
    chosen = curate(planted(), "outliers", share=3 / 209, k=5)
    assert set(chosen.dropped) == set(names(209)[206:])
    assert chosen.scores.min() > 1 - chosen.kept_scores.max()  # type: ignore[union-attr]


def test_the_score_is_the_mean_distance_to_the_nearest() -> None:
    chosen = curate(circle(0, 10, 30, 31), "outliers", share=0.25, k=2)
    assert chosen.dropped == ("a",)
    assert chosen.because == ("b",)
    expected = 1 - (np.cos(np.deg2rad(10)) + np.cos(np.deg2rad(30))) / 2
    assert chosen.scores[0] == pytest.approx(expected, abs=1e-5)


def test_the_small_group_is_rare_and_the_lonely_are_not() -> None:
    chosen = curate(planted(), "rare")
    group = set(names(209)[200:206])
    assert group <= set(chosen.kept)
    assert len(set(chosen.kept) - group) <= 10  # of 200: the crowd's own sparse edge
    reasons = dict(zip(chosen.dropped, chosen.reasons, strict=True))
    assert [reasons[item] for item in names(209)[206:]] == ["alone"] * 3
    assert reasons[names(209)[0]] == "common"


@pytest.mark.parametrize("share", [0, 1, -0.1])
def test_a_share_that_is_none(share: float) -> None:
    with pytest.raises(BadInputError, match="share"):
        curate(circle(0, 1, 2), "outliers", share=share)


def test_of_what_is_all_alike_nothing_is_an_outlier() -> None:
    pool = Pool(names(50), np.repeat(clumps((1,)), 50, axis=0))
    assert not curate(pool, "outliers").dropped
    assert not curate(pool, "rare").kept
