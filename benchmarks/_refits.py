"""How long a refit takes, beside scikit-learn on the same arrays."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from _records import Figure
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from likewise.core.evidence import Evidence
from likewise.core.space import Space
from likewise.core.vectors import Vectors
from likewise.rules.base import learn

_LABELS = 200
_BACKGROUND = 2000
_GOALS = {"logistic": "<= 30", "linear_svm": "<= 30", "anchored": "<= 30", "best": "<= 300"}


def refits(vectors: Vectors, wanted: NDArray[np.bool_], space: Space, repeats: int) -> list[Figure]:
    """Median milliseconds of learning from 200 labels and 2,000 background rows.

    Where the collection is too small for distinct rows, some serve twice with a little noise.
    """
    random = np.random.default_rng(0)
    yes = _rows(vectors, np.flatnonzero(wanted), _LABELS // 2, random)
    likeness = space.apply(vectors) @ space.apply(yes).mean(axis=0)
    misses = np.flatnonzero(~wanted)[np.argsort(-likeness[~wanted])][: _LABELS // 2]
    no = _rows(vectors, misses, _LABELS // 2, random)
    crowd = _rows(vectors, np.arange(len(vectors)), _BACKGROUND, random)

    def evidence() -> Evidence:  # a new one each time, so that nothing is remembered
        return Evidence(space, yes, no, crowd, collection_size=len(vectors))

    def ours(name: str) -> Callable[[], Any]:
        return lambda: learn(evidence(), name, calibrate=False)

    rows = space.apply(np.concatenate([yes, no, crowd]))
    truth = np.arange(len(rows)) < len(yes)
    calls: Mapping[str, Callable[[], Any]] = {
        **{f"likewise {name}": ours(name) for name in _GOALS},
        "scikit-learn LogisticRegression": lambda: LogisticRegression(
            class_weight="balanced", max_iter=1000
        ).fit(rows, truth),
        "scikit-learn LinearSVC": lambda: LinearSVC(class_weight="balanced").fit(rows, truth),
    }
    spent = _side_by_side(calls, repeats)
    setting = f"{_LABELS} labels, {_BACKGROUND} background, D {vectors.shape[1]}"
    return [
        Figure(
            f"refit, {name}",
            1000 * seconds,
            "ms",
            _GOALS.get(name.removeprefix("likewise "), "") if "likewise" in name else "",
            f"{setting}, median of {repeats}",
        )
        for name, seconds in spent.items()
    ]


def _rows(
    vectors: Vectors, places: NDArray[np.intp], count: int, random: np.random.Generator
) -> Vectors:
    taken = vectors[random.permutation(np.resize(places, count))]
    noise = random.standard_normal(taken.shape).astype(np.float32) * np.float32(1e-3)
    noisy = taken + noise
    return np.asarray(noisy / np.linalg.norm(noisy, axis=1, keepdims=True), np.float32)


def _side_by_side(calls: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Median seconds; the calls take turns, so that a busy machine is unfair to none."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeats + 1):  # the first warms up
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            if turn:
                spent[name].append(time.perf_counter() - started)
    return {name: float(np.median(times)) for name, times in spent.items()}
