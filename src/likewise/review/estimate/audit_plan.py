"""Bands of score, and which images of each to look at for an estimate of a whole collection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.errors import BadInputError
from likewise.review.estimate.population import Audit
from likewise.rules.curve_likelihood import Floats
from likewise.rules.prevalence_curves import Curves, HeldOutLevels, Shown, unanswered_of
from likewise.rules.score_levels import levels_of

_QUANTILES = 9  # by so many levels a band is described
_LOOKS_A_BAND = 4
_FEWEST_IN_A_BAND = 2
_MOST_BANDS = 12


def count_bands(
    scores: ArrayLike,
    answers: ArrayLike,
    *,
    threshold: float,
    pages: Sequence[Shown] = (),
    held_out: HeldOutLevels | None = None,
    bands: int = 10,
) -> Audit:
    """Bands with no looks in them yet: what can be said for free.

    Bands hold equal shares of the sum of ``sqrt(p * (1 - p))``, as is best for a sample in which
    each gets as many looks (Dalenius and Hodges 1959); the threshold is always an edge.

    Args:
        scores: (n,) of the whole collection.
        answers: (n,) 1 for yes, -1 for no, 0 for what was not judged.
        threshold: of the rule.
        pages: answers to images that were picked for their scores, the oldest page first.
        held_out: labels under rules that were learned without them.
        bands: about how many.

    Raises:
        BadInputError: arrays that do not run parallel.

    Example:
        >>> bands = count_bands([0.9, 0.5, 0.1], [1, 0, 0], threshold=0.4)
        >>> bands.sizes.tolist(), bands.hits.tolist(), bands.known
        ([1, 1], [True, False], (1, 0, 0, 0))
    """
    return _count(scores, answers, threshold, pages, held_out, bands)[0]


def _count(
    scores: ArrayLike,
    answers: ArrayLike,
    threshold: float,
    pages: Sequence[Shown],
    held_out: HeldOutLevels | None,
    bands: int,
) -> tuple[Audit, Curves]:
    """Bands, and the curves that they were cut by."""
    values, judged = np.asarray(scores, np.float64), np.asarray(answers)
    if values.ndim != 1 or judged.shape != values.shape:
        raise BadInputError(
            f"scores of shape {values.shape} and answers of shape {judged.shape} do not run "
            "parallel; give one of each for every image"
        )
    counts = tuple(
        int(np.sum(judged[side] == verdict))
        for side in (values >= threshold, values < threshold)
        for verdict in (1, -1)
    )
    ordered = -np.sort(-values[judged == 0])
    mean, spread = (ordered.mean(), ordered.std()) if len(ordered) else (0.0, 1.0)
    levels = levels_of(ordered, float(mean), float(spread))
    curves = unanswered_of(levels).curves(pages, held_out)
    expected = curves.expected(levels)
    total = np.cumsum(np.sqrt(expected * (1 - expected)))
    edges = {int(np.searchsorted(-ordered, -threshold, side="right"))}
    if len(ordered):
        edges.update(np.searchsorted(total, total[-1] * np.arange(1, bands) / bands).tolist())
    # a band ends where the score changes, so that every score falls in one band
    starts = sorted({0, *(_next_change(ordered, edge) for edge in edges)} - {len(ordered)})
    parts = np.split(np.arange(len(ordered)), starts[1:]) if len(ordered) else []
    floors = [ordered[part[-1]] for part in parts]
    if floors:
        floors[-1] = -np.inf
    none = np.zeros(len(parts), np.int64)
    inside = np.linspace(0.5 / _QUANTILES, 1 - 0.5 / _QUANTILES, _QUANTILES)
    audit = Audit(
        floors=np.array(floors, np.float64),
        hits=np.array([ordered[part[0]] >= threshold for part in parts], bool),
        sizes=np.array([len(part) for part in parts], np.int64),
        levels=np.array([np.quantile(levels[part], inside) for part in parts]).reshape(
            -1, _QUANTILES
        ),
        looked=none,
        yes=none,
        known=counts,
        since_yes=none,
        since_no=none,
        pages=tuple(pages),
        held_out=held_out,
    )
    return audit, curves


def plan_audit(
    scores: ArrayLike,
    answers: ArrayLike,
    *,
    threshold: float,
    pages: Sequence[Shown] = (),
    held_out: HeldOutLevels | None = None,
    sample_size: int = 40,
    seed: int = 0,
) -> tuple[Audit, NDArray[np.intp]]:
    """Which images to look at, for an estimate of the whole collection.

    Looks go where they tell most (Neyman 1934), by what is expected of each band, and two at
    least into each band that has as many.

    Args:
        scores: (n,) of the whole collection.
        answers: (n,) 1 for yes, -1 for no, 0 for what was not judged; none of the latter is left
            out, or the estimate is not of the whole collection.
        threshold: of the rule.
        pages: answers to images that were picked for their scores, the oldest page first.
        held_out: labels under rules that were learned without them.
        sample_size: how many to look at, 1 or more.
        seed: of the draw.

    Returns:
        The audit, with no looks in it yet, and the rows to look at, in random order. Give what
        they show to `Audit.adding`.

    Raises:
        BadInputError: arrays that do not run parallel, or no looks.
    """
    if sample_size < 1:
        raise BadInputError(
            f"an audit of {sample_size} looks says nothing; give 1 or more, 40 for one"
        )
    bands = min(_MOST_BANDS, max(2, sample_size // _LOOKS_A_BAND))
    audit, curves = _count(scores, answers, threshold, pages, held_out, bands)
    expected = curves.expected(audit.levels)
    worth = audit.sizes * np.sqrt(expected * (1 - expected)).mean(axis=1)
    counts = _allocate(worth, audit.sizes, sample_size)
    random = np.random.default_rng(seed)
    values = np.asarray(scores, np.float64)
    left = np.flatnonzero(np.asarray(answers) == 0)
    band_of = audit.band_of(values[left])
    drawn = [
        random.choice(left[band_of == band], count, replace=False)
        for band, count in enumerate(counts.tolist())
    ]
    rows = np.concatenate([*drawn, np.empty(0, np.intp)]).astype(np.intp)
    return audit, random.permutation(rows)


def _allocate(worth: Floats, sizes: NDArray[np.int64], sample_size: int) -> NDArray[np.int64]:
    """Looks for each band: in proportion to its worth, a few at least, never more than it has."""
    counts = np.minimum(sizes, _FEWEST_IN_A_BAND)
    for _ in range(max(0, min(sample_size, int(sizes.sum())) - int(counts.sum()))):
        open_bands = counts < sizes
        gains = np.where(open_bands, worth / (counts + 1.0), -1.0)
        counts[int(gains.argmax())] += 1
    return counts


def _next_change(ordered: Floats, index: int) -> int:
    """The first place from here on whose score differs from that of the place before."""
    while 0 < index < len(ordered) and ordered[index] == ordered[index - 1]:
        index += 1
    return index
