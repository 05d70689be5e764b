from __future__ import annotations

import numpy as np
import pytest
from worlds import at

from likewise.errors import BadInputError
from likewise.review.query_strategies.base import Pool
from likewise.review.query_strategies.mixed import Mixed
from likewise.review.query_strategies.most_alike import MostAlike
from likewise.review.query_strategies.random_audit import RandomAudit
from likewise.review.query_strategies.unsure import Unsure
from likewise.review.query_strategies.varied import Varied

ROUND = at(*range(0, 360, 9))  # 40 directions; neighbours pass for copies
FALLING = np.linspace(1, 0, 40).astype(np.float32)
POOL = Pool(FALLING, ROUND, probabilities=FALLING, threshold=0.8, yes=30, no=30)


def test_most_alike_is_the_order_of_scores() -> None:
    assert MostAlike(alike=0.99).pick(POOL, 5).tolist() == [0, 1, 2, 3, 4]
    assert MostAlike().pick(POOL, 5).tolist() == [0, 2, 4, 6, 8]


def test_unsure_asks_at_one_half_and_without_probabilities_at_the_threshold() -> None:
    assert set(Unsure(alike=1.1).pick(POOL, 4).tolist()) == {18, 19, 20, 21}
    plain = Pool(FALLING, ROUND, threshold=0.8)
    assert 7 <= Unsure(alike=1.1).pick(plain, 3).min() <= 8


def test_varied_starts_with_the_best_and_stays_among_the_promising() -> None:
    page = Varied(pages=2).pick(POOL, 5)
    assert page[0] == 0
    assert page.max() < 10
    assert page[1] == 9  # the other end of the promising


def test_mixed_begins_with_finding_and_turns_to_the_boundary() -> None:
    start = Pool(FALLING, ROUND, probabilities=FALLING, yes=1)
    assert Mixed(alike=1.1).pick(start, 8).tolist() == list(range(8))
    later = Mixed(alike=1.1).pick(POOL, 8)
    assert later[:6].tolist() == list(range(6))
    assert (np.abs(FALLING[later[6:]] - 0.5) < 0.35).all()
    assert Mixed(share=0.0).pick(POOL, 8).tolist() == MostAlike().pick(POOL, 8).tolist()


def test_random_audit_gives_everything_the_same_chance() -> None:
    counts = np.zeros(40)
    for seed in range(400):
        pool = Pool(FALLING, ROUND, answered=ROUND, seed=seed)
        counts[RandomAudit().pick(pool, 10)] += 1
    assert abs(counts - 100).max() < 45  # five standard deviations
    assert counts.sum() == 4000


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Varied, {"pages": 0.5}),
        (Mixed, {"share": 1.5}),
        (Mixed, {"pages": 0}),
        (Mixed, {"after": 0}),
    ],
)
def test_options_out_of_range_are_refused(kind: type, options: dict[str, float]) -> None:
    with pytest.raises(BadInputError, match="give"):
        kind(**options)
