"""Every concept at a glance: what is in it, what was answered, and images that show it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, get_args

from likewise.core.concept import Concept
from likewise.workspace import Workspace
from likewise.workspace.label import Verdict
from likewise.workspace.machine_labels import accepted_by


@dataclass(frozen=True)
class Glance:
    """One concept in few words and few images.

    Attributes:
        name: of the concept.
        hidden: whether it was removed; it can be brought back.
        hints: words for it.
        counts: images by verdict, those that rounds of machine labels accepted, and examples and
            counter-examples without an answer of their own.
        yes, no: ids of some images of each side, examples first, then the newest answers.
        answered_at: when it was answered last, UTC; "" where it never was.
    """

    name: str
    hidden: bool
    hints: tuple[str, ...]
    counts: dict[str, int]
    yes: tuple[str, ...]
    no: tuple[str, ...]
    answered_at: str

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return asdict(self)


def glance_at_concepts(workspace: Workspace, shown: int = 8) -> list[Glance]:
    """All concepts, those that were answered last first; those that are hidden at the end.

    Args:
        workspace: where they are.
        shown: images of each side.
    """
    found = [
        _glance(workspace, workspace.concepts.get(name), False, shown)
        for name in workspace.concepts.names()
    ]
    found.sort(key=lambda glance: glance.answered_at, reverse=True)
    hidden = [
        _glance(workspace, Concept(name), True, shown) for name in workspace.concepts.removed()
    ]
    return [*found, *hidden]


def _glance(workspace: Workspace, concept: Concept, hidden: bool, shown: int) -> Glance:
    answers = workspace.labels.current(concept.name)
    verdicts = Counter(label.verdict for label in answers.values())
    machine = accepted_by(workspace.machine_labels.current(concept.name))
    newest = list(reversed(answers.values()))
    yes = [*concept.examples, *(label.item for label in newest if label.verdict == "yes")]
    no = [*concept.counter_examples, *(label.item for label in newest if label.verdict == "no")]
    return Glance(
        concept.name,
        hidden,
        concept.hints,
        {
            **{verdict: verdicts[verdict] for verdict in get_args(Verdict)},
            "accepted": len(machine - answers.keys()),
            "examples": len(set(concept.examples) - answers.keys()),
            "counter_examples": len(set(concept.counter_examples) - answers.keys()),
        },
        tuple(dict.fromkeys(yes))[:shown],
        tuple(dict.fromkeys(no))[:shown],
        max((label.at for label in answers.values()), default=""),
    )
