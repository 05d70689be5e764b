"""A support vector machine for one example, or a few, against the random background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import unit
from likewise.numeric.folds import Folds
from likewise.numeric.linear_fit import fit_linear, ridges
from likewise.rules.base import need_positives
from likewise.rules.methods._mapped_evidence import Mapped, mapped
from likewise.rules.methods._training_rows import check_above_zero, training_rows


@dataclass(frozen=True)
class ExemplarSvm:
    """Score by an SVM that tells the examples from a background of random images.

    "Ensemble of exemplar-SVMs for object detection and beyond" (Malisiewicz, Gupta and Efros,
    2011): what sets an image apart from the background is a better query than the image itself. The
    two classes weigh the same however few the examples are. Explicit counter-examples are not
    used; `linear_svm` uses them.

    Attributes:
        ridge: the quadratic penalty on the weights, where each example counts 1.
        separate: fit one SVM for each example and let the best one count, as in the paper; when
            False, one SVM for all examples together.

    Example:
        >>> from likewise.core.space import plain_space
        >>> x = np.array([[0.6, 0.8], [0.0, 1.0]], dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), positives=x[:1], background=x[1:])
        >>> bool(ExemplarSvm().learn(evidence).toward[0, 0] > 0.6)  # away from the training_rows
        True
    """

    ridge: float = 3.0
    separate: bool = False

    def __post_init__(self) -> None:
        check_above_zero("ridge", self.ridge)

    def learn(self, evidence: Evidence) -> Rule:
        """One row, or one for each example when they are fitted separately.

        Raises:
            BadInputError: no examples, or no background.
        """
        return self._fit(evidence, None)[0]

    def learn_folds(self, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
        """A rule for each fold, learned from the rows outside it; all of them at once."""
        return self._fit(evidence, folds)

    def _fit(self, evidence: Evidence, folds: Folds | None) -> list[Rule]:
        need_positives(evidence, "exemplar_svm")
        data = mapped(evidence)
        table = training_rows(data, 0, "exemplar_svm", folds)
        fits = table.costs.shape[1]
        costs = (
            self._one_positive_each(table.costs, len(data.positives))
            if self.separate
            else table.costs
        )
        weights, _ = fit_linear(
            table.rows, table.signs, costs, ridges(self.ridge, costs), loss="squared_hinge"
        )
        fit_of_column = np.repeat(np.arange(fits), costs.shape[1] // fits)
        used = (costs * (table.signs > 0)[:, None]).any(axis=0)  # an exemplar may be held out
        return [
            Rule(
                "exemplar_svm",
                evidence.space,
                _comparable(weights[:, used & (fit_of_column == fit)], data),
            )
            for fit in range(fits)
        ]

    def _one_positive_each(self, costs: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """From one column a fit to one column for each exemplar of each fit."""
        split = np.repeat(costs, count, axis=1)
        positives = costs[:count].T[:, None, :] * np.eye(count, dtype=np.float32)
        split[:count] = positives.reshape(-1, count).T
        split[count:] *= split[:count].sum(axis=0) / np.maximum(split[count:].sum(axis=0), 1e-12)
        return split


def _comparable(weights: NDArray[np.float32], data: Mapped) -> NDArray[np.float32]:
    """Scale each exemplar to the same spread over the background, the longest to length 1."""
    rows = unit(weights.T)
    spread = (data.background.rows @ rows.T).std(axis=0)
    scaled = rows / np.maximum(spread, 1e-6)[:, None]
    return np.asarray(scaled / max(np.linalg.norm(scaled, axis=1).max(), 1e-12), np.float32)
