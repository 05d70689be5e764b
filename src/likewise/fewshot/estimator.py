"""Classifiers from tiny training sets in scikit-learn's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from likewise.classifier import NONE_OF_THESE, Classifier
from likewise.classify.base import train
from likewise.errors import BadInputError
from likewise.references import References
from likewise.vectors import checked_vectors


class FewShotClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`train`, `predict` and `predict_proba` as pipelines and cross-validators want them.

    What it learns is the frozen record `classifier_`, which can be saved and exported.

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
            BadInputError: fewer than two classes, or vectors that cannot be used.
        """
        vectors, labels = checked_vectors(x), np.asarray(y)
        if labels.shape != (len(vectors),):
            raise BadInputError(
                f"{len(vectors)} vectors have labels of shape {labels.shape}; one for every row "
                "is wanted"
            )
        self.classes_, places = np.unique(labels, return_inverse=True)
        width = len(str(len(self.classes_)))  # numbers of one width sort as the labels do
        named = tuple(f"{place:0{width}d}" for place in places.tolist())
        self.classifier_: Classifier = train(
            References(vectors, named),
            self.method,
            coverage=self.coverage,
            abstain_by=self.abstain_by,
            **dict(self.options or {}),
        )
        self.n_features_in_ = vectors.shape[1]
        return self

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """The label of each vector; with a coverage below 1 labels and "none of these"."""
        scores = self._fitted().score(x)
        labels = self.classes_[scores.argmax(axis=1)]
        abstains = self._fitted().abstains(scores)
        if not abstains.any():
            return np.asarray(labels)
        labels = labels.astype(object)
        labels[abstains] = NONE_OF_THESE
        return np.asarray(labels)

    def predict_proba(self, x: ArrayLike) -> NDArray[np.float32]:
        """Probability of each of `classes_`, (n, classes)."""
        return self._fitted().predict_proba(x)

    def decision_function(self, x: ArrayLike) -> NDArray[np.float32]:
        """Score of each of `classes_`, a cosine, (n, classes)."""
        return self._fitted().score(x)

    def _fitted(self) -> Classifier:
        if not hasattr(self, "classifier_"):
            raise NotFittedError("this FewShotClassifier is not fitted; call fit first")
        return self.classifier_
