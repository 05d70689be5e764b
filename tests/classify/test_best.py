"""The choice among methods."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from class_worlds import class_world
from worlds import at

from likewise.classify.base import Choice, make, train
from likewise.classify.methods.best import Best
from likewise.classify.methods.class_means import ClassMeans
from likewise.core.classifier import Classifier
from likewise.core.references import References

TWO_LOOKS = References(
    at(*(0, 3, 6, 9) * 2, *(90, 93, 96, 99) * 2, *(45, 48, 51, 54) * 4)
    + np.random.default_rng(0).normal(0, 1e-3, (32, 2)).astype(np.float32),
    ["a"] * 16 + ["b"] * 16,
    mean=np.zeros(2, np.float32),
)
"""A class on both sides of the other: no single row a class can tell them apart."""


def test_the_simplest_is_taken_where_it_is_as_good() -> None:
    choice = Best().choose(class_world(noise=0.3).references)
    assert choice.validation["chosen"] == "linear_head"
    assert choice.validation["margin"] == 0


def test_a_method_that_is_clearly_better_is_taken() -> None:
    choice = Best().choose(TWO_LOOKS)
    assert choice.validation["chosen"] == "prototypes"
    compared = choice.validation["compared"]
    assert compared["class_means"]["accuracy"] < 0.8 < compared["prototypes"]["accuracy"]
    trained = train(TWO_LOOKS)
    assert trained.method == "best"
    assert trained.predict(at(4, 50, 94)).tolist() == ["a", "b", "a"]


def test_within_no_standard_error_only_the_best_will_do() -> None:
    world = class_world(classes=4, each=6, noise=1.1, seed=3)
    compared = Best().choose(world.references).validation["compared"]
    top = max(line["accuracy"] for line in compared.values())
    strict = Best(standard_errors=0.0).choose(world.references).validation
    assert compared[strict["chosen"]]["accuracy"] == top


def test_the_margin_is_over_the_next_best_and_has_an_interval() -> None:
    facts = Best().choose(TWO_LOOKS).validation
    others = {name: line["accuracy"] for name, line in facts["compared"].items()}
    own = others.pop(facts["chosen"])
    assert facts["margin"] == own - max(others.values())
    low, high = facts["margin_interval"]
    assert low <= facts["margin"] <= high


def test_too_few_images_leave_the_stated_default() -> None:
    few = References(np.eye(4, dtype=np.float32), ("a", "a", "b", "b"))
    facts = Best().choose(few).validation
    assert facts["chosen"] == "linear_head"
    assert "too few" in facts["because"]


@dataclass(frozen=True)
class TwoFaced:
    """Chooses well on everything, and badly wherever something is held out."""

    everything: int

    def fit(self, references: References) -> Classifier:
        return self.choose(references).method.fit(references)

    def choose(self, references: References) -> Choice:
        whole = len(references.labels) == self.everything
        return Choice(ClassMeans() if whole else Swapped(), {"chosen": "class_means"})


@dataclass(frozen=True)
class Swapped:
    """Always the other class."""

    def fit(self, references: References) -> Classifier:
        fitted = ClassMeans().fit(references)
        return replace(fitted, rows=fitted.rows[::-1].copy())


def test_the_accuracy_is_of_the_whole_procedure_its_choosing_included() -> None:
    world = class_world(classes=2, each=8, noise=0.3)
    trained = train(world.references, TwoFaced(16))
    assert world.accuracy(trained.score(world.test)) > 0.95
    assert trained.provenance["validation"]["accuracy"] < 0.1
    assert trained.provenance["validation"]["suspects"] == []  # of the method that was chosen


def test_pure_noise_promises_no_more_than_chance() -> None:
    """Choosing the luckiest of several and reporting its own figure would promise more."""
    promised = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        rows = random.standard_normal((40, 30)).astype(np.float32)
        noise = References(rows, [str(n % 4) for n in range(40)])
        methods = "class_means,medoids,low_centrality,all_references"
        trained = train(noise, "best", standard_errors=0.0, methods=methods)
        promised.append(trained.provenance["validation"]["accuracy"])
    assert np.mean(promised) < 0.33


def test_only_the_named_methods_are_compared() -> None:
    choice = make("best", methods="medoids, class_means").choose(TWO_LOOKS)  # type: ignore[attr-defined]
    assert set(choice.validation["compared"]) == {"medoids", "class_means"}
