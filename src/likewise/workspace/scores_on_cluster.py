"""Scores of everything that is indexed, by a crew: a task is one fragment of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from likewise.core.rule import Rule
from likewise.core.rule_file import check_encoder
from likewise.core.vectors import Scores
from likewise.distribute.in_order import AnyPoolFactory, all_in_order
from likewise.errors import BadInputError
from likewise.workspace import Workspace
from likewise.workspace.on_cluster import Stored


@dataclass(frozen=True, eq=False)
class Scoring:
    """What a worker must know to score fragments.

    Attributes:
        stored: where they are.
        rule: what they are scored by.
    """

    stored: Stored
    rule: Rule

    def open(self) -> Callable[[Sequence[str]], list[Scores]]:
        """Answers what scores the live rows of fragments, by the fragments' names."""
        rows = self.stored.open()

        def scores(name: str) -> Scores:
            blocks = [self.rule.score(block) for block in rows.segment(name)]
            return np.concatenate([np.empty(0, np.float32), *blocks])

        return lambda shard: list(map(scores, shard))


def score_stored(workspace: Workspace, rule: Rule, crew: AnyPoolFactory) -> Scores:
    """Every item's score, as `Collection.scores` answers them: in the store's order; (n,).

    Each worker reads whole fragments of one version of the store; scores come back.

    Args:
        workspace: open; all machines must see it under its path or URL.
        rule: over the vectors of its encoder, taught on whole images.
        crew: makes the workers, such as `likewise.distribute.ray_cluster.RayCluster`.

    Raises:
        BadInputError: the rule looks at patches, which are on this machine alone.
        MismatchError: a rule over another encoder's vectors.
        LikewiseError: a worker is not fit, or a fragment failed on every one.
    """
    collection = workspace.collection
    if collection.cuts(rule):
        raise BadInputError(
            "the rule was taught with patches, and those are scored on this machine alone; leave "
            "--ray out"
        )
    check_encoder(rule, workspace.fingerprint)
    stored = Stored.of(workspace, rule.space)
    names = [segment.name for segment in collection.store.segments()]
    found = all_in_order(crew, Scoring(stored, rule), names, rows=1)
    return np.concatenate([np.empty(0, np.float32), *found])
