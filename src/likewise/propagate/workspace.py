"""Label the rest of a workspace from the few items that people labelled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from likewise.core.concept import Concept
from likewise.errors import NotFoundError
from likewise.propagate.audit import audited_noise, draw_audit, standing
from likewise.propagate.base import PropagationGraph, Propagator
from likewise.propagate.input_labels import answered_classes, classes_of_source, refused_classes
from likewise.propagate.result import Labelled, label_rest
from likewise.workspace import Workspace

if TYPE_CHECKING:
    from likewise.distribute.in_order import AnyPoolFactory

__all__ = [
    "ASKED",
    "Labelled",
    "answered_classes",
    "audited_noise",
    "classes_of_source",
    "draw_audit",
    "propagate_workspace",
    "record",
    "refused_classes",
    "standing",
]

ASKED = "asked"
"""Method of a round that holds the items a person should answer next."""


def propagate_workspace(
    workspace: Workspace,
    class_of: Mapping[str, str],
    method: str | Propagator = "best",
    min_confidence: float = 0.9,
    options: Mapping[str, Any] | None = None,
    crew: AnyPoolFactory | None = None,
) -> Labelled:
    """Label the rest of a workspace; nothing is recorded yet.

    Args:
        workspace: open; its vectors are read, nothing is written.
        class_of: class by id, as people said. Kept as it is.
        method: or its name.
        min_confidence: chance of being right from which a guess becomes a label.
        options: fields of the method.
        crew: makes the workers that put images into clusters on other machines, such as
            `likewise.distribute.ray_cluster.RayCluster`; this process unless given.

    Raises:
        NotFoundError: an id is not in the workspace.
        BadInputError: see `likewise.propagate.base.propagate`.
    """
    lacking = sorted(set(class_of) - workspace.collection.known(list(class_of)))
    if lacking:
        raise NotFoundError(
            f"{len(lacking)} labelled id(s) are not in {workspace.path.name}, such as "
            f"'{lacking[0]}'; take them out, or index the folder that they are in"
        )
    ids = workspace.collection.ids()
    digests = tuple(row["digest"] for row in workspace.collection.facts(ids, ["digest"]))
    assign = None
    if crew is not None:
        from likewise.propagate.on_cluster import assign_stored

        assign = partial(assign_stored, workspace, crew)
    propagation_graph = PropagationGraph(workspace.collection.vectors(ids), assign=assign)
    refused = refused_classes(workspace, set(class_of.values()))
    return label_rest(
        ids,
        digests,
        class_of,
        refused,
        propagation_graph,
        method,
        min_confidence,
        **(options or {}),
    )


def record(workspace: Workspace, labelled: Labelled, source: str = "", ask: int = 0) -> list[int]:
    """Keep the labels as machine labels, one round of the log for each round of the method.

    Args:
        workspace: where they belong.
        labelled: what `propagate_workspace` answered.
        source: where the given labels came from.
        ask: how many items are put up for a person to answer, in a round of their own. A class
            that is asked about becomes a concept, if there is none of its name, with the given
            labels as examples: answers belong to a concept.

    Returns:
        Numbers of the rounds, by which they can be undone.
    """
    facts = labelled.report()
    fields = ("min_confidence", "given", "classes", "expected_noise", "held_out_noise")
    parameters = {**{key: facts[key] for key in fields}, **facts["validation"]}
    parameters["names"] = list(labelled.classes)
    parameters["given_digest"] = _digest(labelled.class_of)
    log, name = workspace.machine_labels, labelled.done.method
    questions = list(labelled.questions(ask)) if ask else []
    # First: a removed concept of such a name makes room, and takes what has its name along.
    _make_concepts(workspace, labelled.class_of, (label.concept for label in questions))
    numbers = [
        log.add_round(name, {**parameters, "round": turn}, labelled.labels_of(turn), source=source)
        for turn in labelled.rounds()
    ]
    if questions:
        numbers.append(log.add_round(ASKED, {"method": name}, questions, source=source))
    return numbers


def _make_concepts(workspace: Workspace, class_of: Mapping[str, str], names: Iterable[str]) -> None:
    for name in sorted(set(names) - set(workspace.concepts.names())):
        examples = tuple(item for item, of in class_of.items() if of == name)
        workspace.concepts.save(Concept(name, examples), new=True)


def _digest(class_of: Mapping[str, str]) -> str:
    text = "\n".join(f"{item}\t{name}" for item, name in sorted(class_of.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
