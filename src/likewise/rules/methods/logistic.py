"""L2-regularised logistic regression on the examples against negatives and the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from likewise.rules.methods._separating_plane import Separating


@dataclass(frozen=True)
class Logistic(Separating):
    """Score by the weights of a class-balanced logistic regression, at unit length.

    Learned from yes and no answers alone it does worse than no learning at all (all the no
    answers are near misses), so the background stands for everything else.

    Attributes:
        ridge: the quadratic penalty on the weights, where each example counts 1.
        negative_weight: what an explicit negative costs, where a positive costs 1.

    Example:
        >>> import numpy as np
        >>> from likewise.core.evidence import Evidence
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], background=x[1:])
        >>> Logistic().learn(evidence).score(x).round(2).tolist()
        [0.7099999785423279, -0.7099999785423279]
    """

    name: ClassVar = "logistic"
    loss: ClassVar = "logistic"
