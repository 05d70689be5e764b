"""Words and examples multiplied: what is like both ranks above what is very like one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.vectors import Scores, Vectors, unit
from likewise.errors import BadInputError
from likewise.numeric.folds import Folds
from likewise.rules.methods._mapped_evidence import (
    Mapped,
    mapped,
    mean_row,
    text_direction,
    text_directions,
)
from likewise.rules.methods._training_rows import check_at_least, fold_weights

_FEWEST_TO_MEASURE = 20
_BEST, _FEWEST_BEST = 0.01, 10  # share of the background whose mean is the largest similarity
_SHORTEST = 1e-6


def product_of(words: Scores, examples: Scores) -> Scores:
    """Products of two similarities, each less its smallest and divided by its range; (n,).

    A sum lets one similarity make up for the other; a product is small where either is small.
    Subtracting the smallest first makes both start at 0, since the words of a joint space lie
    far from all of its images (Psomas et al., "Instance-level composed image retrieval",
    NeurIPS 2025).

    Args:
        words: similarities to the words, (n,).
        examples: similarities to the examples, (n,).

    Example:
        >>> product_of(np.array([0.1, 0.3, 0.2]), np.array([0.5, 0.5, 0.9])).tolist()
        [0.0, 0.0, 0.5]
    """
    return np.asarray(_from_zero_to_one(words) * _from_zero_to_one(examples), np.float32)


@dataclass(frozen=True)
class Product:
    """One direction for the product of the similarities to words and to the mean example.

    A rule is one direction, and a product is none, so this is its slope where both are at their
    largest over the background: each of the two is divided by its reach, from the smallest to
    the largest similarity. `likewise search --combine product` ranks by the product itself.
    Words alone give the rule `text`, examples alone the rule `mean`; counter-examples are not
    looked at.

    Attributes:
        counter_weight: how much counter-hints count against hints.

    Example:
        >>> from likewise.core.space import plain_space
        >>> word, example = np.eye(2, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 2), example[None], hints=word[None])
        >>> Product().learn(evidence).toward.round(2).tolist()
        [[0.7099999785423279, 0.7099999785423279]]
    """

    counter_weight: float = 0.3

    def __post_init__(self) -> None:
        check_at_least("counter_weight", self.counter_weight, 0)

    def learn(self, evidence: Evidence) -> Rule:
        """One row, at unit length; with words alone, the rows of the rule `text`.

        Raises:
            BadInputError: neither an example nor a hint, or parts that cancel out.
        """
        return self._fit(evidence, None)[0]

    def learn_folds(self, evidence: Evidence, folds: Folds) -> Sequence[Rule]:
        """A rule for each fold, learned from the rows outside it."""
        return self._fit(evidence, folds)

    def _fit(self, evidence: Evidence, folds: Folds | None) -> list[Rule]:
        data = mapped(evidence)
        count = folds.count if folds else 1
        if len(data.positives):
            rows = [row[None] for row in self._directions(data, folds)]
        elif len(data.hints):
            rows = [text_directions(data, self.counter_weight)] * count
        else:
            raise BadInputError(
                "the rule 'product' needs an example image or a hint to start from; add one"
            )
        return [Rule("product", evidence.space, each) for each in rows]

    def _directions(self, data: Mapped, folds: Folds | None) -> Vectors:
        """One unit row for each fit."""
        weights = fold_weights(data.positives.weights, folds, "positives")
        examples = np.stack(
            [mean_row(replace(data.positives, weights=column), "examples") for column in weights.T]
        )
        if not len(data.hints):
            return examples
        word = text_direction(data, self.counter_weight)
        seen = fold_weights(data.background.weights, folds, "background") > 0
        of_word = data.background.rows @ word
        of_examples = data.background.rows @ examples.T
        rows = [
            example + _balance(of_word[mask], scores[mask]) * (word - example)
            for example, scores, mask in zip(examples, of_examples.T, seen.T, strict=True)
        ]
        if min(np.linalg.norm(row) for row in rows) <= _SHORTEST:
            raise BadInputError("the examples and hints cancel out; take one away")
        return unit(np.stack(rows))


def _balance(of_word: Scores, of_examples: Scores) -> float:
    """The share of the words in the slope of the product, where both are at their largest."""
    if len(of_word) < _FEWEST_TO_MEASURE:
        return 0.5
    best = max(_FEWEST_BEST, round(_BEST * len(of_word)))
    reaches = [
        float(np.sort(scores)[-best:].mean() - scores.min()) for scores in (of_word, of_examples)
    ]
    return reaches[1] / sum(reaches) if sum(reaches) > _SHORTEST else 0.5


def _from_zero_to_one(scores: Scores) -> NDArray[np.float64]:
    values = np.asarray(scores, np.float64)
    low = values.min(initial=np.inf)
    reach = values.max(initial=-np.inf) - low
    return (values - low) / reach if reach > 0 else np.ones_like(values)
