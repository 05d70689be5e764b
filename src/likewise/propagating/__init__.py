"""Label the rest of a workspace from the few items that people labelled."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.errors import BadInputError, NotFoundError
from likewise.evaluate.intervals import wilson_interval
from likewise.propagate.base import Landscape, Propagation, Propagator, propagate, to_ask
from likewise.registry import names
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel

ASKED = "asked"
"""Method of a round that holds the items a person should answer next."""

_HEADERS = frozenset({"id", "item", "path", "file", "filename", "image"})


@dataclass(frozen=True, eq=False)
class Labelled:
    """A collection, what people said of it, and what a method made of the rest.

    Attributes:
        ids: of the items.
        digests: of their images.
        classes: names of the classes, sorted; their places are the numbers in `done`.
        given: class by id, as people said.
        done: what was propagated, in the order of `ids`.
        landscape: the geometry, which serves again when labels are added.
        refused: by id, the classes that people said it is not.
        notes: what a person should know about the labels.
    """

    ids: tuple[str, ...]
    digests: tuple[str, ...]
    classes: tuple[str, ...]
    given: Mapping[str, str]
    done: Propagation
    landscape: Landscape
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

    def asked(self, count: int) -> tuple[str, ...]:
        """Ids of items without label whose answer would teach the most."""
        return tuple(self.ids[row] for row in to_ask(self.done, self.landscape, count))

    def audit(self, count: int, seed: int = 0) -> tuple[str, ...]:
        """Ids of accepted items, drawn at random, for a person to check."""
        rows = np.sort(self.done.accepted)
        some = np.random.default_rng(seed).permutation(len(rows))[:count]
        return tuple(self.ids[row] for row in rows[some].tolist())

    def again(self, answers: Mapping[str, str]) -> Labelled:
        """The same method once more with answers added; the geometry is not made again."""
        given = {**self.given, **answers}
        return _labelled(
            self.ids, self.digests, given, self.refused, self.landscape, self.done.chosen,
            self.done.min_confidence, {},
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
        for place, item in enumerate(self.asked(count)):
            row = self._rows[item]
            if self.done.guesses[row] >= 0:
                because = {**self._receipt(row), "place": place}
                yield MachineLabel(
                    self.classes[self.done.guesses[row]], item, "unsure",
                    float(self.done.confidence[row]), self.digests[row], because,
                )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """What was done, as JSON."""
        done = self.done
        noise = done.held_out_noise
        return {
            "method": done.method,
            "stopped": done.stopped,
            "items": len(self.ids),
            "given": len(self.given),
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


def read_class_labels(path: Path) -> dict[str, str]:
    """Class by id from a CSV file of two columns: id and label.

    A first line that starts with "id", "item", "path" or "file" is a heading. Lines may come
    twice as long as they say the same.

    Raises:
        NotFoundError: there is no such file.
        BadInputError: a line without a label, or two labels for one id.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except OSError as error:
        raise NotFoundError(
            f"{path} cannot be read ({error.strerror}); give a CSV file with columns id,label"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(f"{path} is not CSV in UTF-8; give columns id,label") from error
    if lines and lines[0][0].strip().lower() in _HEADERS:
        lines = lines[1:]
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if len(line) < 2 or not line[0].strip() or not line[1].strip():
            raise BadInputError(
                f"label {number} of {path} is '{','.join(line)}'; an id and a label are wanted, "
                "with a comma between"
            )
        item, name = line[0].strip(), line[1].strip()
        if found.setdefault(item, name) != name:
            raise BadInputError(
                f"'{item}' has two labels in {path}, '{found[item]}' and '{name}'; keep one"
            )
    return found


def answered_classes(workspace: Workspace, concepts: Sequence[str]) -> dict[str, str]:
    """Class by id from what people answered yes to, and from the concepts' examples.

    Raises:
        NotFoundError: there is no such concept.
        BadInputError: an item shows two of the concepts.
    """
    found: dict[str, str] = {}
    for name in concepts:
        concept = workspace.concepts.get(name)
        answers = workspace.labels.current(name)
        yes = [item for item, label in answers.items() if label.verdict == "yes"]
        inside = workspace.collection.known([*concept.examples, *yes])
        for item in sorted(inside):
            if found.setdefault(item, name) != name:
                raise BadInputError(
                    f"'{item}' is both '{found[item]}' and '{name}', and an item gets one class; "
                    "take one back or leave one concept out"
                )
    return found


def refused_classes(workspace: Workspace, concepts: Collection[str]) -> dict[str, set[str]]:
    """By id, the classes that people said it is not."""
    found: dict[str, set[str]] = {}
    for name in set(concepts) & set(workspace.labels.concepts()):
        for item, label in workspace.labels.current(name).items():
            if label.verdict == "no":
                found.setdefault(item, set()).add(name)
    return found


def propagate_workspace(
    workspace: Workspace,
    given: Mapping[str, str],
    method: str | Propagator = "best",
    min_confidence: float = 0.9,
    options: Mapping[str, Any] | None = None,
) -> Labelled:
    """Label the rest of a workspace; nothing is recorded yet.

    Args:
        workspace: open; its vectors are read, nothing is written.
        given: class by id, as people said. Kept as it is.
        method: or its name.
        min_confidence: chance of being right from which a guess becomes a label.
        options: fields of the method.

    Raises:
        NotFoundError: an id is not in the workspace.
        BadInputError: see `likewise.propagate.base.propagate`.
    """
    lacking = sorted(set(given) - workspace.collection.known(list(given)))
    if lacking:
        raise NotFoundError(
            f"{len(lacking)} labelled id(s) are not in {workspace.path.name}, such as "
            f"'{lacking[0]}'; take them out, or index the folder that they are in"
        )
    ids = workspace.collection.ids()
    digests = tuple(row["digest"] for row in workspace.collection.facts(ids, ["digest"]))
    landscape = Landscape(workspace.collection.vectors(ids))
    refused = refused_classes(workspace, set(given.values()))
    return _labelled(ids, digests, given, refused, landscape, method, min_confidence, options or {})


def record(workspace: Workspace, labelled: Labelled, source: str = "", ask: int = 0) -> list[int]:
    """Keep the labels as machine labels, one round of the log for each round of the method.

    Args:
        workspace: where they belong.
        labelled: what `propagate_workspace` answered.
        source: where the given labels came from.
        ask: how many items are put up for a person to answer, in a round of their own.

    Returns:
        Numbers of the rounds, by which they can be undone.
    """
    facts = labelled.report()
    kept = ("min_confidence", "given", "classes", "expected_noise", "held_out_noise")
    parameters = {**{key: facts[key] for key in kept}, **facts["validation"]}
    parameters["names"] = list(labelled.classes)
    parameters["given_digest"] = _digest(labelled.given)
    log, name = workspace.machine_labels, labelled.done.method
    numbers = [
        log.add_round(name, {**parameters, "round": turn}, labelled.labels_of(turn), source=source)
        for turn in labelled.rounds()
    ]
    questions = list(labelled.questions(ask)) if ask else []
    if questions:
        numbers.append(log.add_round(ASKED, {"method": name}, questions, source=source))
    return numbers


def standing(workspace: Workspace) -> dict[str, MachineLabel]:
    """The newest propagated label of each item, of the rounds that were not undone."""
    log, known = workspace.machine_labels, set(names("propagate"))
    rounds = [one for one in log.rounds() if one.method in known and not one.undone]
    numbers = {one.round for one in rounds}
    found: dict[str, MachineLabel] = {}
    for concept in sorted({name for one in rounds for name in one.parameters["names"]}):
        for item, label in log.current(concept).items():
            newer = item not in found or found[item].round < label.round
            if label.round in numbers and label.verdict == "yes" and newer:
                found[item] = label
    return found


def draw_audit(workspace: Workspace, looks: int, seed: int = 0) -> list[MachineLabel]:
    """Propagated labels that stand, drawn at random, for a person to check."""
    labels = standing(workspace)
    items = sorted(labels)
    some = np.random.default_rng(seed).permutation(len(items))[:looks].tolist()
    return [labels[items[place]] for place in some]


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


def _labelled(
    ids: tuple[str, ...],
    digests: tuple[str, ...],
    given: Mapping[str, str],
    refused: Mapping[str, set[str]],
    landscape: Landscape,
    method: str | Propagator,
    min_confidence: float,
    options: Mapping[str, Any],
) -> Labelled:
    classes = tuple(sorted(set(given.values())))
    number = {name: place for place, name in enumerate(classes)}
    known = np.array([number.get(given.get(item, ""), -1) for item in ids], dtype=np.intp)
    done = propagate(landscape, known, method, min_confidence=min_confidence, **options)
    denied = [
        row
        for row, item in enumerate(ids)
        if item in refused and done.guesses[row] >= 0
        and classes[done.guesses[row]] in refused[item]
    ]  # fmt: skip
    done = done.withheld(np.array(denied, dtype=np.intp))
    notes = _notes(digests, known, classes)
    return Labelled(ids, digests, classes, dict(given), done, landscape, refused, notes)


def _notes(
    digests: tuple[str, ...], known: NDArray[np.intp], classes: tuple[str, ...]
) -> tuple[str, ...]:
    """What a person should know about the labels."""
    notes = []
    counts = np.bincount(known[known >= 0], minlength=len(classes))
    alone = [classes[place] for place in np.flatnonzero(counts == 1).tolist()]
    if alone:
        notes.append(
            f"{len(alone)} class(es) have one label, such as '{alone[0]}': held back, it cannot "
            "be found again and counts as missed; a second one of each makes more labels sure"
        )
    first: dict[str, int] = {}
    twice = 0
    for row in np.flatnonzero(known >= 0).tolist():
        twice += known[first.setdefault(digests[row], row)] != known[row]
    if twice:
        notes.append(
            f"{twice} labelled item(s) are copies of one with another label; both are kept, and "
            "one of them is wrong"
        )
    return tuple(notes)


def _digest(given: Mapping[str, str]) -> str:
    text = "\n".join(f"{item}\t{name}" for item, name in sorted(given.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
