"""Likeness to the medoid: the one example that is most like all the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import by_centrality, mapped


@dataclass(frozen=True)
class Medoid:
    """Score by the cosine to the example with the highest mean similarity to the others.

    Unlike the mean it is a real image, and a stray example cannot pull it aside.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.array([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8]], dtype=np.float32)
        >>> Medoid().learn(Evidence(plain_space("demo", 2), positives=x)).toward.tolist()
        [[0.800000011920929, 0.6000000238418579]]
    """

    ignores_background: ClassVar[bool] = True

    def learn(self, evidence: Evidence) -> Rule:
        """One row: the medoid.

        Raises:
            BadInputError: no examples.
        """
        need_positives(evidence, "medoid")
        data = mapped(evidence)
        return Rule("medoid", evidence.space, data.positives.rows[by_centrality(data)[:1]])
