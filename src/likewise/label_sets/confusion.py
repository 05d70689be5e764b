"""Which class people's images were taken for while their labels were held back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from likewise.core.classifier import NONE_OF_THESE
from likewise.label_sets.learning import SetModel

NOTHING = "no class"
"""What an image is taken for that nothing speaks of."""


@dataclass(frozen=True, eq=False)
class Confusion:
    """Images by the class that people gave them and the one that they were taken for.

    Attributes:
        classes: in the set's order, "none of these" after them where it is known.
        cells: ids by both classes, the surest mistakes first; empty cells are left out.
    """

    classes: tuple[str, ...]
    cells: Mapping[tuple[str, str], tuple[str, ...]]

    def to_json(self) -> dict[str, Any]:
        """The classes, and a row for each cell."""
        return {
            "classes": list(self.classes),
            "cells": [
                {"given": given, "taken_for": taken, "images": list(ids)}
                for (given, taken), ids in self.cells.items()
            ],
        }


def confusion_of(model: SetModel) -> Confusion:
    """The confusion of a model's held-out answers; no cells for a set of tags."""
    names = list(model.label_set.classes)
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    if model.labelled is not None:
        done, labelled = model.labelled.done, model.labelled
        if NONE_OF_THESE in labelled.classes:
            names.append(NONE_OF_THESE)
        for row, guess, sure in zip(
            done.held_out_rows.tolist(),
            done.held_out_guesses.tolist(),
            done.held_out_confidence.tolist(),
            strict=True,
        ):
            item = labelled.ids[row]
            taken = labelled.classes[guess] if guess >= 0 else NOTHING
            found.setdefault((labelled.class_of[item], taken), []).append((-sure, item))
    order = {name: number for number, name in enumerate((*names, NOTHING))}
    cells = {
        pair: tuple(item for _, item in sorted(found[pair]))
        for pair in sorted(found, key=lambda pair: (order[pair[0]], order[pair[1]]))
    }
    return Confusion(tuple(names), cells)
