"""What rounds of machine labels come to: which items they accept, and which they ask about."""

from __future__ import annotations

from collections.abc import Mapping

from likewise.workspace.machine_labels import MachineLabel


def accepted_by(words: Mapping[str, MachineLabel]) -> frozenset[str]:
    """Ids that are a yes by the newest word of a round.

    Args:
        words: what `MachineLabels.current` answers.
    """
    return frozenset(item for item, label in words.items() if label.verdict == "yes")


def questions_of(words: Mapping[str, MachineLabel]) -> tuple[str, ...]:
    """Ids that a round is unsure of and wants answered, the most telling first.

    Only the newest round with questions counts: propagating again asks anew.

    Args:
        words: what `MachineLabels.current` answers.
    """
    unsure = [label for label in words.values() if label.verdict == "unsure"]
    newest = max((label.round for label in unsure), default=0)
    newest_questions = [label for label in unsure if label.round == newest]
    return tuple(
        label.item
        for label in sorted(newest_questions, key=lambda label: label.because.get("place", 0))
    )
