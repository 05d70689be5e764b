"""L2-regularised logistic regression on the examples against negatives and the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from likewise.evaluate.folds import Folds
from likewise.evidence import Evidence
from likewise.rule import Rule
from likewise.rules._crowd import check_above_zero, check_at_least
from likewise.rules._separating import separating_rules


@dataclass(frozen=True)
class Logistic:
    """Score by the weights of a class-balanced logistic regression, at unit length.

    Learned from yes and no answers alone it does worse than no learning at all (all the no
    answers are near misses), so the background stands for everything else.

    Attributes:
        ridge: the quadratic penalty on the weights, where each example counts 1.
        negative_weight: what an explicit negative costs, where a positive costs 1.

    Example:
        >>> import numpy as np
        >>> from likewise.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], background=x[1:])
        >>> Logistic().learn(evidence).score(x).round(2).tolist()
        [0.7099999785423279, -0.7099999785423279]
    """

    ridge: float = 1.0
    negative_weight: float = 0.3

    def __post_init__(self) -> None:
        check_above_zero("ridge", self.ridge)
        check_at_least("negative_weight", self.negative_weight, 0)

    def learn(self, evidence: Evidence) -> Rule:
        """One row: the weights; the offset is dropped, for thresholds are set elsewhere.

        Raises:
            BadInputError: no examples, or nothing to tell them from.
        """
        return self._fit(evidence, None)[0]

    def learn_folds(self, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
        """A rule for each fold, learned from the rows outside it; all of them at once."""
        return self._fit(evidence, folds)

    def _fit(self, evidence: Evidence, folds: Folds | None) -> list[Rule]:
        return separating_rules(
            "logistic",
            evidence,
            folds,
            ridge=self.ridge,
            negative_weight=self.negative_weight,
            loss="logistic",
        )
