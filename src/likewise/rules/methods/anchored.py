"""Logistic regression that is pulled towards what words and the mean example already say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError
from likewise.numeric.folds import Folds
from likewise.numeric.linear_fit import Floats, fit_linear, ridges
from likewise.rules.methods._mapped_evidence import (
    Mapped,
    mapped,
    mean_row,
    text_direction,
    text_directions,
)
from likewise.rules.methods._training_rows import (
    check_above_zero,
    check_at_least,
    fold_weights,
    training_rows,
)

_ENOUGH_TO_MEASURE = 20
_NEARLY_NOTHING = 1e-6
_TOLERANCE = 0.1  # tighter turns the direction by less than 3 degrees, and ranks no better
_SHORTEST = 1e-6
_NEAR_MISSES_FOR_HALF = 10.0


@dataclass(frozen=True)
class Anchored:
    """Positives, down-weighted negatives, background, words and counter-words in one objective.

    The objective is that of logistic regression with a quadratic penalty on weights that leave
    a prior direction, made of the words and the mean example. Each label adds its loss while
    the penalty stays, so the pull fades as labels come in: words alone give the rule `text`, one
    example alone nearly the rule `mean`, many labels nearly the rule `logistic`. The idea is that
    of SeeSaw (Moll et al., SIGMOD 2023, arXiv 2208.06497); the blend of words and images is in
    the spirit of LP++ (Huang et al., CVPR 2024).

    Attributes:
        pull: the penalty on leaving the prior direction, where each example counts 1.
        negative_weight: what an explicit negative costs, where a positive costs 1.
        away_weight: how much of the mean negative is taken from the prior direction when there
            are many; the mean of 10 is trusted half as much, for that of a few is accidental.
        hint_examples: how many examples the words are worth in the prior direction.
        counter_weight: how much counter-hints count against hints.
        slack: the share of the penalty that going along the prior direction costs.

    Example:
        >>> from likewise.core.space import plain_space
        >>> word, other = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), hints=word[None], background=other[None])
        >>> Anchored().learn(evidence).toward.tolist()
        [[1.0, 0.0]]
    """

    pull: float = 0.1
    negative_weight: float = 0.4
    away_weight: float = 0.15
    hint_examples: float = 1.5
    counter_weight: float = 0.3
    slack: float = 0.1

    def __post_init__(self) -> None:
        check_above_zero("pull", self.pull)
        check_at_least("negative_weight", self.negative_weight, 0)
        check_at_least("away_weight", self.away_weight, 0)
        check_at_least("hint_examples", self.hint_examples, 0)
        check_at_least("counter_weight", self.counter_weight, 0)
        if not 0 < self.slack <= 1:
            raise BadInputError(f"slack is {self.slack}; give a number above 0 and at most 1")

    def learn(self, evidence: Evidence) -> Rule:
        """One row: the weights, at unit length; with words alone, the rows of the rule `text`.

        Raises:
            BadInputError: neither an example nor a hint, or parts that cancel out.
        """
        return self._fit(evidence, None)[0]

    def learn_folds(self, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
        """A rule for each fold, learned from the rows outside it; all of them at once."""
        return self._fit(evidence, folds)

    def _fit(self, evidence: Evidence, folds: Folds | None) -> list[Rule]:
        data = mapped(evidence)
        if not len(data.positives) and not len(data.hints):
            raise BadInputError(
                "the rule 'anchored' needs an example image or a hint to start from; add one"
            )
        if not len(data.positives):
            return [Rule("anchored", evidence.space, rows) for rows in self._words(data, folds)]
        anchors = self._prior(data, folds)
        if len(data.background) or len(data.negatives):
            table = training_rows(data, self.negative_weight or _NEARLY_NOTHING, "anchored", folds)
            penalties = ridges(self.pull, table.costs)
            fitted, _ = fit_linear(
                table.rows, table.signs, table.costs, penalties, anchors, self.slack,
                tolerance=_TOLERANCE,
            )  # fmt: skip
            anchors = unit(fitted.T).T
        return [Rule("anchored", evidence.space, row[None]) for row in anchors.T.copy()]

    def _prior(self, data: Mapped, folds: Folds | None) -> Floats:
        """The direction each fit is pulled towards; (dim_out, f) of unit columns."""
        blend = self._blend(data, fold_weights(data.positives.weights, folds, "positives"))
        if len(data.negatives) and self.away_weight:
            blend = unit(blend.T).T - self._away(data, folds)
        if (np.linalg.norm(blend, axis=0) <= _SHORTEST).any():
            raise BadInputError(
                "the examples, hints and counter-examples cancel out (nothing is left of them "
                "after the collection's mean is subtracted); add another one"
            )
        return np.ascontiguousarray(unit(blend.T).T)

    def _words(self, data: Mapped, folds: Folds | None) -> list[Vectors]:
        """What words look for when there is no example yet, for each fit; (k, dim_out) each."""
        rows = text_directions(data, self.counter_weight)
        if not len(data.negatives) or not self.away_weight:
            return [rows] * (folds.count if folds else 1)
        return [unit(rows - away) for away in self._away(data, folds).T]

    def _away(self, data: Mapped, folds: Folds | None) -> Floats:
        """What near misses take from the prior direction in each fit; (dim_out, f)."""
        fold_costs = fold_weights(data.negatives.weights, folds, "negatives")
        count = fold_costs.sum(axis=0)
        weights = np.float32(self.away_weight) * count / (count + _NEAR_MISSES_FOR_HALF)
        return np.asarray(weights * unit(fold_costs.T @ data.negatives.rows).T, np.float32)

    def _blend(self, data: Mapped, fold_costs: Floats) -> Floats:
        """Examples and words, each divided by its spread over the background.

        An encoder whose words lie far from its images would else drown one in the other.
        """
        prototypes = unit(fold_costs.T @ data.positives.rows).T
        blend = fold_costs.sum(axis=0) * prototypes / _spread(data, prototypes)
        if len(data.hints):
            words = text_direction(data, self.counter_weight)[:, None]
            worth = self.hint_examples * float(data.hints.weights.max())
        elif len(data.counter_hints):
            words = mean_row(data.counter_hints, "counter-hints")[:, None]
            worth = -self.hint_examples * self.counter_weight
        else:
            return np.asarray(blend, np.float32)
        return np.asarray(blend + np.float32(worth) * words / _spread(data, words), np.float32)


def _spread(data: Mapped, directions: Floats) -> Floats:
    """Standard deviation of the background's scores along each column; 1 when unknown."""
    if len(data.background) < _ENOUGH_TO_MEASURE:
        return np.ones(directions.shape[1], dtype=np.float32)
    return np.asarray(np.maximum((data.background.rows @ directions).std(axis=0), 1e-6), np.float32)
