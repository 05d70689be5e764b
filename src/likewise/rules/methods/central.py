"""Likeness to the mean of the most central examples: a mean that leaves stray ones out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import by_centrality, mapped, mean_row


@dataclass(frozen=True)
class Central:
    """Score by the cosine to the mean of the k examples most like the others.

    Between `medoid` (k = 1) and `mean` (k = all): a trimmed mean.

    Attributes:
        k: how many examples; all of them when there are fewer.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.array([[1, 0, 0], [0.8, 0.6, 0], [0.6, 0.8, 0], [0, 0, 1]], dtype=np.float32)
        >>> rule = Central(k=3).learn(Evidence(plain_space("demo", 3), positives=x))
        >>> rule.score(x[3:]).tolist()
        [0.0]
    """

    ignores_background: ClassVar[bool] = True
    k: int = 10

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadInputError(f"k is {self.k}; give 1 or more central examples")

    def learn(self, evidence: Evidence) -> Rule:
        """One row: the mean of the central examples, at unit length.

        Raises:
            BadInputError: no examples, or central ones that cancel out.
        """
        need_positives(evidence, "central")
        data = mapped(evidence)
        selected = by_centrality(data)[: self.k]
        row = mean_row(data.positives.take(selected), "central examples")
        return Rule("central", evidence.space, row[None])
