"""Which items to ask a person about: doubtful ones that differ."""

from __future__ import annotations

import numpy as np

from likewise.propagate._propagation import Propagation
from likewise.propagate.methods._landscape import PropagationGraph
from likewise.propagate.methods._votes import Ints
from likewise.review.query_strategies.base import Pool
from likewise.review.query_strategies.varied import Varied

_PAGES = 5.0


def to_ask(done: Propagation, propagation_graph: PropagationGraph, count: int) -> Ints:
    """The caller's rows whose answer would teach the most, the most telling first.

    Doubt is a small margin between the two likeliest classes, as near the border of clusters.
    Doubt alone asks for near-copies, so among five times as many as are wanted those are taken
    that are the farthest from one another (greedy k-centre). A row in a dense place teaches
    more than a stray one: the margin is divided by how alike its neighbours are.

    Args:
        done: what was propagated.
        propagation_graph: that it was propagated over.
        count: how many rows; all without label if fewer.

    Returns:
        Up to `count` different rows without label.
    """
    rows = done.abstained
    if not len(rows) or count < 1:
        return np.empty(0, dtype=np.intp)
    positions = propagation_graph.position[rows]
    dense = np.asarray(propagation_graph.graph.sum(axis=1), dtype=np.float32).ravel()[positions]
    worth = (1 - done.margins[rows]) * dense
    picked = Varied(pages=_PAGES).pick(Pool(worth, propagation_graph.rows[positions]), count)
    return np.asarray(rows[picked], dtype=np.intp)
