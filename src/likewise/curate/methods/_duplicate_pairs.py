"""Pairs of near-duplicates in a pool and their groups, found without comparing all with all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from likewise.core.vectors import Scores
from likewise.curate.base import Pool
from likewise.curate.methods._pair_scores import pair_similarity, picture_similarity
from likewise.curate.methods._sketches import broad_features
from likewise.errors import BadInputError
from likewise.numeric.neighbours import nearest_rows

SAME_PICTURE = 0.9
"""Likeness by pixels from which two images are copies."""

_WORTH_A_LOOK = 0.4
"""Cosine below which the pixels of two neighbours are not compared."""

_BROADLY_ALIKE = 10
_WORTH_A_SKETCH = 0.8
"""Neighbours by broad features that are compared, and the cosine that they have at least."""

_SMALL_GROUP = 32
"""Pictures that hang together by copies, up to which all are compared with all."""

_USUAL = 0.95
_LEAST = 0.85
_BINS = 60
_FEW = 50


@dataclass(frozen=True, eq=False)
class Pairs:
    """Near-duplicates, each pair once.

    Attributes:
        one, other: places in the pool.
        scores: how alike.
        full: places whose whole list of neighbours were near-duplicates: they may have more.
        threshold: what was asked of a pair.
        how: how the threshold came about, for people.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    scores: Scores
    full: NDArray[np.intp]
    threshold: float
    how: str


def near_pairs(pool: Pool, threshold: float | None, mirrored: bool) -> Pairs:
    """The pairs that are at least so alike: by pixels where there are sketches, else by cosine.

    Args:
        pool: with vectors.
        threshold: None for the one that suits.
        mirrored: whether a mirror image counts; told by pixels only.

    Raises:
        BadInputError: a threshold that is not above 0 and at most 1.
    """
    if threshold is not None and not 0 < threshold <= 1:
        raise BadInputError(f"the threshold is {threshold}; give a likeness above 0 and at most 1")
    graph = pool.neighbours()
    if pool.sketches is not None:
        bar = SAME_PICTURE if threshold is None else threshold
        how = f"threshold {bar:g} on the likeness of pixels"
    else:
        nearest = graph.scores[:, 0] if graph.k else np.empty(0, np.float32)
        bar = suggested_threshold(nearest) if threshold is None else threshold
        how = f"threshold {bar:g} on the cosine" + (", suggested" if threshold is None else "")
    first, second, scores, full = _alike(pool, graph.rows, graph.scores, bar, mirrored)
    pairs = Pairs(first, second, scores, full, bar, how)
    if pool.sketches is None:
        return pairs
    return _closed(pool, together(pairs, _by_sketch(pool, pairs, mirrored)), mirrored)


def _closed(pool: Pool, pairs: Pairs, mirrored: bool) -> Pairs:
    """The same with the copies among copies of one picture that are not each other's neighbours."""
    ones = np.ones(len(pairs.first), dtype=np.int8)
    edges = coo_matrix((ones, (pairs.first, pairs.second)), shape=(len(pool), len(pool)))
    groups = np.asarray(connected_components(edges, directed=False)[1], dtype=np.intp)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    members = [x for x in np.split(order, starts[1:]) if 2 < len(x) <= _SMALL_GROUP]
    if not members:
        return pairs
    among = np.concatenate([np.sort(x)[np.stack(np.triu_indices(len(x), 1))] for x in members], 1)
    near, far = np.minimum(pairs.first, pairs.second), np.maximum(pairs.first, pairs.second)
    new = np.setdiff1d(among[0] * len(pool) + among[1], near * len(pool) + far)
    first, second = new // len(pool), new % len(pool)
    scores = pair_similarity(pool, first, second, mirrored)
    passed = scores >= pairs.threshold
    more = Pairs(
        first[passed], second[passed], scores[passed], pairs.full, pairs.threshold, pairs.how
    )
    return together(pairs, more)


def _by_sketch(pool: Pool, pairs: Pairs, mirrored: bool) -> Pairs:
    """Pairs whose sketches are neighbours as they are, and that the vectors did not name.

    Vectors from which the mean is subtracted forget what copies share where all pictures are
    alike, or few.
    """
    first, second, scores = pool.remembered(
        ("neighbours by sketch", mirrored), lambda: _scored_by_sketch(pool, mirrored)
    )
    passed = scores >= pairs.threshold
    return Pairs(
        first[passed], second[passed], scores[passed], pairs.full, pairs.threshold, pairs.how
    )


def _scored_by_sketch(
    pool: Pool, mirrored: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], Scores]:
    """Neighbours by sketch that are none by vector, and how alike they are."""
    assert pool.sketches is not None
    rows, cosines = nearest_rows(broad_features(pool.sketches), _BROADLY_ALIKE)
    line, column = np.nonzero(cosines >= _WORTH_A_SKETCH)
    second = rows[line, column].astype(np.intp)
    near = np.unique(np.minimum(line, second) * len(pool) + np.maximum(line, second))
    graph = pool.neighbours()
    line, column = np.nonzero((graph.rows >= 0) & (graph.scores >= _WORTH_A_LOOK))
    neighbour = graph.rows[line, column].astype(np.intp)
    new = np.setdiff1d(near, np.minimum(line, neighbour) * len(pool) + np.maximum(line, neighbour))
    first, second = new // max(len(pool), 1), new % max(len(pool), 1)
    blank = np.zeros(len(new), np.float32)
    return first, second, picture_similarity(pool, first, second, blank, mirrored)


