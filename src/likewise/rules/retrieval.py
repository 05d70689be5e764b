"""How good a ranking is, by the field's own measures; all of them higher-is-better."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import BadInputError


def average_precision(scores: ArrayLike, relevant: ArrayLike) -> float:
    """Mean, over the relevant items, of the precision at the place where each is found.

    Items with equal scores share one place, so the answer does not depend on their order:
    the measure is the step-wise area under the precision-recall curve, as in scikit-learn's
    `average_precision_score`.

    Args:
        scores: (n,), higher is better.
        relevant: (n,), true where the item is wanted; at least one is.

    Returns:
        Between 0 and 1; about the share of relevant items for a random order.

    Raises:
        BadInputError: other lengths, or nothing relevant.

    Example:
        >>> average_precision([0.9, 0.8, 0.7], [True, False, True])
        0.8333333333333333
    """
    values, is_relevant = _checked(scores, relevant)
    order = np.argsort(-values, kind="stable")
    found = np.cumsum(is_relevant[order])
    last_of_tie = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)
    precision = found[last_of_tie] / (last_of_tie + 1.0)
    newly_found = np.diff(found[last_of_tie], prepend=0)
    return float((precision * newly_found).sum() / found[-1])


def precision_at(k: int, scores: ArrayLike, relevant: ArrayLike) -> float:
    """Share of relevant items among the k best; of all of them, when there are fewer than k.

    Example:
        >>> precision_at(2, [0.9, 0.8, 0.7], [True, False, True])
        0.5
    """
    return float(_best(k, scores, relevant).mean())


def found_so_far(scores: ArrayLike, relevant: ArrayLike) -> NDArray[np.int64]:
    """How many relevant items a reader of the ranking has met after 1, 2, ... items; (n,).

    Example:
        >>> found_so_far([0.9, 0.8, 0.7], [True, False, True]).tolist()
        [1, 1, 2]
    """
    values, is_relevant = _checked(scores, relevant)
    return np.cumsum(is_relevant[np.argsort(-values, kind="stable")], dtype=np.int64)


def inspected_until(found: int, scores: ArrayLike, relevant: ArrayLike) -> int | None:
    """How many items a reader looks at until `found` relevant ones are met; None if never.

    Example:
        >>> inspected_until(2, [0.9, 0.8, 0.7], [True, False, True])
        3
    """
    curve = found_so_far(scores, relevant)
    if curve[-1] < found:
        return None
    return int(np.searchsorted(curve, found)) + 1


def _best(k: int, scores: ArrayLike, relevant: ArrayLike) -> NDArray[np.bool_]:
    if k < 1:
        raise BadInputError(f"k is {k}; give 1 or more")
    values, is_relevant = _checked(scores, relevant)
    return is_relevant[np.argsort(-values, kind="stable")[:k]]


def _checked(
    scores: ArrayLike, relevant: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values = np.asarray(scores, dtype=np.float64)
    is_relevant = np.asarray(relevant, dtype=bool)
    if values.ndim != 1 or values.shape != is_relevant.shape:
        raise BadInputError(
            f"scores of shape {values.shape} and relevance of shape {is_relevant.shape} do not run "
            "parallel; give one number and one truth for each item"
        )
    if not is_relevant.any():
        raise BadInputError("none of the items is relevant; a ranking can only be judged with one")
    return values, is_relevant
