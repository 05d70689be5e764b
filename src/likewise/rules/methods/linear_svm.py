"""A linear support vector machine on the examples against negatives and the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from likewise.rules.methods._separating_plane import Separating


@dataclass(frozen=True)
class LinearSvm(Separating):
    """Score by the weights of a class-balanced linear SVM (squared hinge), at unit length.

    The squared hinge is smooth enough for Newton steps (Chapelle 2007), which is what makes a
    refit take milliseconds. Rows beyond the margin cost nothing, so the weights are made of
    the examples and of the background images that are hardest to tell from them.

    Attributes:
        ridge: the quadratic penalty on the weights, where each example counts 1.
        negative_weight: what an explicit negative costs, where a positive costs 1.

    Example:
        >>> import numpy as np
        >>> from likewise.core.evidence import Evidence
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], background=x[1:])
        >>> LinearSvm().learn(evidence).score(x).round(2).tolist()
        [0.7099999785423279, -0.7099999785423279]
    """

    ridge: float = 3.0
    name: ClassVar = "linear_svm"
    loss: ClassVar = "squared_hinge"
