"""Clusters that vote: the majority of the labelled members, and how deep a row lies."""

from __future__ import annotations

import numpy as np

from likewise.core.vectors import Vectors
from likewise.numeric.clusters import Clusters
from likewise.propagate.methods._task import CAUSES
from likewise.propagate.methods._votes import Floats, Ints, Strongest

_DOUBT = 0.5
"""A vote of nobody that every cluster counts against all classes."""


def cluster_ballot(
    groups: Clusters, targets: Ints, purity: float = 0.0, depth: float = 0.0
) -> tuple[Ints, Floats]:
    """Classes (n, m) and shares (n, m) of each row, by the votes of its cluster.

    Args:
        groups: of the rows.
        targets: (n,) class numbers, -1 for those who do not vote.
        purity: a cluster whose votes agree less than this says nothing.
        depth: nothing is said about a row that lies less deep in its cluster.
    """
    labelled = np.flatnonzero(targets >= 0)
    pairs, votes = np.unique(
        np.stack([groups.members[labelled], targets[labelled]]), axis=1, return_counts=True
    )
    cast = np.bincount(groups.members[labelled], minlength=len(groups.centres))
    turn = np.arange(len(votes)) - np.searchsorted(pairs[0], pairs[0])
    classes = np.full((len(cast), int(turn.max(initial=0)) + 1), -1, dtype=np.intp)
    shares = np.zeros(classes.shape, dtype=np.float32)
    classes[pairs[0], turn] = pairs[1]
    shares[pairs[0], turn] = votes / (cast[pairs[0]] + _DOUBT)
    top = Strongest(len(cast))
    top.add_some(classes, shares)
    agreed = top.scores[:, 0] * (cast + _DOUBT) / np.maximum(cast, 1)
    deep = groups.depth
    heard = (agreed >= purity)[groups.members] & (deep >= depth)
    scores = top.scores[groups.members] * (heard * (0.5 + 0.5 * deep))[:, None].astype(np.float32)
    return np.where(scores > 0, top.classes[groups.members], -1), scores


def cluster_voters(
    rows: Vectors, groups: Clusters, targets: Ints, rows_asked: Ints, guesses: Ints
) -> Ints:
    """The labelled members of the wanted rows' clusters that voted for the guess, likest first.

    Args:
        rows: (n, d).
        groups: of the rows.
        targets: (n,) class numbers, -1 for those who did not vote.
        rows_asked: (k,) row numbers.
        guesses: (k,) their classes.

    Returns:
        (k, 3) row numbers, -1 where fewer voted so.
    """
    found = np.full((len(rows_asked), CAUSES), -1, dtype=np.intp)
    labelled = np.flatnonzero(targets >= 0)
    labelled = labelled[np.argsort(groups.members[labelled], kind="stable")]
    starts = np.searchsorted(groups.members[labelled], np.arange(len(groups.centres) + 1))
    order = np.argsort(groups.members[rows_asked], kind="stable")
    ends = np.searchsorted(groups.members[rows_asked[order]], np.arange(len(groups.centres) + 1))
    for group in np.unique(groups.members[rows_asked]).tolist():
        block = order[ends[group] : ends[group + 1]]
        cast = labelled[starts[group] : starts[group + 1]]
        similarity = rows[rows_asked[block]] @ rows[cast].T
        similarity[guesses[block][:, None] != targets[cast]] = -np.inf
        best = np.argsort(-similarity, axis=1, kind="stable")[:, :CAUSES]
        real = np.isfinite(np.take_along_axis(similarity, best, axis=1))
        found[block, : best.shape[1]] = np.where(real, cast[best], -1)
    return found


def usual_count(rows: int, labels: int, classes: int) -> int:
    """How many clusters: half as many as labels, 3 for every 2 classes at least, of 4 rows each."""
    return min(max(labels // 2, 3 * classes // 2), max(classes, rows // 4))
