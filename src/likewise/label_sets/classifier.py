"""A classifier file of an exclusive label set, for images that were never indexed."""

from __future__ import annotations

from likewise.classify.fewshot import gather_labels, train_classifier
from likewise.classify.smoothing import MOST_UNLABELLED
from likewise.core.classifier import Classifier
from likewise.core.progress import Progress
from likewise.errors import BadInputError
from likewise.label_sets.answers import answers_of
from likewise.workspace import Workspace


def classifier_of(
    workspace: Workspace,
    name: str,
    coverage: float | None = None,
    progress: Progress = lambda done, total: None,
) -> Classifier:
    """Train a classifier on what people answered; machine labels are never learned from.

    The unanswered images of the collection smooth a linear head where that makes the classes of
    held-out images more likely.

    Args:
        workspace: where the set is.
        name: of the set.
        coverage: see `likewise.classify.fewshot.train_classifier`.
        progress: told how many trainings are done.

    Raises:
        NotFoundError: there is no such set.
        BadInputError: it is a set of tags, or fewer than two classes have an image.
    """
    label_set = workspace.label_sets.get(name)
    if not label_set.exclusive:
        raise BadInputError(
            f"'{name}' is a set of tags, and a classifier answers one class; write the rule of "
            "each class with: likewise learn CLASS --out CLASS.rule"
        )
    answers = answers_of(workspace, label_set)
    gathered = gather_labels(workspace, answers.class_of, f"label set {name}")
    collection = workspace.collection
    ids = [item for item in collection.sample(MOST_UNLABELLED) if item not in answers.answered]
    unlabelled = collection.vectors(sorted(ids)) if ids else None
    trained = train_classifier(
        gathered, coverage=coverage, unlabelled=unlabelled, progress=progress
    )
    return trained.with_provenance(label_set=label_set.to_json())
