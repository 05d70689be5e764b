"""A learned concept as plain arrays: every learner's answer, and a query any engine can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likewise.core.space import Space
from likewise.core.vectors import Scores, Vectors, checked_vectors
from likewise.errors import BadInputError


@dataclass(frozen=True)
class Calibration:
    """Scores to probabilities by a logistic curve (Platt 1999): ``1 / (1 + exp(-(a*s + b)))``.

    Attributes:
        slope: a, above 0, so that a higher score is never a lower probability.
        intercept: b.
        labels: how many labels of people it was fitted on.

    Example:
        >>> Calibration(slope=2.0, intercept=0.0, labels=40).probability(np.zeros(1)).tolist()
        [0.5]
    """

    slope: float
    intercept: float
    labels: int

    def __post_init__(self) -> None:
        if not (0 < self.slope < float("inf") and np.isfinite(self.intercept)):
            raise BadInputError(
                f"a calibration with slope {self.slope} and intercept {self.intercept} is not "
                "usable; the slope must be above 0 and both finite"
            )

    def probability(self, scores: ArrayLike) -> Scores:
        """Probability that each is a yes; shape (n,)."""
        logits = np.asarray(scores, dtype=np.float64) * self.slope + self.intercept
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)), dtype=np.float32)

    def score(self, probability: float) -> float:
        """The score at which the curve reaches a probability between 0 and 1."""
        if not 0 < probability < 1:
            raise BadInputError(
                f"the probability {probability} is not between 0 and 1; give .9, for example"
            )
        return float((np.log(probability / (1 - probability)) - self.intercept) / self.slope)


@dataclass(frozen=True, eq=False)
class Rule:
    """``score(x) = max_p(toward_p . z) - away_weight * (away . z)`` with ``z = space(x)``.

    This form holds the answer of every learner: mean and medoid (one row), prototypes and nearest
    example (several rows, the best counts), contrast (an away row), linear classifiers (one row;
    the offset goes into the threshold), and words.

    Attributes:
        learner: name of the learner that made it.
        space: the map applied to vectors first.
        toward: float32 of shape (p, space.dim_out), p of 1 or more.
        away: float32 of shape (space.dim_out,), or None.
        away_weight: how much of the similarity to `away` is subtracted.
        threshold: scores at or above it are a yes.
        calibration: scores to probabilities; None where there are too few labels.
        provenance: how it was learned, as JSON: examples and their digests, who, when, versions,
            what it was compared with.

    Example:
        >>> from likewise.core.space import plain_space
        >>> rule = Rule("mean", plain_space("demo", 2), np.eye(2, dtype=np.float32)[:1])
        >>> rule.score([[1.0, 0.0], [0.0, 1.0]]).tolist()
        [1.0, 0.0]
    """

    learner: str
    space: Space
    toward: NDArray[np.float32]
    away: NDArray[np.float32] | None = None
    away_weight: float = 0.0
    threshold: float = 0.0
    calibration: Calibration | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        expected = self.space.dim_out
        if self.toward.ndim != 2 or len(self.toward) == 0 or self.toward.shape[1] != expected:
            raise BadInputError(
                f"a rule's 'toward' has shape {self.toward.shape}; one or more rows of {expected} "
                "columns are wanted, as its space has"
            )
        if self.away is not None and self.away.shape != (expected,):
            raise BadInputError(
                f"a rule's 'away' has shape {self.away.shape}; one row of {expected} is wanted"
            )
        away = 0.0 if self.away is None else self.away.sum()
        total = self.toward.sum() + away + self.away_weight + self.threshold
        if not np.isfinite(total):
            raise BadInputError("a rule holds a number that is not finite; learn it again")

    def __repr__(self) -> str:
        """One line: the concept, the learner, its size, and whether it has probabilities."""
        concept = self.provenance.get("concept")
        sure = f"{self.calibration.labels} labels" if self.calibration else "none yet"
        return (
            f"<Rule{f' {concept!r}' if concept else ''}: {self.learner}, {len(self.toward)} "
            f"direction(s) in {self.space.dim_out:,} dimensions of {self.encoder}, "
            f"threshold {self.threshold:.4g}, probabilities: {sure}>"
        )

    @property
    def encoder(self) -> str:
        """Fingerprint of the encoder whose vectors it scores."""
        return self.space.encoder

    @property
    def directions(self) -> NDArray[np.float32]:
        """`toward` with `away` folded in, (p, dim_out): score is the largest inner product."""
        if self.away is None:
            return self.toward
        return np.asarray(self.toward - np.float32(self.away_weight) * self.away, np.float32)

    def linear_form(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weights (p, dim_in) and offsets (p,) over raw vectors: a query for any vector engine.

        ``score(x) = max_p(weights_p . x + offset_p) / space.lengths(x)``
        """
        directions, projection = self.directions, self.space.projection
        weights = directions if projection is None else directions @ projection.T
        offsets = np.asarray(-(weights @ self.space.mean), np.float32)
        return np.ascontiguousarray(weights, np.float32), offsets

    def score(self, vectors: ArrayLike) -> Scores:
        """Score images by their encoder's vectors; shape (n, dim_in) to (n,).

        Raises:
            BadInputError: another number of columns, or rows that are zero or not finite.
        """
        return self.score_in_space(
            self.space.apply(checked_vectors(vectors, dim=self.space.dim_in))
        )

    def score_in_space(self, mapped: Vectors) -> Scores:
        """Score vectors that are in the rule's space; shape (n, dim_out) to (n,)."""
        return np.asarray((mapped @ self.directions.T).max(axis=1), dtype=np.float32)

    def predict(self, vectors: ArrayLike) -> NDArray[np.bool_]:
        """Yes or no for each vector: score at or above the threshold."""
        return np.asarray(self.score(vectors) >= self.threshold)

    def probability(self, scores: ArrayLike) -> Scores | None:
        """Probabilities of scores; None where the rule has too few labels for a calibration."""
        return None if self.calibration is None else self.calibration.probability(scores)

    def with_provenance(self, **facts: Any) -> Rule:
        """The same rule with more facts in its provenance."""
        return replace(self, provenance={**self.provenance, **facts})
