"""A concept of a workspace learned, and its rule put on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from likewise.rule import Rule
from likewise.rules.base import learn, make
from likewise.workspace import Workspace
from likewise.workspace.gather import evidence_for
from likewise.workspace.labels import current_user
from likewise.workspace.shelf import ShelvedRule


def learn_concept(
    workspace: Workspace,
    concept: str,
    learner: str = "best",
    precision: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> tuple[Rule, ShelvedRule]:
    """Learn a concept from its basket and all its answers, and keep the rule.

    Args:
        workspace: where the concept is.
        concept: its name.
        learner: name of the learner.
        precision: put the threshold where this share of the yeses is right.
        options: fields of the learner.

    Raises:
        NotFoundError: no such concept, or an example is gone.
        BadInputError: no such learner or option, or too little to learn from.
    """
    upto = workspace.labels.position()  # before they are read: none is claimed unread
    evidence = evidence_for(workspace, workspace.concepts.get(concept))
    rule = learn(evidence, make(learner, **(options or {})), precision=precision)
    return put_on_shelf(workspace, concept, rule, upto)


def put_on_shelf(
    workspace: Workspace, concept: str, rule: Rule, labels_upto: int
) -> tuple[Rule, ShelvedRule]:
    """Keep a rule as the newest version of a concept's, with where it came from written in.

    Args:
        workspace: where the concept is.
        concept: its name.
        rule: as `learn` answered it.
        labels_upto: the label log's position before its evidence was read.
    """
    examples = rule.provenance.get("examples", ()), rule.provenance.get("counter_examples", ())
    inside = sorted(workspace.collection.known([*examples[0], *examples[1]]))
    digests = workspace.collection.digests(inside)
    rule = rule.with_provenance(
        concept=concept,
        encoder_name=workspace.encoder_name,
        example_digests=dict(zip(inside, digests, strict=True)),
        who=current_user(),
        collection=workspace.path.name,
        collection_version=workspace.collection.version,
        labels_upto=labels_upto,
    )
    return rule, workspace.rules.put(concept, rule, labels_upto, workspace.collection.version)
