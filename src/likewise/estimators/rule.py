"""Rules in scikit-learn's form: one concept against the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.space import UNNAMED_ENCODER, centred_space
from likewise.estimators._inputs import (
    EstimatorInputError,
    refused_as_value_error,
    rows_to_judge,
    training_rows,
)
from likewise.rules.base import learn


class RuleClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`learn` as pipelines and cross-validators want it, for two classes.

    The second of `classes_` is the concept, as everywhere in scikit-learn. What it learns is the
    frozen record `rule_`, which can be saved and exported; its space is centred on the rows that
    it was fitted on. It passes scikit-learn's `check_estimator`.

    Args:
        rule: name of a learner: `likewise.registry.names("rules")` lists them.
        options: fields of the learner; none when None.
        precision: predict the concept where this share should be right, by the rule's threshold;
            None for where it is likelier than not.
        encoder: fingerprint of the encoder of the vectors, `collection.encoder`, so that a
            collection can be searched with `rule_`; None for vectors of anything else.
        unlabelled: the label of rows that nobody looked at: they are the random background that
            learners compare with. None when every row was.

    Example:
        >>> x = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]])
        >>> one = RuleClassifier("contrast").fit(x, [True, True, False, False])
        >>> one.predict([[1, 0.2], [0.2, 1]]).tolist()
        [True, False]
    """

    def __init__(
        self,
        rule: str = "best",
        options: Mapping[str, Any] | None = None,
        precision: float | None = None,
        unlabelled: Any = None,
        encoder: str | None = None,
    ) -> None:
        self.rule = rule
        self.options = options
        self.precision = precision
        self.unlabelled = unlabelled
        self.encoder = encoder

    def fit(self, x: ArrayLike, y: ArrayLike) -> RuleClassifier:
        """Learn from vectors (n, dim) and labels (n,) of two kinds.

        Raises:
            ValueError: not two classes, or vectors that cannot be used; it is a `BadInputError`
                where likewise refuses them itself.
        """
        vectors, labels = training_rows(self, x, y)
        is_background = np.zeros(len(labels), dtype=bool)
        if self.unlabelled is not None:
            is_background = np.asarray(labels == self.unlabelled)
        self.classes_ = np.unique(labels[~is_background])
        if len(self.classes_) > 2:
            raise EstimatorInputError(
                "Only binary classification is supported. The labels have "
                f"{len(self.classes_)} classes; use FewShotClassifier for several"
            )
        if len(self.classes_) < 2:
            raise EstimatorInputError(
                f"there is one class, {self.classes_.tolist()}, and nothing to tell it from; give "
                "two"
            )
        evidence = Evidence(
            centred_space(self.encoder or UNNAMED_ENCODER, vectors),
            positives=vectors[labels == self.classes_[1]],
            negatives=vectors[labels == self.classes_[0]],
            background=vectors[is_background],
            collection_size=len(vectors),
        )
        with refused_as_value_error():
            self.rule_: Rule = learn(
                evidence, self.rule, precision=self.precision, **dict(self.options or {})
            )
        return self

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """The label of each vector, (n,)."""
        yes = self.decision_function(x) > 0
        return np.asarray(self.classes_[yes.astype(int)])

    def predict_proba(self, x: ArrayLike) -> NDArray[np.float32]:
        """Probability of each of `classes_`, (n, 2).

        Raises:
            ValueError: there were too few labels to say.
        """
        curve = self._fitted().calibration
        if curve is None:
            why = self.rule_.provenance.get("calibration", "too few labels to say")
            raise EstimatorInputError(
                f"the rule gives no probabilities ({why}); fit it on more labels, or use "
                "decision_function"
            )
        probability = curve.probability(self._scores(x))
        return np.stack([1 - probability, probability], axis=1)

    def decision_function(self, x: ArrayLike) -> NDArray[np.float64]:
        """Above 0 for the concept, (n,): by how much, in logits or in scores.

        In logits where the rule gives probabilities and no precision is aimed at; else how far
        the score is above the rule's threshold.
        """
        scores = self._scores(x)
        curve = self.rule_.calibration
        if curve is not None and self.precision is None:
            return np.asarray(scores * curve.slope + curve.intercept)
        below = np.nextafter(np.float32(self.rule_.threshold), np.float32(-np.inf))
        return np.asarray(scores - np.float64(below))  # at the threshold it is a yes

    def _scores(self, x: ArrayLike) -> NDArray[np.float64]:
        """Scores in double precision, so that a row's is the same in whatever company."""
        rule = self._fitted()
        mapped = rule.space.apply(rows_to_judge(self, x)).astype(np.float64)
        return np.asarray((mapped @ rule.directions.T).max(axis=1))

    def _fitted(self) -> Rule:
        check_is_fitted(self)
        return self.rule_

    def __sklearn_tags__(self) -> Tags:
        """That it tells two classes apart and no more."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags
