"""A concept with its rule and answers, which estimates are made of: a session, or as stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from likewise.concepts.derived_answers import derived_no
from likewise.concepts.evidence import verdicts
from likewise.core.rule import Rule
from likewise.workspace import Workspace
from likewise.workspace.labels import Verdict
from likewise.workspace.machine_labels import accepted_by

_PAGE = 20


class ReviewedConcept(Protocol):
    """A concept with a validated rule and its answers; a session is one."""

    @property
    def workspace(self) -> Workspace:
        """Where the concept is."""
        ...

    @property
    def concept(self) -> str:
        """Its name."""
        ...

    @property
    def page_size(self) -> int:
        """How many images the next page has."""
        ...

    @property
    def rule(self) -> Rule:
        """The validated rule."""
        ...

    @property
    def known(self) -> Mapping[str, Verdict]:
        """What people said of each image."""
        ...

    @property
    def accepted(self) -> frozenset[str]:
        """Ids that rounds of machine labels say yes to."""
        ...

    @property
    def derived(self) -> Mapping[str, str]:
        """Images that have another class of an exclusive label set, and which; nobody's answers."""
        ...


@dataclass(frozen=True, eq=False)
class KeptRule:
    """A concept under a rule that was learned before; nothing is learned again."""

    workspace: Workspace
    concept: str
    rule: Rule
    known: Mapping[str, Verdict]
    accepted: frozenset[str]
    derived: Mapping[str, str] = field(default_factory=dict)
    page_size: int = _PAGE


def kept_rule(workspace: Workspace, concept: str, rule: Rule) -> KeptRule:
    """A concept under this rule, with the answers that there are.

    Raises:
        NotFoundError: no such concept.
    """
    known = verdicts(workspace, workspace.concepts.get(concept))
    accepted = accepted_by(workspace.machine_labels.current(concept))
    derived = derived_no(workspace, concept, known)
    return KeptRule(workspace, concept, rule, known, accepted, derived)


def judged(concept: ReviewedConcept) -> dict[str, Literal["yes", "no"]]:
    """What is known of each image: people's yes and no, and no for another class of a label set.

    The latter are facts about the collection, which need no estimate; they are no answers: not to
    an audit, and not to pages.
    """
    derived: dict[str, Literal["yes", "no"]] = dict.fromkeys(concept.derived, "no")
    people = {item: verdict for item, verdict in concept.known.items() if verdict != "unsure"}
    return {**derived, **people}
