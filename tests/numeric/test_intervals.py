from __future__ import annotations

import pytest
from scipy.stats import binomtest

from likewise.errors import BadInputError
from likewise.numeric.intervals import wilson_interval


@pytest.mark.parametrize(("right", "of"), [(0, 1), (1, 1), (9, 10), (40, 40), (137, 900)])
def test_as_scipy_has_it(right: int, of: int) -> None:
    wanted = binomtest(right, of).proportion_ci(method="wilson")
    assert wilson_interval(right, of) == pytest.approx((wanted.low, wanted.high), abs=1e-6)


@pytest.mark.parametrize(("right", "of"), [(0, 0), (2, 1), (-1, 4)])
def test_what_is_no_share(right: int, of: int) -> None:
    with pytest.raises(BadInputError, match="is not a share"):
        wilson_interval(right, of)
