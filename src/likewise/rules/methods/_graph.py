"""Rules moved towards what the graph of nearest neighbours says of the unlabelled images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence, Neighbourhood
from likewise.core.rule import Rule
from likewise.core.vectors import unit
from likewise.numeric.diffusion import Floats, graph_scores, seeds, standardised
from likewise.numeric.folds import Folds
from likewise.rules.methods._mapped_evidence import mapped
from likewise.rules.methods._training_rows import fold_weights

_SHORTEST = 1e-9


def along_graph(
    rules: Sequence[Rule], evidence: Evidence, weight: float, folds: Folds | None = None
) -> list[Rule]:
    """Add to each rule's direction the one that scores of the graph are regressed to.

    Both are scaled by their spread over the images first. The graph counts for more where there
    are few examples, of which a linear rule knows little: with p examples its weight is
    ``weight * (1 + 1 / p)``.

    Args:
        rules: one for each fold, or one; those of several rows are answered as they are.
        evidence: what they were learned from, with examples, and an `unlabelled` collection.
        weight: of the graph, where that of the rule is 1.
        folds: whose rows were held out of each rule; they are held out of the graph's labels too.
    """
    data = mapped(evidence)
    is_single = all(len(rule.toward) == 1 and rule.away is None for rule in rules)
    if evidence.unlabelled is None or not len(data.positives) or not is_single:
        return list(rules)
    directions = np.concatenate([rule.toward for rule in rules]).T
    near = evidence.unlabelled.around(
        directions.mean(axis=1), (*evidence.positives.ids, *evidence.negatives.ids)
    )
    yes = fold_weights(data.positives.weights, folds, "positives")
    no = fold_weights(data.negatives.weights, folds, "negatives")
    targets = graph_scores(
        near.spread,
        seeds(_where(near, evidence.positives.ids, len(yes)), data.positives.rows, yes, near.rows),
        seeds(_where(near, evidence.negatives.ids, len(no)), data.negatives.rows, no, near.rows),
    )
    moved = near.regress(targets if near.is_all else targets - targets.min(axis=0))
    scores = near.rows @ moved
    explained = np.maximum((standardised(scores) * targets).mean(axis=0), 0)
    share = weight * (1 + 1 / np.maximum(yes.sum(axis=0), 1)) * explained
    blended = directions / _spread(near.rows @ directions) + share / _spread(scores) * moved
    return [
        replace(rule, toward=row[None])
        for rule, row in zip(rules, unit(blended.T.astype(np.float32)), strict=True)
    ]


def _where(near: Neighbourhood, ids: Sequence[str], count: int) -> NDArray[np.int64]:
    """Where labelled rows are in the graph; rows without ids are nowhere."""
    return near.index_of(ids) if len(ids) == count else np.full(count, -1)


def _spread(scores: Floats) -> Floats:
    return np.asarray(np.maximum(scores.std(axis=0), _SHORTEST), np.float32)
