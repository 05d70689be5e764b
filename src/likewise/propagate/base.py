"""What a method that labels the rest is, and the one function that runs any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from likewise.core.vectors import Vectors
from likewise.errors import BadInputError
from likewise.numeric.clusters import Clusters, assigned
from likewise.propagate._ask import to_ask
from likewise.propagate._confidence import fit_confidence
from likewise.propagate._propagation import Propagation
from likewise.propagate.methods._held_out import HeldOut, folds_of, hold_out
from likewise.propagate.methods._landscape import Landscape
from likewise.propagate.methods._task import Task, likest_given
from likewise.propagate.methods._votes import Ints, Strongest, Votes
from likewise.registry import build

__all__ = [
    "Choice",
    "Chooser",
    "Clusters",
    "Landscape",
    "Propagation",
    "Propagator",
    "Strongest",
    "Task",
    "Votes",
    "assigned",
    "likest_given",
    "make",
    "propagate",
    "to_ask",
]


@runtime_checkable
class Propagator(Protocol):
    """A frozen dataclass whose fields are its options."""

    def vote(self, task: Task) -> Votes:
        """Shares of classes for every row; what the shares are worth is found out elsewhere."""
        ...

    def causes(self, task: Task, votes: Votes, rows: Ints) -> Ints:
        """Up to three labelled rows that made each of these rows be given its class.

        Args:
            task: that was voted on.
            votes: what was answered to it.
            rows: (k,) those that are asked for.

        Returns:
            (k, 1 to 3) row numbers, -1 for none.
        """
        ...


@dataclass(frozen=True, eq=False)
class Choice:
    """Which method was chosen, why, and how it answered what it was not told.

    Attributes:
        method: the one to use.
        validation: what was compared, as JSON.
        held_out: its answers for labels held back, or None when none could be spared.
    """

    method: Propagator
    validation: Mapping[str, Any]
    held_out: HeldOut | None


@runtime_checkable
class Chooser(Propagator, Protocol):
    """A method that first sets itself up by how labels held back are answered."""

    def choose(self, task: Task, folds: list[Ints]) -> Choice:
        """Choose a method and its options; no folds when no label can be spared."""
        ...


def make(name: str, **options: Any) -> Propagator:
    """Build a method by name, with its options checked.

    Raises:
        BadInputError: no such method, an option it does not have, or a value of another type.

    Example:
        >>> make("label_spreading", alpha=0.5).alpha
        0.5
    """
    method: Propagator = build("propagate", name, "method", options)
    return method


def propagate(
    vectors: Vectors | Landscape,
    given: ArrayLike,
    method: str | Propagator = "best",
    *,
    min_confidence: float = 0.9,
    **options: Any,
) -> Propagation:
    """Label rows by those that are labelled; needs no workspace.

    The method gives shares. This function holds labels back in turn to see what shares are
    worth, and from that sets the confidence, for every method in the same way. Given labels are
    kept as they are. Abstaining is normal: with few labels, or classes that look alike, most
    rows get none at a confidence of .9.

    Args:
        vectors: (n, dim), one row an item; or a `Landscape` made of them, which serves again
            when labels were added: graph and clusters do not depend on labels.
        given: (n,) class numbers from 0; -1 where nobody has labelled.
        method: or its name: `likewise.registry.names("propagate")` lists them.
        min_confidence: chance of being right from which a guess becomes a label.
        options: fields of the named method.

    Raises:
        BadInputError: no such method or option, no label, labels of one class only, or as many
            labels as there are not rows.

    Example:
        >>> rows = np.float32([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]])
        >>> done = propagate(rows, [0, -1, 1, -1], "cluster_vote", min_confidence=0)
        >>> done.labels.tolist(), done.causes[1].tolist()
        ([0, 0, 1, 1], [0, -1, -1])
    """
    if not 0 <= min_confidence <= 1:
        raise BadInputError(f"min_confidence is {min_confidence}; give a number from 0 to 1")
    landscape = vectors if isinstance(vectors, Landscape) else Landscape(vectors)
    known = _checked(given, len(landscape))
    numbers = np.unique(known[known >= 0])
    dense = np.where(known >= 0, np.searchsorted(numbers, known), -1)[landscape.order]
    task = Task(landscape, dense, len(numbers), int((dense >= 0).sum()))
    asked = make(method, **options) if isinstance(method, str) else method
    folds = folds_of(task)
    used, held_out, validation = asked, None, {}
    if isinstance(asked, Chooser):
        choice = asked.choose(task, folds)
        used, held_out, validation = choice.method, choice.held_out, dict(choice.validation)
    elif folds:
        held_out = hold_out(asked.vote, task, folds)
    votes = used.vote(task)
    curve = fit_confidence(held_out)
    validation.update(
        options=_options(used),
        accuracy=held_out.accuracy if held_out else None,
        held_out=curve.rests_on,
        confidence={"slope": curve.slope, "offset": curve.offset},
        labels={"given": int((known >= 0).sum()), "classes": len(numbers)},
    )
    chances = curve.of(votes.shares[:, 0])
    free = task.given < 0
    guesses = np.where(free, votes.guesses, task.given)
    chances = np.where(free, chances, 1).astype(np.float32)
    sure = (guesses >= 0) & (chances >= min_confidence)
    accepted = np.flatnonzero(sure & free)
    causes = np.full((len(landscape), 3), -1, dtype=np.intp)
    found = used.causes(task, votes, accepted)
    causes[accepted, : found.shape[1]] = np.where(found >= 0, landscape.order[found], -1)
    back = landscape.place
    guesses = np.where(guesses >= 0, numbers[guesses], -1)
    return Propagation(
        labels=np.where(sure, guesses, -1)[back],
        confidence=chances[back],
        guesses=guesses[back],
        margins=np.where(free, votes.margins, 1).astype(np.float32)[back],
        rounds=np.where(free, votes.rounds, 0)[back],
        causes=causes[back],
        method=name_of(asked),
        stopped=votes.stopped if free.any() else "nothing was left to label",
        min_confidence=min_confidence,
        validation=validation,
        chosen=used,
        held_out_rows=landscape.order[held_out.rows] if held_out else np.empty(0, np.intp),
        held_out_confidence=curve.of(held_out.shares) if held_out else np.empty(0, np.float32),
        held_out_right=held_out.right if held_out else np.empty(0, np.bool_),
    )


def _checked(given: ArrayLike, count: int) -> Ints:
    known = np.asarray(given)
    if known.shape != (count,) or not np.issubdtype(known.dtype, np.integer):
        raise BadInputError(
            f"given labels of shape {known.shape} and type {known.dtype} do not fit {count} rows; "
            "a whole number for each is wanted, -1 where nobody has labelled"
        )
    if known.min(initial=-1) < -1:
        raise BadInputError(f"{known.min()} is not a class; numbers from 0 are, and -1 is none")
    classes = np.unique(known[known >= 0])
    if len(classes) < 2:
        raise BadInputError(
            "nothing is labelled; label a few items of each class"
            if not len(classes)
            else f"all {int((known >= 0).sum())} labels are of one class, and there is nothing to "
            "tell it from; label items of another, or learn a single concept with: likewise learn"
        )
    return known.astype(np.intp)


def name_of(method: Any) -> str:
    """The name a built-in method is registered by: its file's."""
    return type(method).__module__.rpartition(".")[2]


def _options(method: Any) -> dict[str, Any]:
    return {field.name: getattr(method, field.name) for field in fields(type(method))}
