"""Positives against negatives and the background: what linear learners are fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likewise.core.vectors import Vectors
from likewise.errors import BadInputError
from likewise.numeric.folds import Folds
from likewise.rules.methods._mapped_evidence import Mapped


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """One table of rows, and how much a mistake on each costs in each of several fits.

    Attributes:
        rows: (m, dim_out), positives first, then negatives, then background.
        signs: (m,), +1 for positives and -1 for all others.
        costs: (m, f), one column a fit; 0 for rows that it must not see.
    """

    rows: Vectors
    signs: NDArray[np.float32]
    costs: NDArray[np.float32]


def training_rows(
    data: Mapped, negative_weight: float, name: str, folds: Folds | None = None
) -> TrainingRows:
    """Balance the classes: the whole background costs as much as the positives do together.

    Explicit negatives are near misses. With the full weight of a label they turn the boundary
    against the concept itself, so each costs `negative_weight` of a positive, and all of them
    together never more than the positives do.

    Args:
        data: mapped evidence.
        negative_weight: what an explicit negative costs, where a positive costs 1.
        name: how an error should call the learner.
        folds: one fit for each fold, from the rows outside it; None for one fit of everything.

    Raises:
        BadInputError: there is nothing to tell the positives from.
    """
    if not len(data.background) and (not len(data.negatives) or negative_weight == 0):
        raise BadInputError(
            f"the rule '{name}' has nothing to tell the examples from; give it a background "
            "sample of the collection, or use the rule 'anchored' or 'mean'"
        )
    positives = fold_weights(data.positives.weights, folds, "positives")
    negatives = fold_weights(data.negatives.weights, folds, "negatives")
    background = fold_weights(data.background.weights, folds, "background")
    total = positives.sum(axis=0)
    negatives *= np.float32(negative_weight)
    negatives /= np.maximum(negatives.sum(axis=0) / np.maximum(total, 1e-12), 1)
    background *= total / np.maximum(background.sum(axis=0), 1)
    return TrainingRows(
        rows=np.concatenate([data.positives.rows, data.negatives.rows, data.background.rows]),
        signs=np.repeat(
            np.array([1, -1], np.float32),
            [len(positives), len(negatives) + len(background)],
        ),
        costs=np.concatenate([positives, negatives, background]).astype(np.float32),
    )


def fold_weights(
    weights: NDArray[np.float32], folds: Folds | None, role: str
) -> NDArray[np.float32]:
    """Weights of a role's rows in each fit, (rows, f): 0 where a row is held out of it."""
    if folds is None:
        return weights[:, None].copy()
    held_out = getattr(folds, role)[:, None] == np.arange(folds.count)
    return np.where(held_out, np.float32(0), weights[:, None])


def check_at_least(name: str, value: float, least: float) -> None:
    """Say plainly that an option is out of range.

    Raises:
        BadInputError: below `least`, or not finite.
    """
    if not (np.isfinite(value) and value >= least):
        raise BadInputError(f"{name} is {value}; give a finite number of {least:g} or more")


def check_above_zero(name: str, value: float) -> None:
    """Say plainly that an option is out of range.

    Raises:
        BadInputError: 0 or less, or not finite.
    """
    if not (np.isfinite(value) and value > 0):
        raise BadInputError(f"{name} is {value}; give a finite number above 0")
