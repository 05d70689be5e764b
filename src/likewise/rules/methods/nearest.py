"""Likeness to the nearest example: every example is a prototype of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import mapped


@dataclass(frozen=True)
class Nearest:
    """Score by the cosine to the example that is most alike (one nearest neighbour).

    Finds near-copies of any example; one untypical example brings its own strangers along.
    Weights do not matter here, except that a weight of 0 leaves an example out.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> Nearest().learn(Evidence(plain_space("demo", 2), positives=x)).score(x).tolist()
        [1.0, 1.0]
    """

    ignores_background: ClassVar[bool] = True

    def learn(self, evidence: Evidence) -> Rule:
        """One row for each example.

        Raises:
            BadInputError: no examples.
        """
        need_positives(evidence, "nearest")
        return Rule("nearest", evidence.space, mapped(evidence).positives.rows)
