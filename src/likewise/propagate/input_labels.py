"""What people labelled: a file of classes, and their answers about concepts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from likewise.errors import BadInputError
from likewise.workspace import Workspace


def classes_of_source(
    workspace: Workspace,
    labels: Mapping[str, str],
    concepts: Sequence[str] = (),
    source: str = "the labels",
) -> dict[str, str]:
    """Class by id, of all that people said: labels from outside, concepts, and answers.

    Where a class of the labels was reviewed as a concept of that name, the answers count, too.

    Args:
        workspace: where the answers are.
        labels: class by id, such as `likewise.concepts.class_labels.read_class_labels` finds.
        concepts: names of concepts whose examples and yes answers are labels.
        source: what to call the labels when they contradict an answer.

    Raises:
        NotFoundError: there is no such concept.
        BadInputError: an item has two classes.
    """
    found = answered_classes(workspace, concepts)
    reviewed = set(workspace.labels.concepts()) & set(labels.values()) - set(concepts)
    for name in sorted(reviewed):
        _add(found, name, _answered_yes(workspace, name))
    for item, name in labels.items():
        if found.setdefault(item, name) != name:
            raise BadInputError(
                f"'{item}' is '{found[item]}' by an answer and '{name}' in {source}; take one back"
            )
    return found


def answered_classes(workspace: Workspace, concepts: Sequence[str]) -> dict[str, str]:
    """Class by id from what people answered yes to, and from the concepts' examples.

    Raises:
        NotFoundError: there is no such concept.
        BadInputError: an item shows two of the concepts.
    """
    found: dict[str, str] = {}
    for name in concepts:
        examples = workspace.concepts.get(name).examples
        inside = workspace.collection.known(examples)
        _add(found, name, inside.union(_answered_yes(workspace, name)))
    return found


def _answered_yes(workspace: Workspace, concept: str) -> set[str]:
    answers = workspace.labels.current(concept)
    yes = [item for item, label in answers.items() if label.verdict == "yes"]
    return workspace.collection.known(yes)


def _add(found: dict[str, str], name: str, items: Iterable[str]) -> None:
    for item in sorted(items):
        if found.setdefault(item, name) != name:
            raise BadInputError(
                f"'{item}' is both '{found[item]}' and '{name}', and an item gets one class; "
                "take one back or leave one concept out"
            )


def refused_classes(workspace: Workspace, concepts: Collection[str]) -> dict[str, set[str]]:
    """By id, the classes that people said it is not."""
    found: dict[str, set[str]] = {}
    for name in set(concepts) & set(workspace.labels.concepts()):
        for item, label in workspace.labels.current(name).items():
            if label.verdict == "no":
                found.setdefault(item, set()).add(name)
    return found
