from __future__ import annotations

import numpy as np
import pytest
from class_worlds import class_world
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

from likewise.core.classifier import NONE_OF_THESE
from likewise.errors import BadInputError
from likewise.estimators.few_shot import FewShotClassifier

WORLD = class_world(classes=3, each=8, noise=0.5)
X, Y = WORLD.references.vectors, WORLD.references.owners


def test_cross_validates_clones_and_searches() -> None:
    few = FewShotClassifier("class_means")
    assert cross_val_score(few, X, Y, cv=4).mean() > 0.9
    assert clone(few).get_params() == few.get_params()
    search = GridSearchCV(few, {"method": ["class_means", "medoids"]}, cv=2).fit(X, Y)
    assert search.best_params_["method"] in ("class_means", "medoids")


@pytest.mark.parametrize(
    "labels", [np.array([7, -1, 30]), np.array(["b", "a", "ü"]), np.array([True, False, True])]
)
def test_labels_of_any_kind_come_back(labels: np.ndarray) -> None:
    own = labels[Y]
    few = FewShotClassifier("class_means").fit(X, own)
    assert few.classes_.tolist() == np.unique(labels).tolist()
    answers = few.predict(WORLD.test)
    assert answers.dtype == own.dtype
    assert (answers == labels[WORLD.truths]).mean() > 0.9
    order = few.predict_proba(WORLD.test).argmax(axis=1)
    assert np.array_equal(few.classes_[order], answers)
    decision = few.decision_function(WORLD.test)
    most = decision.argmax(axis=1) if decision.ndim == 2 else (decision > 0).astype(int)
    assert np.array_equal(most, order)


def test_more_than_ten_classes_keep_their_order() -> None:
    many = class_world(classes=12, each=3, noise=0.2, dim=40)
    numbers = [int(label.split()[-1]) for label in many.references.labels]
    few = FewShotClassifier("class_means").fit(many.references.vectors, numbers)
    assert few.score(many.test, many.truths) > 0.9


def test_what_it_abstains_on_is_none_of_these() -> None:
    few = FewShotClassifier("class_means", coverage=0.5).fit(X, Y)
    assert NONE_OF_THESE in few.predict(WORLD.test).tolist()


def test_options_reach_the_method() -> None:
    few = FewShotClassifier("low_centrality", options={"keep": 0.25}).fit(X, Y)
    assert len(few.classifier_.rows) == 6


def test_before_fit_and_with_other_lengths_it_says_so() -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        FewShotClassifier().predict(X)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        FewShotClassifier().fit(X, [1, 2, 3])
    with pytest.raises(BadInputError, match="there is one class"):
        FewShotClassifier().fit(X, np.zeros(len(X)))


def test_of_two_classes_the_decision_is_one_number() -> None:
    few = FewShotClassifier("class_means").fit(X, Y == 1)
    decision = few.decision_function(X)
    assert decision.shape == (len(X),)
    assert np.array_equal(decision > 0, few.predict(X))
