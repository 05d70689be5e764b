"""What people chose to stay among copies, and which of these choices decide something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from likewise.core.selection import Selection
from likewise.workspace import Workspace


@dataclass(frozen=True)
class KeeperChoices:
    """The choices of keepers beside one selection.

    Attributes:
        deciding: ids that stay, and for which another image goes.
        idle: ids that stay without a copy in this selection.
        absent: ids that are not among the images looked at, or show another picture by now.
    """

    deciding: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Lists of ids."""
        return {key: list(ids) for key, ids in vars(self).items()}

    def notes(self) -> list[str]:
        """How many decide something here, and how many do not; nothing where none was made."""
        total = len(self.deciding) + len(self.idle) + len(self.absent)
        if not total:
            return []
        images, has = (
            "image" if total == 1 else "images",
            "has" if len(self.deciding) == 1 else "have",
        )
        note = f"{len(self.deciding)} of {total} {images} chosen to stay {has} copies here"
        note += _rest(self.idle, "has none", "have none")
        note += _rest(self.absent, "is not among these images", "are not among these images")
        return [f"{note}; every choice stays stored"]


def _rest(ids: Sequence[str], one: str, several: str) -> str:
    return f", {len(ids)} {one if len(ids) == 1 else several}" if ids else ""


def chosen_among(
    choices: Mapping[str, str], ids: Sequence[str], digests: Sequence[str]
) -> frozenset[str]:
    """The items that were chosen to stay and still show the picture that was chosen.

    Args:
        choices: digests by item id, as `likewise.workspace.keepers.Keepers.current` answers.
        ids, digests: of the items at hand.
    """
    return frozenset(
        item
        for item, digest in zip(ids, digests, strict=True)
        if item in choices and choices[item] == digest
    )


def choices_in(
    selection: Selection, choices: Mapping[str, str], keepers: frozenset[str]
) -> KeeperChoices:
    """Which choices decide something in a selection.

    Args:
        selection: of a method that looks for copies.
        choices: all that were made, by item id.
        keepers: those that it heeded.
    """
    because = set(selection.because)
    return KeeperChoices(
        tuple(sorted(keepers & because)),
        tuple(sorted(keepers - because)),
        tuple(sorted(set(choices) - keepers)),
    )


def choices_of(workspace: Workspace, selection: Selection) -> KeeperChoices:
    """Which choices of a workspace decide something in a selection of it."""
    choices = workspace.keepers.current()
    present = sorted(choices.keys() & {*selection.kept, *selection.dropped})
    digests = workspace.collection.digests(present) if present else []
    return choices_in(selection, choices, chosen_among(choices, present, digests))
