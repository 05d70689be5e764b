"""Likeness to the mean example less a little of the likeness to the mean counter-example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import mapped, mean_row
from likewise.rules.methods._training_rows import check_at_least


@dataclass(frozen=True)
class Contrast:
    """Score by ``cos(x, mean example) - away_weight * cos(x, mean counter-example)``.

    Rocchio's relevance feedback (1971). The counter-examples are near misses, so a weight near
    1 pushes the concept itself away; a quarter to a half helps. Without counter-examples it is
    the rule `mean`.

    Attributes:
        away_weight: how much the likeness to the counter-examples costs.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], negatives=x[1:])
        >>> Contrast().learn(evidence).score(x).tolist()
        [1.0, -0.25]
    """

    ignores_background: ClassVar[bool] = True
    away_weight: float = 0.25

    def __post_init__(self) -> None:
        check_at_least("away_weight", self.away_weight, 0)

    def learn(self, evidence: Evidence) -> Rule:
        """One row toward the examples and one away from the counter-examples.

        Raises:
            BadInputError: no examples, or parts that cancel out.
        """
        need_positives(evidence, "contrast")
        data = mapped(evidence)
        toward = mean_row(data.positives, "examples")[None]
        if not len(data.negatives):
            return Rule("contrast", evidence.space, toward)
        away = mean_row(data.negatives, "counter-examples")
        return Rule("contrast", evidence.space, toward, away, self.away_weight)
