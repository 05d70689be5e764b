"""How good vectors are for labelled classes: a linear head tuned on them, and search by example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.classify.base import fitted, make
from likewise.classify.classification import HeldOut, report
from likewise.classify.temperature import fit_temperature
from likewise.core.classifier import Classifier
from likewise.core.references import References
from likewise.core.vectors import Vectors
from likewise.finetune.examples import Examples
from likewise.rules.retrieval import average_precision

RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Penalties that are tried for a linear head."""

_QUERIES = 1000


@dataclass(frozen=True, eq=False)
class Head:
    """A linear head on vectors, tuned on the part "val".

    Attributes:
        classifier: calibrated there, too.
        ridge: the penalty that was chosen.
        accuracy: on "val".
    """

    classifier: Classifier
    ridge: float
    accuracy: float


def tuned_head(examples: Examples, vectors: Vectors, encoder: str) -> Head:
    """Fit linear heads on "train" and choose the penalty on "val"; "test" is not looked at.

    Args:
        examples: which image is what, and in which part.
        vectors: (n, dim), one row an example.
        encoder: fingerprint of the encoder that made them.
    """
    train, val = examples.indices("train"), examples.indices("val")
    labels = [examples.labels[index] for index in train.tolist()]
    ids = [examples.ids[index] for index in train.tolist()]
    references = References(vectors[train], labels, ids, encoder=encoder)
    found: list[tuple[float, Head]] = []
    for ridge in RIDGES:
        fit = fitted(make("linear_head", ridge=ridge), references)
        held_out = HeldOut(fit.score(vectors[val]), examples.class_indices[val], val)
        slope, images = fit_temperature(held_out)
        fit = replace(fit, slope=slope, calibrated_on=images)
        true_probabilities = fit.probabilities(held_out.scores)[
            np.arange(len(val)), held_out.truths
        ]
        likelihood = float(np.log(np.maximum(true_probabilities, 1e-12)).mean())
        accuracy = float((held_out.answers == held_out.truths).mean())
        found.append((likelihood, Head(fit, ridge, accuracy)))
    # By accuracy several would be as good, and the choice between them chance.
    return max(found, key=lambda pair: pair[0])[1]


def judged(examples: Examples, vectors: Vectors, classifier: Classifier) -> dict[str, Any]:
    """What a classifier makes of the part "test": accuracy, F1, confusion; as JSON."""
    test = examples.indices("test")
    held_out = HeldOut(classifier.score(vectors[test]), examples.class_indices[test], test)
    return report(held_out, examples.classes)


def search_precision(examples: Examples, vectors: Vectors) -> float:
    """Mean average precision of a search by one image, among the images of the part "test".

    Vectors are centred on the part "train", as a collection's are on its mean. A thousand images
    at most are searched by.
    """
    centre = vectors[examples.indices("train")].mean(axis=0)
    test = examples.indices("test")
    rows = vectors[test] - centre
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    class_indices = examples.class_indices[test]
    queries = np.random.default_rng(0).permutation(len(test))[:_QUERIES]
    found = [_search(rows, class_indices, query) for query in queries.tolist()]
    scored = [value for value in found if value is not None]
    return float(np.mean(scored)) if scored else float("nan")


def _search(rows: Vectors, class_indices: NDArray[np.intp], query: int) -> float | None:
    others = np.arange(len(rows)) != query
    relevant = class_indices[others] == class_indices[query]
    return average_precision(rows[others] @ rows[query], relevant) if relevant.any() else None


def in_short(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The few figures of a report that go into a line."""
    return {name: figures[name] for name in ("accuracy", "accuracy_interval", "weighted_f1")}
