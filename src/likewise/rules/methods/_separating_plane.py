"""Rules that are a plane between the examples and the background; learners differ by its loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import unit
from likewise.numeric.folds import Folds
from likewise.numeric.linear_fit import Loss, fit_linear, ridges
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import mapped
from likewise.rules.methods._training_rows import check_above_zero, check_at_least, training_rows


@dataclass(frozen=True)
class Separating:
    """What learners of a plane have in common.

    Attributes:
        ridge: the quadratic penalty on the weights, where each example counts 1.
        negative_weight: what an explicit negative costs, where a positive costs 1.
    """

    ridge: float = 1.0
    negative_weight: float = 0.3
    name: ClassVar[str]
    loss: ClassVar[Loss]

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
        need_positives(evidence, self.name)
        table = training_rows(mapped(evidence), self.negative_weight, self.name, folds)
        penalties = ridges(self.ridge, table.costs)
        weights, _ = fit_linear(table.rows, table.signs, table.costs, penalties, loss=self.loss)
        return [Rule(self.name, evidence.space, row[None]) for row in unit(weights.T)]
