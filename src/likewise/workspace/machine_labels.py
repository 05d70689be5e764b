"""What a method said about items, round by round; kept apart from what people said."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from likewise.errors import BadInputError, NotFoundError
from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions
from likewise.workspace.label import Verdict, current_user

PROPOSED = "proposed"
"""Among the reasons of a machine label: the verdict that an agent proposes."""

_VERDICTS = frozenset(get_args(Verdict))


@dataclass(frozen=True)
class MachineLabel:
    """A method's word about one item; it never counts as an answer, nor as evidence, by itself.

    Attributes:
        concept: name of the concept.
        item: id of the item.
        verdict: yes, no or unsure.
        confidence: from 0 to 1, as the method measures it.
        digest: digest of the image that was judged, as in `Label`.
        because: what it was concluded from, in JSON's types: ids, scores, votes.
        round: number of the round it came in; 0 until it is recorded.
    """

    concept: str
    item: str
    verdict: Verdict
    confidence: float
    digest: str = ""
    because: Mapping[str, Any] = field(default_factory=dict)
    round: int = 0

    def __post_init__(self) -> None:
        if self.verdict not in _VERDICTS:
            raise BadInputError(
                f"'{self.verdict}' is not a verdict on '{self.item}'; use yes, no or unsure"
            )
        if not (math.isfinite(self.confidence) and 0.0 <= self.confidence <= 1.0):
            raise BadInputError(
                f"{self.confidence} is no confidence in a verdict on '{self.item}'; "
                "give a number from 0 to 1"
            )


@dataclass(frozen=True)
class Round:
    """One run of a method over many items, recorded and undone as a whole.

    Attributes:
        round: its number.
        method: name of the method, such as "threshold" or "label_spreading".
        parameters: its options, in JSON's types.
        labels: how many labels it gave.
        concept: the concept it was about; None when it was about several.
        source: what it started from, such as the file of a rule.
        who: the person who ran it.
        at: when, UTC.
        undone: when it was taken back, UTC; None while it stands.
        labels_upto: where the log of labels ended when it was recorded: answers of higher
            sequences came later, whatever the clocks say.
    """

    round: int
    method: str
    parameters: Mapping[str, Any]
    labels: int
    concept: str | None
    source: str
    who: str
    at: str
    undone: str | None
    labels_upto: int = 0


JUDGE = "judge"
"""Method of rounds that are kept apart: read by their number, and in nothing that is current."""


class MachineLabels:
    """The machine labels of a workspace, append-only.

    A person's answer always overrules them; whoever combines the two sees to it.
    """

    def __init__(self, database: Decisions) -> None:
        self._database = database

    def add_round(
        self,
        method: str,
        parameters: Mapping[str, Any],
        labels: Iterable[MachineLabel],
        concept: str | None = None,
        source: str = "",
        who: str | None = None,
    ) -> int:
        """Append a round in one transaction: all of its labels are on the disk, or none.

        Args:
            method: name of the method.
            parameters: its options, in JSON's types.
            labels: one a concept and item, taken one by one (a million need no memory).
            concept: the only concept it may speak of; any when None.
            source: what it started from.
            who: who ran it; the current user unless given.

        Returns:
            Number of the round.

        Raises:
            BadInputError: an item comes twice for one concept, or a label is about another one.
        """
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO rounds (concept, method, parameters, source, who, at, labels, "
                "labels_upto) SELECT ?, ?, ?, ?, ?, ?, 0, coalesce(max(sequence), 0) FROM labels",
                (concept, method, json.dumps(dict(parameters)), source, who or current_user(),
                 now()),
            )  # fmt: skip
            number = int(connection.execute("SELECT max(round) FROM rounds").fetchone()[0])
            total = 0

            def rows() -> Iterator[tuple[Any, ...]]:
                nonlocal total
                for label in labels:
                    if concept not in (None, label.concept):
                        raise BadInputError(
                            f"a round about '{concept}' has a label about '{label.concept}'; "
                            "record it as a round of its own"
                        )
                    total += 1
                    yield (
                        label.concept, number, label.item, label.digest, label.verdict,
                        label.confidence, json.dumps(dict(label.because)),
                    )  # fmt: skip

            new = connection.executemany(
                "INSERT INTO machine_labels VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                rows(),
            ).rowcount
            new = max(0, new)  # of no rows at all, SQLite says -1
            if new != total:
                raise BadInputError(
                    f"{total - new} of {total} labels are about an item that has one in this "
                    "round already; nothing was recorded: give one an item and concept"
                )
            connection.execute("UPDATE rounds SET labels = ? WHERE round = ?", (total, number))
        return number

    def rounds(self, concept: str | None = None) -> list[Round]:
        """Every round, undone ones too, the oldest first; or those that speak of a concept."""
        condition = ""
        values: tuple[str, ...] = ()
        if concept is not None:
            condition = (
                " WHERE concept = ? OR EXISTS (SELECT 1 FROM machine_labels AS label "
                "WHERE label.concept = ? AND label.round = rounds.round)"
            )
            values = (concept, concept)
        return self._rounds(f"{condition} ORDER BY round", values)

    def newest_standing(self, concept: str, who: str, answered: int = 0) -> Round | None:
        """A person's newest round about that concept alone that was not taken back.

        Args:
            concept: name of the concept.
            who: the person.
            answered: sequence of an answer that the round must not be older than.
        """
        found = self._rounds(
            " WHERE concept = ? AND who = ? AND round NOT IN (SELECT round FROM round_undos) "
            "ORDER BY round DESC LIMIT 1",
            (concept, who),
        )
        return found[0] if found and found[0].labels_upto >= answered else None

    def position(self) -> tuple[int, int]:
        """The newest round's number and how many rounds were taken back; no change leaves both."""
        sql = "SELECT (SELECT coalesce(max(round), 0) FROM rounds), count(*) FROM round_undos"
        newest, undone = self._database.rows(sql)[0]
        return int(newest), int(undone)

    def _rounds(self, condition: str, values: tuple[str, ...]) -> list[Round]:
        rows = self._database.rows(
            "SELECT round, method, parameters, labels, concept, source, who, at, "
            "(SELECT at FROM round_undos WHERE round_undos.round = rounds.round), labels_upto "
            f"FROM rounds{condition}",
            values,
        )
        return [
            Round(number, method, json.loads(parameters), *rest)
            for number, method, parameters, *rest in rows
        ]

    def undo(self, number: int, who: str | None = None) -> bool:
        """Take a round back by appending that; False when it was taken back before.

        Raises:
            NotFoundError: there is no such round.
        """
        with self._database.writing() as connection:
            if not connection.execute("SELECT 1 FROM rounds WHERE round = ?", (number,)).fetchone():
                raise NotFoundError(
                    f"there is no round {number} of machine labels; "
                    f"there are {len(self.rounds())} rounds"
                )
            cursor = connection.execute(
                "INSERT INTO round_undos VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (number, who or current_user(), now()),
            )
            return cursor.rowcount == 1

    def current(self, concept: str) -> dict[str, MachineLabel]:
        """The newest word of a round that stands, by item id; a million take some seconds.

        Judges' rounds are not among them.
        """
        condition = (
            f"round NOT IN (SELECT round FROM rounds WHERE method = '{JUDGE}') "
            "AND concept = ? ORDER BY round"
        )
        return {label.item: label for label in self._labels(condition, concept)}

    def of_item(self, item: str) -> list[MachineLabel]:
        """All that rounds that stand say about an item, the oldest first."""
        return list(self._labels("item = ? ORDER BY round, concept", item))

    def of_round(self, number: int) -> list[MachineLabel]:
        """All that a round says; nothing where it was taken back."""
        return list(self._labels("round = ? ORDER BY concept, item", number))

    def _labels(self, condition: str, value: str | int) -> Iterator[MachineLabel]:
        rows = self._database.rows(
            "SELECT concept, item, verdict, confidence, digest, because, round FROM machine_labels "
            f"WHERE round NOT IN (SELECT round FROM round_undos) AND {condition}",
            (value,),
        )
        for concept, item, verdict, confidence, digest, because, number in rows:
            reasons = json.loads(because) if because != "{}" else {}
            yield MachineLabel(concept, item, verdict, confidence, digest, reasons, number)


def accepted_by(words: Mapping[str, MachineLabel]) -> frozenset[str]:
    """Ids that are a yes by the newest word of a round.

    Args:
        words: what `MachineLabels.current` answers.
    """
    return frozenset(item for item, label in words.items() if label.verdict == "yes")


def questions_of(words: Mapping[str, MachineLabel]) -> tuple[str, ...]:
    """Ids that rounds are unsure of and want answered: the oldest round first, then by their place.

    Propagating again asks anew, so only its newest round counts. Proposals wait until a person has
    answered.

    Args:
        words: what `MachineLabels.current` answers.
    """
    unsure = [label for label in words.values() if label.verdict == "unsure"]
    asked = [label.round for label in unsure if PROPOSED not in label.because]
    newest = max(asked, default=0)
    questions = [x for x in unsure if x.round == newest or PROPOSED in x.because]
    questions.sort(key=lambda label: (label.round, label.because.get("place", 0)))
    return tuple(label.item for label in questions)
