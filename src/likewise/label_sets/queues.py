"""Which images of a label set to look at next, by what the person wants to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError, command_line
from likewise.label_sets.answers import SetAnswers, answers_of
from likewise.label_sets.judging import open_questions
from likewise.label_sets.kinds import Kinds
from likewise.label_sets.learning import Prediction, SetModel
from likewise.propagate.base import Propagation, PropagationGraph
from likewise.review.query_strategies.base import Pool
from likewise.review.query_strategies.varied import Varied
from likewise.workspace import Workspace

QUEUES = ("teaching", "class", "between", "suspects", "new", "judged")
"""Names of the queues; see `queue_of`, `new_kinds` and `judged_images`."""

_PAGES = 2.0


@dataclass(frozen=True)
class Queued:
    """One image of a queue.

    Attributes:
        item: its id.
        name: the class that it may have; "" where nothing is known.
        confidence: probability of that class; None where there is none.
        because: why it is shown, in words.
    """

    item: str
    name: str
    confidence: float | None
    because: str

    def to_json(self) -> dict[str, Any]:
        """Plain strings and numbers."""
        return {"id": self.item, "class": self.name, "confidence": self.confidence,
                "because": self.because}  # fmt: skip


def queue_of(
    model: SetModel, queue: str, count: int = 20, classes: Sequence[str] = ()
) -> list[Queued]:
    """Images that a model wants looked at, at most `count`.

    Args:
        model: of the set.
        queue: "teaching", the images whose answers teach most, which lie between two classes and
            differ from one another; "class", images that are probably all of one class, the
            surest that is not accepted first; "between", images undecided between two classes;
            "suspects", images whose class by people a model that was learned without them
            disputes.
        count: how many.
        classes: one class for "class", two for "between" (the pair with most undecided images
            where none is given), and any number for "teaching", which then shows only images that
            may be of these.

    Raises:
        BadInputError: no such queue, a name that is no class of the set, or too many or too few.
    """
    for name in classes:
        model.label_set.check_class(name, none=True)
    if queue == "suspects":
        return _suspects(model, classes)[:count]
    if queue == "class" and len(classes) != 1:
        raise BadInputError("a page of one class needs the class; name one")
    if queue == "between":
        return _between(model, count, classes)
    if queue == "class":
        open_ = [prediction for prediction in model.predictions if prediction.name == classes[0]]
        open_.sort(key=lambda prediction: (prediction.accepted, -prediction.confidence))
        return [_queued(prediction, f"probably {prediction.name}") for prediction in open_[:count]]
    if queue != "teaching":
        raise BadInputError(f"there is no queue '{queue}'; give one of {', '.join(QUEUES)}")
    return _teaching(model, count, classes)


def _teaching(model: SetModel, count: int, classes: Sequence[str]) -> list[Queued]:
    found = {p.item: p for p in reversed(model.predictions)}  # of several, the surest
    if classes:
        found = {item: p for item, p in found.items() if p.name in classes}
    if model.labelled is None or classes:
        doubtful = sorted(
            found.values(), key=lambda prediction: (prediction.margin, prediction.item)
        )
    else:
        labelled = model.labelled
        rows = most_doubtful(labelled.done, labelled.propagation_graph, count)
        doubtful = [found[x] for row in rows.tolist() if (x := labelled.ids[row]) in found]
    return [_queued(prediction, _doubt(prediction)) for prediction in doubtful[:count]]


def most_doubtful(done: Propagation, graph: PropagationGraph, count: int) -> NDArray[np.intp]:
    """Unanswered rows where the two likeliest classes are nearest to each other, and that differ.

    Of the rows of two pages, those of the smallest margins, the ones that are farthest from one
    another are taken, so that near-copies do not fill a page.

    Args:
        done: what was propagated.
        graph: that it was propagated over.
        count: how many rows, at most.
    """
    rows = np.flatnonzero(done.rounds > 0)
    if not len(rows) or count < 1:
        return np.empty(0, dtype=np.intp)
    pool = Pool(1 - done.margins[rows], graph.rows[graph.position[rows]])
    return np.asarray(rows[Varied(pages=_PAGES).pick(pool, count)], dtype=np.intp)


def _between(model: SetModel, count: int, classes: Sequence[str]) -> list[Queued]:
    pairs: dict[frozenset[str], list[Prediction]] = {}
    for prediction in model.predictions:
        if prediction.runner_up and not prediction.accepted:
            pairs.setdefault(frozenset((prediction.name, prediction.runner_up)), []).append(
                prediction
            )
    if not classes:
        open_ = max(pairs.values(), key=len, default=[])
    elif len(set(classes)) == 2:
        open_ = pairs.get(frozenset(classes), [])
    else:
        raise BadInputError("images undecided between two classes need two; name two, or none")
    open_.sort(key=lambda prediction: (prediction.margin, prediction.item))
    return [_queued(prediction, _doubt(prediction)) for prediction in open_[:count]]


def _suspects(model: SetModel, classes: Sequence[str]) -> list[Queued]:
    if model.labelled is None:
        raise BadInputError(
            f"'{model.label_set.name}' is a set of tags, of which suspects are looked for class by "
            "class; see likewise curate suspects"
        )
    done, labelled = model.labelled.done, model.labelled
    order = np.argsort(-done.held_out_confidence, kind="stable")
    found = []
    for number in order.tolist():
        guess = int(done.held_out_guesses[number])
        item = labelled.ids[done.held_out_rows[number]]
        label = labelled.class_of[item]
        if guess < 0 or done.held_out_right[number] or (classes and label not in classes):
            continue
        name = labelled.classes[guess]
        confidence = float(done.held_out_confidence[number])
        found.append(Queued(item, name, confidence, f"given as {label}, looks like {name}"))
    return found


def new_kinds(
    workspace: Workspace,
    name: str,
    count: int = 20,
    answers: SetAnswers | None = None,
    kinds: Kinds | None = None,
    again: bool = False,
) -> list[Queued]:
    """Images of kinds that nobody has answered yet, for a set without or with few answers.

    The collection is put into clusters; the largest ones without an answered image are each shown
    by the image nearest to the centre (Hacohen et al. 2022, "Active learning on a budget").

    Args:
        workspace: where the set is.
        name: of the set.
        count: how many.
        answers: what `answers_of` answers, where it is at hand.
        kinds: the collection's clusters, where some were made before.
        again: make other clusters, by the answers as they are now.

    Raises:
        NotFoundError: there is no such set.
    """
    answers = answers or answers_of(workspace, workspace.label_sets.get(name))
    kinds = kinds or kinds_of(workspace)
    ids = workspace.collection.ids()
    answered = np.array([item in answers.answered for item in ids], dtype=bool)
    return [
        Queued(ids[kind.row], "", None, f"stands for {len(kind.members)} like it")
        for kind in kinds.unseen(answered, count, again)
    ]


def judged_images(workspace: Workspace, name: str) -> list[Queued]:
    """Images that a judge and the model differ about, then those of the judges' audits.

    Raises:
        NotFoundError: there is no such set.
    """
    found = open_questions(workspace, workspace.label_sets.get(name))
    return [
        Queued(label.item, label.concept if label.verdict == "yes" else "", None, why)
        for label, why in found
    ]


def kinds_of(workspace: Workspace) -> Kinds:
    """The clusters of a collection, made when they are asked for, in the order of its ids."""
    collection = workspace.collection
    ids = collection.ids()
    return Kinds(lambda: collection.space().apply(collection.vectors(ids)))


def next_images(
    workspace: Workspace,
    model: SetModel | None,
    name: str,
    queue: str,
    count: int,
    classes: Sequence[str] = (),
    kinds: Kinds | None = None,
    again: bool = False,
) -> list[Queued]:
    """The images of any queue; a model is needed for all but "new" and "judged".

    Args:
        workspace, name, queue, count, classes: see `queue_of`.
        model: of the set.
        kinds, again: of the queue "new"; see `new_kinds`.

    Raises:
        BadInputError: see `queue_of`; or no model is there and the queue needs one.
        NotFoundError: there is no such set.
    """
    if queue == "judged":
        return judged_images(workspace, name)[:count]
    if queue == "new":
        return new_kinds(workspace, name, count, kinds=kinds, again=again)
    if model is None:
        new = command_line("labels", "sets", "next", name, "--queue", "new")
        raise BadInputError(f"the queue '{queue}' needs a model; begin with: {new}")
    return queue_of(model, queue, count, classes)


def _queued(prediction: Prediction, because: str) -> Queued:
    return Queued(prediction.item, prediction.name, prediction.confidence, because)


def _doubt(prediction: Prediction) -> str:
    return (
        f"{prediction.name} or {prediction.runner_up}"
        if prediction.runner_up
        else f"perhaps {prediction.name}"
    )
