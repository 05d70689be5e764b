"""The label log: every decision of every person, append-only; the present is a fold over it."""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from likewise.errors import BadInputError
from likewise.workspace.database import Database, now

Verdict = Literal["yes", "no", "unsure"]

_COLUMNS = "event, concept, item, digest, verdict, who, source, rule, score, at"


def current_user() -> str:
    """The name decisions are signed with when none is given."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return "unknown"


@dataclass(frozen=True)
class Label:
    """One decision of one person about one item for one concept.

    Attributes:
        concept: name of the concept.
        item: id of the item.
        verdict: yes, no or unsure.
        digest: digest of the image that was judged, so that the decision follows the picture
            when its file moves, and does not pass to another picture under the same name.
        who: the person.
        source: how it came: "import", "key", "page", "range", "demo" ...
        rule: version of the rule that had ranked it, if any.
        score: score the rule gave it, if any.
        event: unique id of the decision; recording one twice changes nothing.
        at: when, UTC.
    """

    concept: str
    item: str
    verdict: Verdict
    digest: str = ""
    who: str = field(default_factory=current_user)
    source: str = "import"
    rule: int | None = None
    score: float | None = None
    event: str = field(default_factory=lambda: uuid.uuid4().hex)
    at: str = field(default_factory=now)

    def __post_init__(self) -> None:
        if self.verdict not in get_args(Verdict):
            raise BadInputError(
                f"'{self.verdict}' is not a verdict on '{self.item}'; use yes, no or unsure"
            )


class LabelLog:
    """The labels of a workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, labels: Sequence[Label]) -> int:
        """Append labels in one transaction; on return they are on the disk.

        A label whose event is in the log already is skipped, so a caller may send again what it
        is not sure arrived.

        Returns:
            How many were new.
        """
        rows = [tuple(getattr(label, name) for name in _COLUMNS.split(", ")) for label in labels]
        with self._database.writing() as connection:
            before = connection.total_changes
            connection.executemany(
                f"INSERT OR IGNORE INTO labels ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)", rows
            )
            return connection.total_changes - before

    def history(self, concept: str) -> list[Label]:
        """Every decision about a concept, the oldest first."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM labels WHERE concept = ? ORDER BY sequence", (concept,)
        )
        return [
            Label(
                event=row[0], concept=row[1], item=row[2], digest=row[3], verdict=row[4],
                who=row[5], source=row[6], rule=row[7], score=row[8], at=row[9],
            )
            for row in rows
        ]  # fmt: skip

    def current(self, concept: str) -> dict[str, Label]:
        """The latest decision about each item, by item id."""
        return latest(self.history(concept))

    def position(self) -> int:
        """Sequence number of the newest label of any concept; 0 when there is none."""
        return int(self._database.rows("SELECT coalesce(max(sequence), 0) FROM labels")[0][0])

    def count(self, concept: str | None = None, after: int = 0) -> int:
        """How many decisions were recorded, about one concept or all, after a position."""
        sql = "SELECT count(*) FROM labels WHERE sequence > ? AND (? IS NULL OR concept = ?)"
        return int(self._database.rows(sql, (after, concept, concept))[0][0])


def latest(labels: Iterable[Label]) -> dict[str, Label]:
    """Fold a history into the present: the last decision about an item counts.

    Example:
        >>> log = [Label("barn", "a.jpg", "no"), Label("barn", "a.jpg", "yes")]
        >>> latest(log)["a.jpg"].verdict
        'yes'
    """
    present: dict[str, Label] = {}
    for label in labels:
        present.pop(label.item, None)  # so that the order is that of the last decision
        present[label.item] = label
    return present
