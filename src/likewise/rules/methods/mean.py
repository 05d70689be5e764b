"""Likeness to the mean of the examples: the nearest class mean, or prototype, rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import mapped, mean_row


@dataclass(frozen=True)
class Mean:
    """Score by the cosine to the weighted mean of the examples.

    The simplest rule that works, and the one that every other is measured against.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.array([[0.6, 0.8], [0.8, 0.6]], dtype=np.float32)
        >>> Mean().learn(Evidence(plain_space("demo", 2), positives=x)).toward.round(3).tolist()
        [[0.7070000171661377, 0.7070000171661377]]
    """

    ignores_background: ClassVar[bool] = True

    def learn(self, evidence: Evidence) -> Rule:
        """One row: the mean, at unit length.

        Raises:
            BadInputError: no examples, or examples that cancel out.
        """
        need_positives(evidence, "mean")
        data = mapped(evidence)
        prototype = mean_row(data.positives, "examples")
        return Rule("mean", evidence.space, prototype[None])
