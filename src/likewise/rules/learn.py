"""A concept of a workspace learned, and its rule put on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from likewise.concepts.derived_answers import derived_no
from likewise.concepts.evidence import evidence_for, verdicts
from likewise.core.rule import Rule
from likewise.rules.answered_pages import answered_pages
from likewise.rules.base import learn, make
from likewise.workspace import Workspace
from likewise.workspace.labels import current_user
from likewise.workspace.rule_registry import RuleVersion


def learn_concept(
    workspace: Workspace,
    concept: str,
    learner: str = "best",
    precision: float | Literal["best-f1"] | None = None,
    options: Mapping[str, Any] | None = None,
) -> tuple[Rule, RuleVersion]:
    """Learn a concept from its basket and all its answers, and keep the rule.

    Args:
        workspace: where the concept is.
        concept: its name.
        learner: name of the learner.
        precision: the new aim of the concept, which this and every later rule of it follows: the
            share of hits that should be right, or "best-f1". None follows the aim that it has.
        options: fields of the learner.

    Raises:
        NotFoundError: no such concept, or an example is gone.
        BadInputError: no such learner or option, or too little to learn from.
    """
    upto = workspace.labels.position()  # before they are read: none is claimed unread
    if precision is not None:
        set_aim(workspace, concept, None if precision == "best-f1" else precision)
    definition = workspace.concepts.get(concept)
    known = verdicts(workspace, definition)
    rule = learn(
        evidence_for(
            workspace, definition, known=known, derived=derived_no(workspace, concept, known)
        ),
        make(learner, **(options or {})),
        precision=definition.precision,
        answered=answered_pages(workspace, concept, known),
    )
    return register_rule(workspace, concept, rule, upto)


def set_aim(
    workspace: Workspace, concept: str, precision: float | None, who: str | None = None
) -> None:
    """Give a concept the aim that all its rules follow from now on.

    Args:
        workspace: where the concept is.
        concept: its name.
        precision: the share of hits that should be right; None for the best F1.
        who: who gives it; the current user unless given.

    Raises:
        NotFoundError: no such concept.
        BadInputError: a precision outside (0, 1).
    """
    if workspace.concepts.get(concept).precision != precision:
        workspace.concepts.change(
            concept, lambda before: replace(before, precision=precision), who=who
        )


def register_rule(
    workspace: Workspace, concept: str, rule: Rule, labels_upto: int
) -> tuple[Rule, RuleVersion]:
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
