"""How far a score from int8 codes may be from the exact one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.rule import Rule
from likewise.core.vectors import Scores
from likewise.search.scan.kernel import quantise

_UNIFORM = 12**-0.5  # deviation of a number that is rounded to whole steps, in steps


def deviations(
    rule: Rule, scores: Scores, scales: NDArray[np.float32], inverse: NDArray[np.float32]
) -> Scores:
    """Standard deviation of each row's rough score about its exact one.

    Worked out, not measured on the best rows: those were chosen for high rough scores, and
    among them the error looks smaller than it is. Rounding x to steps of `scale` moves w.x by
    |w| scale / sqrt(12); rounding w moves it by its own step / sqrt(12), |x| being 1; and the
    same holds for m.x in the length that both are divided by.

    Args:
        rule: what was searched for.
        scores: exact scores of some rows, shape (n,).
        scales: steps of their codes, shape (n,).
        inverse: one over their lengths in the rule's space, shape (n,).

    Example:
        >>> from likewise.core.space import plain_space
        >>> one = np.ones(1, dtype=np.float32)
        >>> rule = Rule("mean", plain_space("demo", 2), np.array([[1.0, 0.0]], dtype=np.float32))
        >>> f"{deviations(rule, one, one / 127, one)[0]:.5f}"
        '0.00321'
    """
    weights, _ = rule.linear_form()
    mean = rule.space.mean[None]
    dots = _of_products(weights, scales)
    lengths = _of_products(mean, scales) * np.abs(scores) * inverse
    return np.asarray(np.hypot(dots, lengths) * inverse, dtype=np.float32)


def _of_products(queries: NDArray[np.float32], scales: NDArray[np.float32]) -> Scores:
    steps = quantise(queries)[1].max()
    longest = np.linalg.norm(queries, axis=1).max()
    return np.asarray(_UNIFORM * np.hypot(longest * scales, steps), dtype=np.float32)
