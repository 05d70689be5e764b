"""Selections kept in a workspace under a name, as rounds of machine labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from likewise.core.selection import Selection
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel

_METHOD = "curate"
_KEPT_AS = "tag:"  # before a name in the log, for a concept may have the same


def save_tag(workspace: Workspace, selection: Selection, tag: str) -> int:
    """Keep a selection in the workspace under a name; the newest of a name counts.

    It is a round of machine labels: yes for what is kept, no for what goes, with the reason.

    Returns:
        Number of the round, to undo it by.

    Raises:
        BadInputError: an empty name.
    """
    if not tag.strip():
        raise BadInputError("a selection needs a name to be kept under; give one")
    parameters = {
        "curator": selection.method,
        "options": _plain(selection.parameters),
        "notes": list(selection.notes),
    }
    digests = {
        row["item_id"]: row["digest"]
        for row in workspace.collection.facts(
            [*selection.kept, *selection.dropped], ["item_id", "digest"]
        )
    }
    class_of = dict(zip(selection.kept, selection.labels, strict=False))
    labels = (
        MachineLabel(
            _KEPT_AS + tag,
            row["id"],
            "yes" if row["kept"] else "no",
            min(1.0, max(0.0, 1.0 if row["kept"] or row["score"] is None else row["score"])),
            digests[row["id"]],
            {k: row[k] for k in ("part", "reason", "because", "score") if row[k] not in ("", None)}
            | ({"place": row_number} if row["kept"] else {})
            | ({"label": class_of[row["id"]]} if class_of.get(row["id"]) else {}),
        )
        for row_number, row in enumerate(selection.rows())
    )
    return workspace.machine_labels.add_round(_METHOD, parameters, labels, _KEPT_AS + tag)


def tagged(workspace: Workspace, tag: str) -> Selection:
    """The newest selection of that name that was not undone.

    Raises:
        NotFoundError: there is none.
    """
    rounds = [
        round_
        for round_ in workspace.machine_labels.rounds(_KEPT_AS + tag)
        if round_.method == _METHOD and round_.undone is None
    ]
    if not rounds:
        tags_text = ", ".join(sorted(tags(workspace))) or "none yet"
        raise NotFoundError(
            f"no selection is kept as '{tag}'; there are: {tags_text}; keep one with --save {tag}"
        )
    newest = rounds[-1]
    labels = [
        label
        for label in workspace.machine_labels.current(_KEPT_AS + tag).values()
        if label.round == newest.round
    ]
    selected = [label for label in labels if label.verdict == "yes"]
    selected.sort(key=lambda label: int(label.because.get("place", 0)))
    gone = [label for label in labels if label.verdict == "no"]
    parts = tuple(str(label.because.get("part", "")) for label in selected)
    classes = tuple(str(label.because.get("label", "")) for label in selected)
    scores = [label.because.get("score") for label in selected]
    return Selection(
        tuple(label.item for label in selected),
        tuple(label.item for label in gone),
        tuple(str(label.because.get("reason", "")) for label in gone),
        tuple(str(label.because.get("because", "")) for label in gone),
        np.array([label.because.get("score", 0.0) for label in gone], np.float32),
        parts if any(parts) else (),
        None if not scores or None in scores else np.array(scores, np.float32),
        str(newest.parameters.get("curator", "")),
        dict(newest.parameters.get("options", {})),
        tuple(newest.parameters.get("notes", ())),
        classes if any(classes) else (),
    )


def is_split(selection: Selection) -> bool:
    """Whether the parts of a selection are those of a split, and not classes or groups."""
    return bool(selection.parts) and _splits(selection.method)


def _splits(curator: str) -> bool:
    return curator.split(" > ")[-1] == "split"


def splits(workspace: Workspace) -> list[str]:
    """Names of the splits that are kept."""
    return [name for name, facts in tags(workspace).items() if _splits(str(facts["curator"]))]


def parts_of(workspace: Workspace, tag: str) -> Mapping[str, str]:
    """Part of each item that a split kept under a name placed, such as "train".

    Raises:
        NotFoundError: there is none.
        BadInputError: it is no split.
    """
    selection = tagged(workspace, tag)
    if not is_split(selection):
        raise BadInputError(
            f"the selection '{tag}' was made by {selection.method or 'nothing'} and has no parts; "
            f"make one that has: "
            f"{command_line('curate', 'split', '--within', tag, '--save', 'NAME')}"
        )
    return selection.part_of


def tags(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The selections that are kept, by name: what made them, when, how many items, which round."""
    found: dict[str, dict[str, Any]] = {}
    for round_ in workspace.machine_labels.rounds():
        if round_.method == _METHOD and round_.undone is None and round_.concept is not None:
            found[round_.concept.removeprefix(_KEPT_AS)] = {
                "curator": round_.parameters.get("curator", ""),
                "items": round_.labels,
                "at": round_.at,
                "round": round_.round,
            }
    return found


def undo_tag(workspace: Workspace, tag: str) -> int:
    """Take the newest selection of a name back; the one before it, if any, counts again.

    Returns:
        Number of the round that was taken back.

    Raises:
        NotFoundError: there is none.
    """
    found = tags(workspace)
    if tag not in found:
        tagged(workspace, tag)  # says which there are
    number = int(found[tag]["round"])
    workspace.machine_labels.undo(number)
    return number


def _plain(value: Any) -> Any:
    """Options in JSON's types."""
    return json.loads(json.dumps(value, default=str))
