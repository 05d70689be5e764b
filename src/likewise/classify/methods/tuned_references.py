"""How many of the least central references each class keeps, tuned by Bayesian optimisation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from likewise.classify.base import classifier_of, divisions, folds_of
from likewise.classify.classification import confusion, weighted_f1
from likewise.classify.methods._centrality import eigenvector_centrality, most_central, rank_within
from likewise.core.classifier import Classifier
from likewise.core.references import References
from likewise.errors import BadInputError, MissingExtraError

_AIMS = ("accuracy", "weighted_f1")
_FOLDS = 5
_RANDOM_FIRST = 10  # trials drawn at random before the optimiser has something to go by


@dataclass(frozen=True)
class TunedReferences:
    """The least central references of each class, as many of each as work best held out.

    As `low_centrality`, with a share to keep for each class of its own. The shares are chosen by
    tree-structured Parzen estimators (TPE; Bergstra et al. 2011) as Optuna has them, to classify
    images that are held out in turn; a trial that is behind the middle of the others after some
    folds is broken off. Keeping everything is the first trial, and without any image to hold
    out it is the only one.

    Attributes:
        trials: how many sets of shares are tried.
        seconds: stop sooner after this many seconds; 0 for no limit. A limit in time may give
            another answer on another machine.
        aim: "accuracy" or "weighted_f1" of held-out images.
        seed: of the optimiser; the same seed gives the same classifier.

    Example:
        >>> few = References(np.eye(6, dtype=np.float32), ("cat",) * 3 + ("dog",) * 3)
        >>> TunedReferences(trials=5).fit(few).classes
        ('cat', 'dog')
    """

    trials: int = 100
    seconds: float = 0.0
    aim: Literal["accuracy", "weighted_f1"] = "accuracy"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise BadInputError(f"trials is {self.trials}; give 1 or more")
        if not 0 <= self.seconds < np.inf:
            raise BadInputError(f"seconds is {self.seconds}; give 0 (no limit) or more")
        if self.aim not in _AIMS:
            raise BadInputError(f"the aim '{self.aim}' is not known; give {' or '.join(_AIMS)}")

    def fit(self, references: References) -> Classifier:
        """The kept references are the rows.

        Raises:
            MissingExtraError: Optuna is not installed.
        """
        shares = self._tuned(references, list(_folds(references)))
        class_indices = references.owners
        rows = most_central(
            rank_within(eigenvector_centrality(references.rows), class_indices),
            class_indices,
            shares,
        )
        fitted = classifier_of(
            "tuned_references", references, references.rows[rows], class_indices[rows]
        )
        counts = np.bincount(class_indices[rows], minlength=len(references.classes))
        return fitted.with_provenance(
            kept=dict(zip(references.classes, counts.tolist(), strict=True))
        )

    def _tuned(self, references: References, folds: list[_Fold]) -> NDArray[np.float64]:
        """The share of each class that is kept, (classes,)."""
        everything = np.ones(len(references.classes))
        if not folds:
            return everything
        optuna = _optuna()

        def trial_value(trial: Any) -> float:
            shares = np.array(
                [trial.suggest_float(str(index), 0.05, 1.0) for index in range(len(everything))]
            )
            counts = np.zeros((len(everything), len(everything)))
            for step, fold in enumerate(folds):
                counts += fold.confusion(shares)
                trial.report(self._value(counts), step)
                if step + 1 < len(folds) and trial.should_prune():
                    raise optuna.TrialPruned
            return self._value(counts)

        with _quiet(optuna):
            study = optuna.create_study(
                direction="maximize",
                sampler=optuna.samplers.TPESampler(
                    seed=self.seed, n_startup_trials=min(_RANDOM_FIRST, self.trials)
                ),
                pruner=optuna.pruners.MedianPruner(n_startup_trials=_RANDOM_FIRST),
            )
            study.enqueue_trial({str(index): 1.0 for index in range(len(everything))})
            study.optimize(trial_value, n_trials=self.trials, timeout=self.seconds or None)
        best = study.best_trial.params
        return np.array([best[str(index)] for index in range(len(everything))])

    def _value(self, counts: NDArray[np.float64]) -> float:
        if self.aim == "accuracy":
            return float(np.trace(counts) / counts.sum())
        return weighted_f1(counts)


@dataclass(frozen=True, eq=False)
class _Fold:
    """What a trial needs of one fold: everything but the shares is worked out once."""

    class_indices: NDArray[np.intp]
    ranks: NDArray[np.intp]
    similarity: NDArray[np.float32]
    truths: NDArray[np.intp]

    def confusion(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the kept references make of the images held out."""
        rows = np.flatnonzero(most_central(self.ranks, self.class_indices, shares))
        nearest = rows[self.similarity[:, rows].argmax(axis=1)]
        return confusion(self.truths, self.class_indices[nearest], len(shares))


def _folds(references: References) -> Iterator[_Fold]:
    for folds in divisions(references, most=_FOLDS):
        for fold in folds_of(folds):
            part, out = references.part(folds != fold), folds == fold
            ranks = rank_within(eigenvector_centrality(part.rows), part.owners)
            similarity = part.space.apply(references.vectors[out]) @ part.rows.T
            yield _Fold(part.owners, ranks, similarity, references.owners[out])


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("the method 'tuned_references'", "tune") from error
    return optuna


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Optuna tells of every trial; a caller's own setting is put back."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