def together(a: Pairs, b: Pairs) -> Pairs:
    """The pairs of both; what was full stays so."""
    return Pairs(
        np.concatenate([a.first, b.first]),
        np.concatenate([a.second, b.second]),
        np.concatenate([a.scores, b.scores]),
        a.full,
        a.threshold,
        a.how,
    )


def more_pairs(
    pool: Pool, among: NDArray[np.intp], pairs: Pairs, mirrored: bool, apart: NDArray[np.intp]
) -> Pairs:
    """Pairs among some places that the pool's neighbours left out, for lack of room.

    Args:
        pool, mirrored: as for `near_pairs`.
        among: places, those whose lists were full.
        pairs: what was found so far.
        apart: (n,) group numbers of the pool; pairs of one group are not looked for.
    """
    rows, scores = nearest_rows(pool.rows()[among], pool.neighbours().k, apart[among])
    first, second, found, full = _alike(
        pool, np.where(rows < 0, -1, among[rows]), scores, pairs.threshold, mirrored, among
    )
    return Pairs(first, second, found, full, pairs.threshold, pairs.how)


def components(pool: Pool, pairs: Pairs, mirrored: bool) -> NDArray[np.intp]:
    """Number the groups that hang together by near-duplicates, (n,); chains are followed.

    A thousand copies of one image know only their twenty nearest; so those whose lists were full
    are compared again with what they do not hang together with, until nothing joins.
    """
    first, second, full = pairs.first, pairs.second, pairs.full
    while True:
        ones = np.ones(len(first), dtype=np.int8)
        edges = coo_matrix((ones, (first, second)), shape=(len(pool), len(pool)))
        groups = np.asarray(connected_components(edges, directed=False)[1], dtype=np.intp)
        if len(full) < 2 or (groups[full] == groups[full[0]]).all():
            return groups
        more = more_pairs(pool, full, pairs, mirrored, groups)
        if not len(more.first):
            return groups
        first, second = np.concatenate([first, more.first]), np.concatenate([second, more.second])


def suggested_threshold(nearest: Scores) -> float:
    """A cosine that parts copies from images that only look alike; from each item's nearest.

    Copies pile up near 1, look-alikes lie in a heap further down: the emptiest stretch between
    .85 and the pile parts them. With too few copies to see, the usual .95.

    Args:
        nearest: (n,) cosine of each item and its nearest neighbour.

    Example:
        >>> heap = np.random.default_rng(0).normal(0.6, 0.05, 900)
        >>> 0.85 <= suggested_threshold(np.concatenate([heap, np.full(100, 0.99)])) < 0.98
        True
    """
    close = nearest[nearest >= _LEAST]
    if len(close) < _FEW or (close > 0.97).mean() < 0.1:
        return _USUAL
    counts, edges = np.histogram(close, bins=_BINS, range=(_LEAST, 1.0))
    smooth = np.convolve(counts, np.ones(9) / 9, mode="same")[: int(_BINS * 0.85)]
    emptiest = np.flatnonzero(smooth <= smooth.min() + 1e-9)
    return round(float(edges[int(emptiest[-1])]), 3)


def _alike(
    pool: Pool,
    rows: NDArray[np.signedinteger],
    cosines: Scores,
    bar: float,
    mirrored: bool,
    indices: NDArray[np.intp] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.intp], Scores, NDArray[np.intp]]:
    """Pairs in lists of neighbours that pass, and the places all of whose neighbours do."""
    own = np.arange(len(pool)) if indices is None else indices
    near = (rows >= 0) & (cosines >= (bar if pool.sketches is None else _WORTH_A_LOOK))
    line, column = np.nonzero(near)
    left, right = own[line], rows[line, column].astype(np.intp)
    low, high = np.minimum(left, right), np.maximum(left, right)
    _, first, back = np.unique(low * len(pool) + high, return_index=True, return_inverse=True)
    low, high, scores = low[first], high[first], cosines[line, column][first]
    if pool.sketches is not None:
        cosines_of = scores
        if indices is None:
            scores = pool.remembered(
                ("neighbours", mirrored),
                lambda: picture_similarity(pool, low, high, cosines_of, mirrored),
            )
        else:
            scores = picture_similarity(pool, low, high, scores, mirrored)
    passed = scores >= bar
    hits = np.bincount(line[passed[back]], minlength=len(own))
    full = own[(hits == (rows >= 0).sum(axis=1)) & (hits > 0) & (hits >= rows.shape[1])]
    return low[passed], high[passed], np.asarray(scores[passed], np.float32), full
