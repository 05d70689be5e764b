"""The mean example in a space where the collection spreads evenly: linear discriminant analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import unit
from likewise.errors import BadInputError
from likewise.numeric.folds import Folds
from likewise.numeric.linear_fit import Floats
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import Mapped, mapped
from likewise.rules.methods._training_rows import check_above_zero, fold_weights

_STEPS = 20


@dataclass(frozen=True)
class WhitenedMean:
    """Score by ``(Sigma + shrinkage * mean variance)^-1 mean``, Sigma that of the background.

    Without a background Sigma is that of the counter-examples.

    Linear discriminant analysis of the examples against the collection, with a covariance that
    is shrunk towards a multiple of the identity (as in Ledoit and Wolf 2004, here by a fixed
    amount). Directions in which all images differ count less than those that few images have.

    Attributes:
        shrinkage: what is added to every variance, in mean variances of a dimension.

    Example:
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], background=x)
        >>> WhitenedMean().learn(evidence).toward.tolist()
        [[1.0, 0.0]]
    """

    shrinkage: float = 10.0

    def __post_init__(self) -> None:
        check_above_zero("shrinkage", self.shrinkage)

    def learn(self, evidence: Evidence) -> Rule:
        """One row, at unit length.

        Raises:
            BadInputError: no examples, no background, or examples that cancel out.
        """
        return self._fit(evidence, None)[0]

    def learn_folds(self, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
        """A rule for each fold, learned from the rows outside it; all of them at once."""
        return self._fit(evidence, folds)

    def _fit(self, evidence: Evidence, folds: Folds | None) -> list[Rule]:
        need_positives(evidence, "whitened_mean")
        data = mapped(evidence)
        if not len(data.background) and not len(data.negatives):
            raise BadInputError(
                "the rule 'whitened_mean' has no background to take the covariance of; give it a "
                "sample of the collection, or use the rule 'mean'"
            )
        weights = fold_weights(data.positives.weights, folds, "positives")
        means = unit(weights.T @ data.positives.rows)
        if (np.linalg.norm(means, axis=1) < 0.5).any():
            raise BadInputError("the examples cancel out: nothing is left of them; add another one")
        rows = unit(self._whitened(data, folds, np.ascontiguousarray(means.T)).T)
        return [Rule("whitened_mean", evidence.space, row[None]) for row in rows]

    def _whitened(self, data: Mapped, folds: Folds | None, means: Floats) -> Floats:
        """The means times the inverse of the covariance, by conjugate gradients; (dim_out, f).

        The shrinkage keeps the ratio of the largest to the smallest variance low, so that a few
        steps are enough, and none needs the covariance itself.
        """
        role = "background" if len(data.background) else "negatives"
        rows = (data.background if len(data.background) else data.negatives).rows
        shares = fold_weights(np.ones(len(rows), np.float32), folds, role)
        shares /= np.maximum(shares.sum(axis=0), 1)
        lift = np.float32(self.shrinkage * float((rows**2).sum(axis=1).mean()) / rows.shape[1])

        def times(columns: Floats) -> Floats:
            return np.asarray(rows.T @ (shares * (rows @ columns)) + lift * columns, np.float32)

        solution = np.zeros_like(means)
        residual, direction = means.copy(), means.copy()
        length = (residual**2).sum(axis=0)
        for _ in range(_STEPS):
            along = times(direction)
            step = length / np.maximum((direction * along).sum(axis=0), 1e-30)
            solution += step * direction
            residual -= step * along
            before, length = length, (residual**2).sum(axis=0)
            if (length < 1e-8).all():
                break
            direction = residual + (length / np.maximum(before, 1e-30)) * direction
        return solution
