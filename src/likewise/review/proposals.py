"""Answers that an agent proposes: they count for nothing until a person accepts them.

A proposal is a machine label of the verdict unsure, in a round of its own; the proposed verdict is
among its reasons. So it is no evidence, is in no export, and comes first in a review, like what
label propagation asks about. ``likewise propagate undo ROUND`` takes it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from likewise.concepts.evidence import verdicts
from likewise.concepts.labelling import labels_from
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace import Workspace
from likewise.workspace.label import Label, new_id
from likewise.workspace.machine_labels import PROPOSED, MachineLabel, accepted_by

METHOD = "proposal"
"""The method of the rounds that are made here, and the source of answers that were accepted."""

_UNKNOWN = 0.5  # an agent that looks at pictures measures no confidence


@dataclass(frozen=True)
class Proposed:
    """What became of proposed answers.

    Attributes:
        round: number of the round of machine labels.
        counts: how many of each verdict are in it.
        decided: how many images were left out, because a person or a round has decided them.
    """

    round: int
    counts: Mapping[str, int]
    decided: int


def propose(
    workspace: Workspace,
    concept: str,
    answers: Iterable[tuple[str, str]],
    who: str,
    shown: Mapping[str, tuple[float, int]] | None = None,
) -> Proposed:
    """Record proposed answers as one round, for a person to accept.

    Args:
        workspace: where the concept is.
        concept: its name.
        answers: pairs of item id and verdict.
        who: who proposes.
        shown: score and rule version that items were shown under, by item id.

    Raises:
        NotFoundError: no such concept, or an id that is not in the collection.
        BadInputError: not a verdict, two different ones for one id, or every image is decided.
    """
    labels = labels_from(workspace, concept, answers, who=who, shown=shown)
    accepted = accepted_by(workspace.machine_labels.current(concept))
    decided = accepted.union(verdicts(workspace, workspace.concepts.get(concept)))
    fresh = [label for label in labels if label.item not in decided]
    if not fresh:
        raise BadInputError(
            f"all {len(labels)} images are decided for '{concept}' already; propose answers to the "
            "next page"
        )
    machine_labels = (_machine_label(label, index) for index, label in enumerate(fresh))
    number = workspace.machine_labels.add_round(
        METHOD, {}, machine_labels, concept=concept, source=METHOD, who=who
    )
    counts: Counter[str] = Counter(label.verdict for label in fresh)
    return Proposed(number, dict(counts), len(labels) - len(fresh))


def open_proposals(workspace: Workspace, concept: str) -> dict[str, MachineLabel]:
    """What is proposed and neither accepted nor answered yet, by item id, the oldest first.

    Raises:
        NotFoundError: no such concept.
    """
    decided = verdicts(workspace, workspace.concepts.get(concept))
    current = workspace.machine_labels.current(concept).values()
    found = [label for label in current if PROPOSED in label.because and label.item not in decided]
    found.sort(key=lambda label: (label.round, label.because.get("place", 0)))
    return {label.item: label for label in found}


def proposed_verdict(label: MachineLabel) -> str:
    """The verdict that a machine label of `open_proposals` proposes."""
    return str(label.because[PROPOSED])


def select_proposals(
    workspace: Workspace, concept: str, number: int | None = None, without: Collection[str] = ()
) -> dict[str, MachineLabel]:
    """The open proposals that a person means, of pictures that are still the ones looked at.

    Args:
        workspace: where the concept is.
        concept: its name.
        number: only those of this round.
        without: ids that are left out; they stay proposed.

    Raises:
        NotFoundError: no such concept, nothing is proposed, or an id of `without` is none of it.
    """
    found = open_proposals(workspace, concept)
    if number is not None:
        found = {item: label for item, label in found.items() if label.round == number}
    if not found:
        of = "" if number is None else f" by round {number}"
        raise NotFoundError(
            f"nothing is proposed for '{concept}'{of}; see: {command_line('propagate', 'rounds')}"
        )
    unknown = [item for item in without if item not in found]
    if unknown:
        raise NotFoundError(
            f"'{unknown[0]}' is not among the {len(found)} proposals for '{concept}'; give ids as "
            f"{command_line('labels', 'accept', concept, '--dry-run')} prints them"
        )
    ids = [item for item in workspace.collection.present(list(found)) if item not in set(without)]
    digests = workspace.collection.digests(ids)
    return {
        item: found[item]
        for item, digest in zip(ids, digests, strict=True)
        if digest == found[item].digest
    }


def accept_proposals(
    workspace: Workspace,
    concept: str,
    proposals: Mapping[str, MachineLabel],
    who: str | None = None,
) -> dict[str, int]:
    """Record proposals as a person's answers, in one action, which undo takes back as a whole.

    Args:
        workspace: where the concept is.
        concept: its name.
        proposals: of `select_proposals`.
        who: the person; the current user unless given.

    Returns:
        How many of each verdict.

    Raises:
        NotFoundError: an id that is not in the collection; nothing is recorded then.
    """
    shown = {
        item: (float(label.because["score"]), int(label.because["rule"]))
        for item, label in proposals.items()
        if "score" in label.because
    }
    pairs = [(item, proposed_verdict(label)) for item, label in proposals.items()]
    labels = labels_from(
        workspace, concept, pairs, who=who, source=METHOD, action=new_id(), shown=shown
    )
    workspace.labels.record(labels, must_exist=True)
    return dict(Counter(label.verdict for label in labels))


def _machine_label(label: Label, index: int) -> MachineLabel:
    because: dict[str, object] = {"method": METHOD, PROPOSED: label.verdict, "place": index}
    if label.score is not None:
        because |= {"score": round(label.score, 6), "rule": label.rule}
    return MachineLabel(label.concept, label.item, "unsure", _UNKNOWN, label.digest, because)
