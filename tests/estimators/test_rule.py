from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from worlds import world

from likewise.errors import BadInputError
from likewise.estimators.rule import RuleClassifier
from likewise.registry import names

WORLD = world(members=60, others=180)
X, Y = WORLD.rows, np.where(WORLD.wanted, "barn", "another")


@pytest.mark.parametrize("rule", sorted(set(names("rules")) - {"text", "exemplar_svm"}))
def test_every_learner_cross_validates(rule: str) -> None:
    one = RuleClassifier(rule)
    assert cross_val_score(one, X, Y == "barn", cv=3, scoring="average_precision").mean() > 0.6


def test_works_in_a_pipeline_and_a_search() -> None:
    steps = make_pipeline(PCA(12), RuleClassifier("contrast"))
    grid = {"ruleclassifier__options": [{"away_weight": 0.1}, {"away_weight": 0.4}]}
    search = GridSearchCV(steps, grid, cv=3, scoring="roc_auc").fit(X, Y == "barn")
    assert search.best_score_ > 0.8
    assert search.predict(X).dtype == bool


def test_the_second_class_is_the_concept() -> None:
    one = RuleClassifier("logistic").fit(X, Y)
    assert one.classes_.tolist() == ["another", "barn"]
    scores = one.rule_.score(X)
    likely = one.predict_proba(X)[:, 1]
    assert one.rule_.calibration is not None
    assert np.allclose(likely, one.rule_.calibration.probability(scores), atol=1e-5)
    assert set(one.predict(X)[likely > 0.5]) == {"barn"}
    assert np.array_equal(one.decision_function(X) > 0, likely > 0.5)
    assert scores[WORLD.wanted].mean() > scores[~WORLD.wanted].mean()


def test_a_precision_is_kept_to_by_the_threshold() -> None:
    careful = RuleClassifier("logistic", precision=0.95).fit(X, Y)
    assert np.array_equal(careful.predict(X) == "barn", careful.rule_.predict(X))
    usual = RuleClassifier("logistic").fit(X, Y)
    assert (careful.predict(X) == "barn").sum() <= (usual.predict(X) == "barn").sum()


def test_rows_that_nobody_looked_at_are_the_crowd() -> None:
    labels = WORLD.wanted.astype(int)
    labels[::2] = -1
    one = RuleClassifier("exemplar_svm", unlabelled=-1).fit(X, labels)
    assert one.classes_.tolist() == [0, 1]
    assert one.rule_.provenance["counts"]["background"] == 120


def test_what_it_cannot_learn_from_is_told() -> None:
    with pytest.raises(BadInputError, match="use FewShotClassifier"):
        RuleClassifier().fit(X[:9], [1, 2, 3] * 3)
    with pytest.raises(ValueError, match="there is one class"):
        RuleClassifier().fit(X[:9], [1] * 9)
    with pytest.raises(BadInputError, match="did you mean 'mean'"):
        RuleClassifier("maen").fit(X, Y)
    few = RuleClassifier("mean").fit(X[:8], [1, 1, 1, 1, 0, 0, 0, 0])
    with pytest.raises(BadInputError, match="fit it on more labels, or use decision_function"):
        few.predict_proba(X)
    assert few.predict(X).shape == (len(X),)
    with pytest.raises(NotFittedError):
        RuleClassifier().predict(X)
