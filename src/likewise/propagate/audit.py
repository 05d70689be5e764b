"""How many of the propagated labels are wrong, by a person's look at some drawn at random."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from likewise.errors import BadInputError
from likewise.numeric.intervals import wilson_interval
from likewise.registry import names
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel


def standing(workspace: Workspace) -> dict[str, MachineLabel]:
    """The newest propagated label of each item, of the rounds that were not undone."""
    log, methods = workspace.machine_labels, set(names("propagate"))
    rounds = [round_ for round_ in log.rounds() if round_.method in methods and not round_.undone]
    numbers = {round_.round for round_ in rounds}
    found: dict[str, MachineLabel] = {}
    for concept in sorted({name for round_ in rounds for name in round_.parameters["names"]}):
        for item, label in log.current(concept).items():
            newer = item not in found or found[item].round < label.round
            if label.round in numbers and label.verdict == "yes" and newer:
                found[item] = label
    return found


def draw_audit(workspace: Workspace, sample_size: int, seed: int = 0) -> list[MachineLabel]:
    """Propagated labels that stand, drawn at random, for a person to check."""
    labels = standing(workspace)
    items = sorted(labels)
    some = np.random.default_rng(seed).permutation(len(items))[:sample_size].tolist()
    return [labels[items[index]] for index in some]


def audited_noise(
    answers: Mapping[str, str], labels: Mapping[str, str]
) -> tuple[float, float, float]:
    """Share of wrong labels among audited ones, and its 95 % interval (Wilson 1927).

    Args:
        answers: the right class by id, of items that an audit drew at random.
        labels: class by id, as propagated.

    Raises:
        BadInputError: none of the answers is about a propagated label.

    Example:
        >>> noise = audited_noise({"a": "cat", "b": "dog"}, {"a": "cat", "b": "cat", "c": "cat"})
        >>> [round(number, 2) for number in noise]
        [0.5, 0.09, 0.91]
    """
    judged = [item for item in answers if item in labels]
    if not judged:
        raise BadInputError(
            f"none of the {len(answers)} answers is about a propagated label; answer the items "
            "that the audit drew"
        )
    wrong = sum(answers[item] != labels[item] for item in judged)
    return (wrong / len(judged), *wilson_interval(wrong, len(judged)))
