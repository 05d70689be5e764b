"""Another rule, moved towards what the collection's neighbour graph says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.numeric.folds import Folds
from likewise.rules.base import Learner, learned_outside, make
from likewise.rules.methods._graph import along_graph
from likewise.rules.methods._training_rows import check_at_least


@dataclass(frozen=True)
class Graph:
    """Labels spread over the nearest neighbours of every image, answered as one direction.

    What reaches an image from the examples, less half of what reaches it from the
    counter-examples, is its score (Zhou et al. 2004, "Learning with local and global
    consistency"). A ridge regression turns these scores into a direction, which is added to that
    of the rule `base`; so the answer is a rule like any other, and needs no graph where it is
    used. Without a graph (see `likewise index --graph`), with words alone, or where `base`
    answers several rows, the answer is that of `base`.

    Attributes:
        base: name of the rule that is moved.
        weight: of the graph, where that of the base is 1; with p examples it is
            ``weight * (1 + 1 / p)``.
        base_options: fields of the base that differ from their defaults.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], background=x[1:])
        >>> Graph(base="mean").learn(evidence).toward.tolist()
        [[1.0, 0.0]]
    """

    base: str = "anchored"
    weight: float = 1.0
    base_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_at_least("weight", self.weight, 0)
        if self.base == "graph":
            raise BadInputError("the rule 'graph' cannot be its own base; name another rule")

    def learn(self, evidence: Evidence) -> Rule:
        """One row, or what `base` answers where there is no graph.

        Raises:
            BadInputError: `base` cannot learn from it.
        """
        rule = self._base.learn(evidence)
        return replace(along_graph([rule], evidence, self.weight)[0], learner="graph")

    def learn_folds(self, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
        """A rule for each fold; the graph spreads only the labels outside of it."""
        rules = learned_outside(self._base, evidence, folds)
        return along_graph(rules, evidence, self.weight, folds)

    @property
    def _base(self) -> Learner:
        return make(self.base, **self.base_options)
