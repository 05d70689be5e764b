from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from likewise.errors import BadInputError
from likewise.rules.retrieval import average_precision, found_so_far, inspected_until, precision_at

ITEMS = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40)


@given(ITEMS)
def test_average_precision_is_scikit_learns(items: list[tuple[int, bool]]) -> None:
    scores, relevant = zip(*items, strict=True)
    if any(relevant):
        expected = average_precision_score(relevant, scores)
        assert average_precision(scores, relevant) == pytest.approx(expected, abs=1e-12)


def test_a_perfect_and_a_reversed_ranking() -> None:
    assert average_precision([4, 3, 2, 1], [1, 1, 0, 0]) == 1
    assert average_precision([1, 2, 3, 4], [1, 1, 0, 0]) == pytest.approx((1 / 3 + 2 / 4) / 2)


def test_at_k() -> None:
    scores, relevant = [5, 4, 3, 2], [1, 0, 1, 1]
    assert [precision_at(k, scores, relevant) for k in (1, 2, 4)] == [1, 0.5, 0.75]
    assert precision_at(99, scores, relevant) == 0.75


@given(ITEMS)
def test_looks_until_is_where_the_curve_gets_there(items: list[tuple[int, bool]]) -> None:
    scores, relevant = zip(*items, strict=True)
    if any(relevant):
        curve = found_so_far(scores, relevant)
        for found in range(1, int(curve[-1]) + 1):
            looks = inspected_until(found, scores, relevant)
            assert looks is not None
            assert curve[looks - 1] == found
            assert looks == 1 or curve[looks - 2] == found - 1
        assert inspected_until(int(curve[-1]) + 1, scores, relevant) is None


def test_errors_name_the_trouble() -> None:
    with pytest.raises(BadInputError, match="none of the items"):
        average_precision([1.0], [False])
    with pytest.raises(BadInputError, match="do not run parallel"):
        average_precision(np.zeros(2), [True])
    with pytest.raises(BadInputError, match="k is 0"):
        precision_at(0, [1.0], [True])
