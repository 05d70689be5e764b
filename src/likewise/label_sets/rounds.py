"""The rounds of machine labels that the models of a label set gave."""

from __future__ import annotations

from likewise.core.label_set import LabelSet
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel, Round

METHOD = "label_set"
"""Method of the rounds of machine labels that a model of a label set gives."""


def rounds_of(workspace: Workspace, name: str) -> list[Round]:
    """The rounds of a set's models that stand, the oldest first."""
    return [
        round_
        for round_ in workspace.machine_labels.rounds()
        if round_.method == METHOD and not round_.undone and round_.parameters["set"] == name
    ]


def machine_labels_of(workspace: Workspace, label_set: LabelSet) -> list[MachineLabel]:
    """What the newest round of a set that stands says; none where nothing was learned."""
    standing = rounds_of(workspace, label_set.name)
    return workspace.machine_labels.of_round(standing[-1].round) if standing else []
