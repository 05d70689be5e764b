"""scikit-learn's own checks of estimators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from likewise.estimators.few_shot import FewShotClassifier
from likewise.estimators.rule import RuleClassifier

_EVERY = [
    FewShotClassifier("class_means"),
    FewShotClassifier("linear_head"),
    RuleClassifier(),
    RuleClassifier("contrast"),
    RuleClassifier("nearest"),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(_EVERY)  # type: ignore[untyped-decorator]
def test_passes_the_checks_of_scikit_learn(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
