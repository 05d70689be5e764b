"""How alike pairs of a pool are: by pixels where there are sketches, else by cosine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Scores
from likewise.curate.base import Pool
from likewise.curate.methods._details import same_in_detail
from likewise.curate.methods._sketches import compare_sketches

_ALIKE = 0.75
"""Likeness of sketches below which details are not compared."""

_NEAR = 0.93
_WORTH_DETAILS = 0.5
"""Cosine of vectors from which details are compared from this likeness of sketches on: one of text
that is trimmed a little shows another text."""


def pair_similarity(
    pool: Pool, first: NDArray[np.intp], second: NDArray[np.intp], mirrored: bool
) -> Scores:
    """How alike pairs of places are; the pictures of a pair are compared once for a pool."""
    rows = pool.rows()
    cosines = np.asarray(np.einsum("ij,ij->i", rows[first], rows[second]), np.float32)
    if pool.sketches is None:
        return cosines
    known: dict[int, float] = pool.remembered(("pairs", mirrored), dict)
    pairs = (first * len(pool) + second).tolist()
    new = np.array([pair not in known for pair in pairs], np.bool_)
    scores = picture_similarity(pool, first[new], second[new], cosines[new], mirrored)
    known.update(zip((first * len(pool) + second)[new].tolist(), scores.tolist(), strict=True))
    return np.array([known[pair] for pair in pairs], np.float32)


def picture_similarity(
    pool: Pool,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    cosines: Scores,
    mirrored: bool,
) -> Scores:
    """By sketch; where that is much alike and there are pictures, by their details."""
    assert pool.sketches is not None
    broad = compare_sketches(pool.sketches, first, second, cosines, mirrored)
    read, ids = pool.pictures, pool.ids
    if read is None:
        return broad.scores
    near = (cosines >= _NEAR) & (broad.scores >= _WORTH_DETAILS)
    alike = np.flatnonzero((broad.scores >= _ALIKE) | near)
    scores = broad.scores.copy()
    scores[alike] = same_in_detail(
        lambda rows: read([ids[row] for row in rows.tolist()]),
        first[alike],
        second[alike],
        broad.among(alike),
        pool.progress,
    )
    return scores
