"""Classifiers from tiny training sets in scikit-learn's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from likewise.classify.base import train
from likewise.core.classifier import NONE_OF_THESE, Classifier
from likewise.core.references import References
from likewise.estimators._inputs import refused_as_value_error, rows_to_judge, training_rows


class FewShotClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`train`, `predict` and `predict_proba` as pipelines and cross-validators want them.

    What it learns is the frozen record `classifier_`, which can be saved and exported. It passes
    scikit-learn's `check_estimator`.

    Args:
        method: name of a method: `likewise.registry.names("classify")` lists them.
        options: fields of the method; none when None.
        coverage: the share of images that should get an answer.
        abstain_by: "probability" or "likeness".

    Example:
        >>> x = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
        >>> few = FewShotClassifier("class_means").fit(x, ["cat", "cat", "dog", "dog"])
        >>> few.predict(x[1:3]).tolist(), few.score(x, ["cat", "cat", "dog", "dog"])
        (['cat', 'dog'], 1.0)
    """

    def __init__(
        self,
        method: str = "best",
        options: Mapping[str, Any] | None = None,
        coverage: float = 1.0,
        abstain_by: Literal["probability", "likeness"] = "probability",
    ) -> None:
        self.method = method
        self.options = options
        self.coverage = coverage
        self.abstain_by = abstain_by

    def fit(self, x: ArrayLike, y: ArrayLike) -> FewShotClassifier:
        """Train on vectors (n, dim) and labels (n,) of any kind.

        Raises:
            ValueError: fewer than two classes, or vectors that cannot be used; it is a
                `BadInputError` where likewise refuses them itself.
        """
        vectors, labels = training_rows(self, x, y)
        self.classes_, class_indices = np.unique(labels, return_inverse=True)
        width = len(str(len(self.classes_)))  # numbers of one width sort as the labels do
        named = tuple(f"{class_index:0{width}d}" for class_index in class_indices.tolist())
        with refused_as_value_error():
            self.classifier_: Classifier = train(
                References(vectors, named),
                self.method,
                coverage=self.coverage,
                abstain_by=self.abstain_by,
                **dict(self.options or {}),
            )
        return self

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """The label of each vector; with a coverage below 1 labels and "none of these"."""
        vectors = self._rows(x)
        scores = self._scores(vectors)
        labels = self.classes_[scores.argmax(axis=1)]
        abstains = self.classifier_.abstains(scores, vectors)
        if not abstains.any():
            return np.asarray(labels)
        labels = labels.astype(object)
        labels[abstains] = NONE_OF_THESE
        return np.asarray(labels)

    def predict_proba(self, x: ArrayLike) -> NDArray[np.float32]:
        """Probability of each of `classes_`, (n, classes)."""
        scores = self._scores(self._rows(x))
        return self.classifier_.probabilities(scores)

    def decision_function(self, x: ArrayLike) -> NDArray[np.float32]:
        """Score of each of `classes_`, a cosine, (n, classes).

        Of two classes it is by how much the second leads, (n,), as scikit-learn has it.
        """
        scores = self._scores(self._rows(x))
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def _rows(self, x: ArrayLike) -> NDArray[np.float32]:
        check_is_fitted(self)
        return rows_to_judge(self, x)

    def _scores(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.classifier_.score_in_space(self.classifier_.space.apply(rows))
