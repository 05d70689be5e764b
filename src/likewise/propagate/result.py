"""The labels a method gives a collection's items: by id, with a receipt for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import NotFoundError
from likewise.propagate.base import Propagation, PropagationGraph, Propagator, propagate, to_ask
from likewise.workspace.machine_labels import MachineLabel


@dataclass(frozen=True, eq=False)
class Labelled:
    """A collection, what people said of it, and what a method made of the rest.

    Attributes:
        ids: of the items.
        digests: of their images.
        classes: names of the classes, sorted; their places are the numbers in `done`.
        class_of: class by id, as people said.
        done: what was propagated, in the order of `ids`.
        propagation_graph: the geometry, which serves again when labels are added.
        refused: by id, the classes that people said it is not.
        notes: what a person should know about the labels.
    """

    ids: tuple[str, ...]
    digests: tuple[str, ...]
    classes: tuple[str, ...]
    class_of: Mapping[str, str]
    done: Propagation
    propagation_graph: PropagationGraph
    refused: Mapping[str, set[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def accepted(self) -> dict[str, str]:
        """Class by id, for the items that got a label."""
        return {self.ids[row]: self.classes[self.done.labels[row]] for row in self.done.accepted}

    def receipt(self, item: str) -> dict[str, Any]:
        """Why an item has its label: method, round, confidence, and the labelled items behind it.

        Raises:
            NotFoundError: there is no such item.
        """
        if item not in self._rows:
            raise NotFoundError(f"there is no item '{item}' among those that were propagated over")
        return self._receipt(self._rows[item])

    def questions_for(self, count: int) -> tuple[str, ...]:
        """Ids of items without label whose answer would teach the most."""
        return tuple(self.ids[row] for row in to_ask(self.done, self.propagation_graph, count))

    def guess(self, item: str) -> str | None:
        """The likeliest class of an item, sure or not; None where nothing speaks for any."""
        number = int(self.done.guesses[self._rows[item]])
        return self.classes[number] if number >= 0 else None

    def again(self, answers: Mapping[str, str]) -> Labelled:
        """The same method once more with answers added; the geometry is not made again."""
        merged = {**self.class_of, **answers}
        return label_rest(
            self.ids, self.digests, merged, self.refused, self.propagation_graph, self.done.chosen,
            self.done.min_confidence,
        )  # fmt: skip

    def rounds(self) -> list[int]:
        """The rounds that labels came in."""
        return [int(number) for number in np.unique(self.done.rounds[self.done.accepted])]

    def labels_of(self, number: int) -> Iterator[MachineLabel]:
        """The labels of one round, as the log keeps them."""
        rows = self.done.accepted
        for row in rows[self.done.rounds[rows] == number].tolist():
            yield MachineLabel(
                concept=self.classes[self.done.labels[row]],
                item=self.ids[row],
                verdict="yes",
                confidence=float(self.done.confidence[row]),
                digest=self.digests[row],
                because=self._receipt(row),
            )

    def questions(self, count: int) -> Iterator[MachineLabel]:
        """Items to ask about, as the log keeps them: unsure of the likeliest class."""
        for index, item in enumerate(self.questions_for(count)):
            row, name = self._rows[item], self.guess(item)
            if name is not None:
                because = {**self._receipt(row), "place": index}
                yield MachineLabel(
                    name, item, "unsure", float(self.done.confidence[row]), self.digests[row],
                    because,
                )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """What was done, as JSON."""
        done = self.done
        noise = done.held_out_noise
        return {
            "method": done.method,
            "stopped": done.stopped,
            "items": len(self.ids),
            "given": len(self.class_of),
            "classes": len(self.classes),
            "labelled": len(done.accepted),
            "abstained": len(done.abstained),
            "coverage": done.coverage,
            "min_confidence": done.min_confidence,
            "expected_noise": done.expected_noise,
            "held_out_noise": None if noise is None else list(noise),
            "by_class": dict(sorted(Counter(self.accepted.values()).items())),
            "rounds": self.rounds(),
            "curve": [
                {"confidence": level, "coverage": share, "accuracy": None if share == 0 else right}
                for level, share, right in done.curve()
            ],
            "validation": dict(done.validation),
            "notes": list(self.notes),
        }

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {item: row for row, item in enumerate(self.ids)}

    def _receipt(self, row: int) -> dict[str, Any]:
        causes = self.done.causes[row]
        return {
            "method": self.done.method,
            "round": int(self.done.rounds[row]),
            "margin": round(float(self.done.margins[row]), 4),
            "causes": [self.ids[cause] for cause in causes[causes >= 0].tolist()],
        }


def label_rest(
    ids: tuple[str, ...],
    digests: tuple[str, ...],
    class_of: Mapping[str, str],
    refused: Mapping[str, set[str]],
    propagation_graph: PropagationGraph,
    method: str | Propagator,
    min_confidence: float,
    validated: Labelled | None = None,
    **options: Any,
) -> Labelled:
    """Label the items that nobody labelled.

    Args:
        ids: of the items.
        digests: of their images.
        class_of: class by id, as people said.
        refused: by id, the classes that people said it is not.
        propagation_graph: the geometry of the items, in their order.
        method: or its name.
        min_confidence: chance of being right from which a guess becomes a label.
        validated: what was labelled of the same items and classes by most of these labels; see
            `likewise.propagate.base.propagate`. What it knows of labels that are others now is
            left out.
        options: fields of the named method.

    Raises:
        BadInputError: see `likewise.propagate.base.propagate`.
    """
    classes = tuple(sorted(set(class_of.values())))
    number = {name: index for index, name in enumerate(classes)}
    targets = np.array([number.get(class_of.get(item, ""), -1) for item in ids], dtype=np.intp)
    done = propagate(
        propagation_graph, targets, method, min_confidence=min_confidence,
        validated=None if validated is None else _still_true(validated, class_of), **options,
    )  # fmt: skip
    denied = [
        row
        for row, item in enumerate(ids)
        if item in refused and done.guesses[row] >= 0
        and classes[done.guesses[row]] in refused[item]
    ]  # fmt: skip
    done = done.withheld(np.array(denied, dtype=np.intp))
    notes = _notes(digests, targets, classes)
    return Labelled(ids, digests, classes, dict(class_of), done, propagation_graph, refused, notes)


def _still_true(validated: Labelled, class_of: Mapping[str, str]) -> Propagation:
    """What was propagated, with what is known of held-out labels that are the same now."""
    done, ids, before = validated.done, validated.ids, validated.class_of
    same = [
        row for row in done.held_out_rows.tolist() if class_of.get(ids[row]) == before.get(ids[row])
    ]
    return done.held_out_of(np.array(same, dtype=np.intp))


def _notes(
    digests: tuple[str, ...], targets: NDArray[np.intp], classes: tuple[str, ...]
) -> tuple[str, ...]:
    """What a person should know about the labels."""
    notes = []
    counts = np.bincount(targets[targets >= 0], minlength=len(classes))
    alone = [classes[index] for index in np.flatnonzero(counts == 1).tolist()]
    if alone:
        notes.append(
            f"{len(alone)} class(es) have one label, such as '{alone[0]}': held back, it cannot "
            "be found again and counts as missed; a second one of each makes more labels sure"
        )
    first: dict[str, int] = {}
    twice = 0
    for row in np.flatnonzero(targets >= 0).tolist():
        twice += targets[first.setdefault(digests[row], row)] != targets[row]
    if twice:
        notes.append(
            f"{twice} labelled item(s) are copies of one with another label; both are kept, and "
            "one of them is wrong"
        )
    return tuple(notes)
