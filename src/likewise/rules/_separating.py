"""Rules that are a plane between the examples and the crowd; learners differ by its loss."""

from __future__ import annotations

from likewise.evaluate.folds import Folds
from likewise.evidence import Evidence
from likewise.linear_fit import Loss, fit_linear, ridges
from likewise.rule import Rule
from likewise.rules._crowd import crowd
from likewise.rules._mapped import mapped
from likewise.rules.base import need_positives
from likewise.vectors import unit


def separating_rules(
    name: str,
    evidence: Evidence,
    folds: Folds | None,
    *,
    ridge: float,
    negative_weight: float,
    loss: Loss,
) -> list[Rule]:
    """One rule, or one for each fold: the plane's weights at unit length, without its offset.

    Raises:
        BadInputError: no examples, or nothing to tell them from.
    """
    need_positives(evidence, name)
    table = crowd(mapped(evidence), negative_weight, name, folds)
    weights, _ = fit_linear(
        table.rows, table.signs, table.costs, ridges(ridge, table.costs), loss=loss
    )
    return [Rule(name, evidence.space, row[None]) for row in unit(weights.T)]
