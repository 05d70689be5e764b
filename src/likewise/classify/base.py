"""What a method for several classes is, and the one function that runs any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from likewise.classify.classification import HeldOut, coverage_curve, report
from likewise.classify.rejection_threshold import by_class_means
from likewise.classify.suspects import contradictions, suspects
from likewise.classify.temperature import fit_temperature
from likewise.core import methods
from likewise.core.classifier import Abstention, Classifier
from likewise.core.progress import Progress
from likewise.core.references import References
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError
from likewise.numeric.blas import single_blas_thread
from likewise.numeric.class_folds import NEVER, class_folds
from likewise.registry import build, name_of


@runtime_checkable
class Method(Protocol):
    """A frozen dataclass whose fields are its options, and whose one method fits."""

    def fit(self, references: References) -> Classifier:
        """Turn references into a classifier; calibration and provenance come later.

        Raises:
            BadInputError: the references lack what this method cannot do without.
        """
        ...


Choice: TypeAlias = methods.Choice[Method, HeldOut]


@runtime_checkable
class Chooser(Method, Protocol):
    """A method that first chooses among others by looking at the references."""

    def choose(self, references: References) -> Choice:
        """Choose a method and its options."""
        ...


def make(name: str, **options: Any) -> Method:
    """Build a method by name, with its options checked.

    Raises:
        BadInputError: no such method, an option it does not have, or a value of another type.
    """
    method: Method = build("classify", name, "method", options)
    return method


def train(
    references: References,
    method: str | Method = "best",
    *,
    coverage: float = 1.0,
    abstain_by: Literal["probability", "likeness"] = "probability",
    unlabelled: Vectors | None = None,
    progress: Progress = lambda done, total: None,
    **options: Any,
) -> Classifier:
    """Train a classifier on a tiny training set; needs no workspace.

    The method makes the rows. This function holds images out in turn, runs the whole method
    again without them, its own choosing and tuning included (nested cross-validation), and so
    learns how good it is on what it has not seen; from that come the probabilities, the bar for
    abstaining and the accuracy with its interval, for every method in the same way.

    Args:
        references: labelled images, and words.
        method: a method, or the name of one: `likewise.registry.names("classify")` lists them.
        coverage: the share of images of these classes that should get an answer; the others,
            the least sure ones, are "none of these". 1 always answers.
        abstain_by: "probability" gives up between two classes, "likeness" far from all: below a
            cosine to the nearest class mean; where a class has words alone, below a score.
        unlabelled: (n, dim), images of nobody's label, such as those that will be classified.
            A linear head is smoothed over the graph of their nearest neighbours, where that makes
            the right classes of held-out images more likely; for "best" and "linear_head".
        progress: told how many of the trainings are done.
        options: fields of the named method.

    Raises:
        BadInputError: no such method or option, or references it cannot work from.

    Example:
        >>> x = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
        >>> few = References(x, ("cat", "cat", "dog", "dog"))
        >>> train(few, "class_means").predict(x[1:3]).tolist()
        ['cat', 'dog']
    """
    if not 0 < coverage <= 1:
        raise BadInputError(f"the coverage {coverage} is not above 0 and up to 1; give .9 or so")
    named = make(method, **options) if isinstance(method, str) else method
    fitter = named if unlabelled is None else _smoothed(named, references, unlabelled)
    divided = divisions(references)
    steps = 1 + sum(len(folds_of(folds)) for folds in divided)
    progress(0, steps)
    facts: dict[str, Any] = {"options": methods.options_of(named), **_origin(references)}
    chosen = fitter
    if isinstance(fitter, Chooser):
        choice = fitter.choose(references)
        validation = dict(choice.validation)
        if unlabelled is not None:
            facts["unlabelled"] = validation.pop("unlabelled")
        chosen = choice.method
        if validation:
            facts["choice"] = validation
    trained = replace(fitted(chosen, references), method=name_of("classify", named))
    progress(1, steps)
    held_out = hold_out(fitter, references, divided, lambda done: progress(done + 1, steps))
    # A chooser may choose otherwise in each fold, and scores of two methods have two scales: so
    # the slope comes from the chosen method's scores, the accuracy from the whole procedure's.
    scored = held_out if chosen is fitter else hold_out(chosen, references, divided)
    slope, calibrated_on = fit_temperature(scored)
    trained = replace(trained, slope=slope, calibrated_on=calibrated_on)
    abstention = _abstention(trained, references, scored, coverage, abstain_by)
    trained = replace(trained, abstention=abstention)
    if abstention is not None:
        facts["abstention"] = {"coverage": coverage}
    facts["validation"] = {
        **report(held_out, references.classes),
        "coverage": _coverage(trained, scored),
        "suspects": [vars(suspect) for suspect in suspects(references, scored)],
    }
    return trained.with_provenance(**facts)


def divisions(references: References, most: int = 10, fits: int = 10) -> list[NDArray[np.intp]]:
    """Fold numbers of the references, one array a division into folds.

    Tiny classes allow few folds, and one division of them is a matter of luck, so that there are
    several: as many as make for about as many fits.

    Args:
        references: what is divided.
        most: the largest number of folds in a division.
        fits: how many classifiers should be fitted in all.
    """
    first = class_folds(references.rows, references.owners, most)
    count = max(1, len(folds_of(first)))
    others = range(1, round(fits / count))
    return [first, *(class_folds(references.rows, references.owners, most, n) for n in others)]


def folds_of(folds: NDArray[np.intp]) -> list[int]:
    """The numbers of the folds in which something is held out."""
    return [int(fold) for fold in np.unique(folds[folds != NEVER])]


@single_blas_thread()
def fitted(method: Method, references: References) -> Classifier:
    """What the method fits; on one thread, which for tables so small is the fastest."""
    return method.fit(references)


def hold_out(
    method: Method,
    references: References,
    divided: Sequence[NDArray[np.intp]],
    progress: Callable[[int], None] = lambda done: None,
) -> HeldOut:
    """Score images by classifiers that were trained without them.

    Args:
        method: fitted once a fold.
        references: what is cut into folds.
        divided: fold numbers of the references, as `divisions` answers.
        progress: told how many fits are done.

    Returns:
        Scores of every image that could be held out; of none where no class has a second image.
    """
    scores: list[NDArray[np.float32]] = [np.empty((0, len(references.classes)), np.float32)]
    held_rows: list[NDArray[np.intp]] = [np.empty(0, np.intp)]
    done = 0
    for folds in divided:
        for fold in folds_of(folds):
            out = np.flatnonzero(folds == fold)
            trained = fitted(method, references.part(folds != fold))
            scores.append(trained.score(references.vectors[out]))
            held_rows.append(out)
            done += 1
            progress(done)
    every = np.concatenate(held_rows)
    return HeldOut(np.concatenate(scores), references.owners[every], every)


def classifier_of(
    name: str, references: References, rows: NDArray[np.float32], class_indices: NDArray[np.intp]
) -> Classifier:
    """A classifier of rows in any order; a class without one gets its words for a row.

    Args:
        name: of the method.
        references: what it was fitted on.
        rows: (r, dim_out), of unit length.
        class_indices: (r,) class numbers.
    """
    words, named = references.word_rows
    alone = ~np.isin(named, class_indices)
    rows, class_indices = (
        np.concatenate([rows, words[alone]]),
        np.concatenate([class_indices, named[alone]]),
    )
    order = np.argsort(class_indices, kind="stable")
    rows = np.ascontiguousarray(rows[order], np.float32)
    return Classifier(name, references.space, references.classes, rows, class_indices[order])


def _smoothed(method: Method, references: References, unlabelled: Vectors) -> Method:
    """The method that smooths over a graph of unlabelled images, or does without as it was."""
    from likewise.classify.smoothing import ImageGraph, SmoothedHead

    name = name_of("classify", method)
    if name not in ("best", "linear_head"):
        raise BadInputError(
            f"unlabelled images help a linear head, and the method is '{name}'; leave the method "
            "out, or give linear_head"
        )
    head = make("linear_head") if name == "best" else method
    return SmoothedHead(head, ImageGraph(references, unlabelled), method)


def _abstention(
    trained: Classifier,
    references: References,
    held_out: HeldOut,
    coverage: float,
    by: Literal["probability", "likeness"],
) -> Abstention | None:
    if coverage == 1:
        return None
    # A class of words alone has no mean image, and words are not as near to images as images are.
    if by == "likeness" and references.counts.all():
        found = by_class_means(references, coverage)
        if found is not None:
            return found
    if not len(held_out.truths):
        raise BadInputError(
            f"a coverage of {coverage} cannot be kept where no image can be held out to try it; "
            "give a second image of a class, or leave the coverage at 1"
        )
    # One value an image, however often it was held out. With the rank (n + 1) * p, as in split
    # conformal prediction, a new image of the classes is below it with a probability of p.
    sure = held_out.by_image(trained.sureness(held_out.scores, by))[1]
    return Abstention(by, float(np.quantile(sure, 1 - coverage, method="weibull")))


def _coverage(trained: Classifier, held_out: HeldOut) -> dict[str, Any]:
    """What answering for the surest images only should do for the accuracy."""
    if not len(held_out.truths):
        return {}
    right = held_out.answers == held_out.truths
    curve = coverage_curve(trained.sureness(held_out.scores, "probability"), right)
    at_90 = min(curve, key=lambda point: abs(point[0] - 0.9))[1]
    return {"gain_at_90": at_90 - curve[-1][1], "curve": [list(point) for point in curve]}


def _origin(references: References) -> dict[str, Any]:
    return {
        "counts": dict(zip(references.classes, references.counts.tolist(), strict=True)),
        "references": [list(pair) for pair in zip(references.ids, references.labels, strict=True)],
        "words": sorted(references.words),
        "contradictions": contradictions(references),
        **methods.time_and_versions("numpy"),
    }
