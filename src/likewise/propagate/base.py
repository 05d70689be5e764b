"""What a method that labels the rest is, and the one function that runs any of them."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from likewise.core import methods
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError
from likewise.numeric.clusters import Clusters, assigned
from likewise.propagate._confidence import Confidence, fit_confidence
from likewise.propagate._propagation import Propagation, to_ask
from likewise.propagate.methods._held_out import HeldOut, folds_of, hold_out
from likewise.propagate.methods._propagation_graph import PropagationGraph
from likewise.propagate.methods._task import Task, nearest_labelled
from likewise.propagate.methods._votes import Ints, Strongest, Votes
from likewise.registry import build, name_of

__all__ = [
    "Choice",
    "Chooser",
    "Clusters",
    "Propagation",
    "PropagationGraph",
    "Propagator",
    "Strongest",
    "Task",
    "Votes",
    "assigned",
    "make",
    "nearest_labelled",
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


Choice: TypeAlias = methods.Choice[Propagator, HeldOut]


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
    vectors: Vectors | PropagationGraph,
    targets: ArrayLike,
    method: str | Propagator = "best",
    *,
    min_confidence: float = 0.9,
    validated: Propagation | None = None,
    **options: Any,
) -> Propagation:
    """Label rows by those that are labelled; needs no workspace.

    The method gives shares. This function holds labels back in turn to see what shares are
    worth, and from that sets the confidence, for every method in the same way. Given labels are
    kept as they are. Abstaining is normal: with few labels, or classes that look alike, most
    rows get none at a confidence of .9.

    Args:
        vectors: (n, dim), one row an item; or a `PropagationGraph` made of them, which serves again
            when labels were added: graph and clusters do not depend on labels.
        targets: (n,) class numbers from 0; -1 where nobody has labelled.
        method: or its name: `likewise.registry.names("propagate")` lists them.
        min_confidence: chance of being right from which a guess becomes a label.
        validated: what was propagated from most of these labels: its method, its calibration and
            what it knows of held-out labels are taken over, and nothing is held back again, which
            takes a small part of the time.
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
    propagation_graph = (
        vectors if isinstance(vectors, PropagationGraph) else PropagationGraph(vectors)
    )
    labels = _checked(targets, len(propagation_graph))
    numbers = np.unique(labels[labels >= 0])
    dense = np.where(labels >= 0, np.searchsorted(numbers, labels), -1)[propagation_graph.order]
    task = Task(propagation_graph, dense, len(numbers), int((dense >= 0).sum()))
    propagator = make(method, **options) if isinstance(method, str) else method
    used, held_out, validation = propagator, None, {}
    folds = folds_of(task) if validated is None else []
    if validated is not None:
        used, validation = validated.chosen, dict(validated.validation)
    elif isinstance(propagator, Chooser):
        choice = propagator.choose(task, folds)
        used, held_out, validation = choice.method, choice.held_out, dict(choice.validation)
    elif folds:
        held_out = hold_out(propagator.vote, task, folds)
    votes = used.vote(task)
    curve = fit_confidence(held_out) if validated is None else validated.calibration
    if validated is None:
        validation.update(
            options=methods.options_of(used),
            accuracy=held_out.accuracy if held_out else None,
            held_out=curve.rests_on,
            confidence={"slope": curve.slope, "offset": curve.offset},
        )
    validation["labels"] = {"given": int((labels >= 0).sum()), "classes": len(numbers)}
    probabilities = curve.of(votes.shares[:, 0])
    free = task.targets < 0
    guesses = np.where(free, votes.guesses, task.targets)
    probabilities = np.where(free, probabilities, 1).astype(np.float32)
    sure = (guesses >= 0) & (probabilities >= min_confidence)
    accepted = np.flatnonzero(sure & free)
    causes = np.full((len(propagation_graph), 3), -1, dtype=np.intp)
    found = used.causes(task, votes, accepted)
    causes[accepted, : found.shape[1]] = np.where(found >= 0, propagation_graph.order[found], -1)
    back = propagation_graph.position
    guesses = np.where(guesses >= 0, numbers[guesses], -1)
    runners_up = np.where(free & (votes.runners_up >= 0), numbers[votes.runners_up], -1)
    return Propagation(
        labels=np.where(sure, guesses, -1)[back],
        confidence=probabilities[back],
        guesses=guesses[back],
        margins=np.where(free, votes.margins, 1).astype(np.float32)[back],
        runners_up=runners_up[back],
        rounds=np.where(free, votes.rounds, 0)[back],
        causes=causes[back],
        method=name_of("propagate", propagator) if validated is None else validated.method,
        stopped=votes.stopped if free.any() else "nothing was left to label",
        min_confidence=min_confidence,
        validation=validation,
        chosen=used,
        **_held_out_facts(held_out, curve, propagation_graph, numbers, validated),
        calibration=curve,
    )


def _held_out_facts(
    held_out: HeldOut | None,
    curve: Confidence,
    graph: PropagationGraph,
    numbers: Ints,
    validated: Propagation | None,
) -> dict[str, Any]:
    if validated is not None:
        names = ("rows", "confidence", "right", "guesses")
        return {f"held_out_{name}": getattr(validated, f"held_out_{name}") for name in names}
    if held_out is None:
        nothing = np.empty(0, np.intp)
        return {
            "held_out_rows": nothing, "held_out_confidence": np.empty(0, np.float32),
            "held_out_right": np.empty(0, np.bool_), "held_out_guesses": nothing,
        }  # fmt: skip
    guesses = held_out.votes.guesses
    return {
        "held_out_rows": graph.order[held_out.rows],
        "held_out_confidence": curve.of(held_out.shares),
        "held_out_right": held_out.right,
        "held_out_guesses": np.where(guesses >= 0, numbers[guesses], -1),
    }


def _checked(targets: ArrayLike, count: int) -> Ints:
    array = np.asarray(targets)
    if array.shape != (count,) or not np.issubdtype(array.dtype, np.integer):
        raise BadInputError(
            f"given labels of shape {array.shape} and type {array.dtype} do not fit {count} rows; "
            "a whole number for each is wanted, -1 where nobody has labelled"
        )
    if array.min(initial=-1) < -1:
        raise BadInputError(f"{array.min()} is not a class; numbers from 0 are, and -1 is none")
    classes = np.unique(array[array >= 0])
    if len(classes) < 2:
        raise BadInputError(
            "nothing is labelled; label a few items of each class"
            if not len(classes)
            else f"all {int((array >= 0).sum())} labels are of one class, and there is nothing to "
            "tell it from; label items of another, or learn a single concept with: likewise learn"
        )
    return array.astype(np.intp)
