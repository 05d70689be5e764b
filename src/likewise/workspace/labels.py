"""The label log: every label of every person, append-only; current labels are a fold over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace.database import now
from likewise.workspace.decisions import Decisions, Transaction
from likewise.workspace.label import COLUMNS, Label, Undo, Verdict, current_user, new_id
from likewise.workspace.label_fold import Conflict, Fold, Undone, check_policy
from likewise.workspace.renames import count_renames, later_names, renames

__all__ = [
    "Conflict", "Label", "LabelLog", "Undo", "Undone", "Verdict", "current_user", "new_id",
]  # fmt: skip

_ADD = f"""
INSERT INTO labels ({", ".join(COLUMNS)}) VALUES ({", ".join("?" * len(COLUMNS))})
ON CONFLICT DO NOTHING
"""
_TAKE_BACK = """
INSERT INTO labels (event, action, concept, item, digest, verdict, who, source, at, undoes)
VALUES (?, ?, ?, ?, ?, 'undo', ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_SINCE = f"""
SELECT sequence, undoes, {", ".join(COLUMNS)} FROM labels
WHERE concept = ? AND sequence > ? ORDER BY sequence
"""
_CHANGED = """
SELECT event, item FROM labels WHERE concept = ? AND sequence > ? ORDER BY sequence
"""


class LabelLog:
    """The labels of a workspace.

    The log's own sequence orders it, not the clocks of those who answered. The current labels of
    each concept are kept in memory; a call reads only the rows appended since, by this process or
    another.
    """

    def __init__(self, database: Decisions) -> None:
        self._database = database
        self.appended: Counter[str] = Counter()  # rows by this process, by concept
        self._folds: dict[str, Fold] = {}
        self._renames = 0

    def record(self, labels: Sequence[Label], must_exist: bool = False) -> int:
        """Append labels in one transaction; on return they are on the disk.

        A label whose event is in the log already is skipped, so a caller may send one again when
        it does not know whether it arrived. A label that was undone is appended with its undo.

        Args:
            labels: what to append.
            must_exist: refuse them where a concept was removed or renamed meanwhile.

        Returns:
            How many labels were new.

        Raises:
            BadInputError: an event has no id, or is in the log with another concept, item,
                verdict or person; nothing was recorded. The later name of a renamed concept is
                the same concept.
            NotFoundError: a concept does not exist, where it must; nothing was recorded.
        """
        if not all(label.event for label in labels):
            raise BadInputError("a label has no event id; give each label one")
        rows = [tuple(getattr(label, name) for name in COLUMNS) for label in labels]
        with self._database.lock:
            with self._database.writing() as connection:
                for name in {label.concept for label in labels} if must_exist else ():
                    _check_exists(connection, name)
                new = max(0, connection.executemany(_ADD, rows).rowcount)
                if new < len(rows):
                    log = renames(self._database)
                    concepts = {label.concept for label in labels}
                    names = {concept: later_names(log, concept) for concept in concepts}
                    for label in labels:
                        _check_same(connection, label, names[label.concept])
                for label in labels:
                    if label.undone:
                        _take_back(connection, label, "import")
            if len({label.concept for label in labels}) == 1:
                self.appended[labels[0].concept] += new
        return new

    def undo(
        self, concept: str, who: str | None = None, action: str | None = None
    ) -> Undone | None:
        """Take an action back: append an undo of each of its labels to the log.

        A caller that may have to repeat the call should name the action: the second call changes
        nothing.

        Args:
            concept: name of the concept.
            who: the person who takes back; the current user unless given.
            action: id of anybody's action; the person's own newest that stands unless given.

        Returns:
            What was taken back; None when there is nothing (left) to take back.

        Raises:
            NotFoundError: no action of that id was ever recorded for the concept.
        """
        person, at = who or current_user(), now()
        with self._database.lock:
            with self._database.writing() as connection:
                target = self.undoable(concept, person, action)
                if target is None:
                    return None
                taken = [replace(x, undone=Undo(new_id(), person, at)) for x in target.labels]
                for label in taken:
                    _take_back(connection, label, "undo")
            self.appended[concept] += len(taken)
        return Undone(target.action, tuple(taken))

    def undoable(
        self, concept: str, who: str | None = None, action: str | None = None
    ) -> Undone | None:
        """What `undo` would take back, and None where it would answer None.

        Raises:
            NotFoundError: no action of that id was ever recorded for the concept.
        """
        with self._database.lock:
            fold = self._fold(concept)
            if action is None:
                newest = fold.newest(who or current_user())
                if newest is None:
                    return None
                action = newest[1].action or newest[1].event
            labels = fold.action(action)
        if not labels:
            raise NotFoundError(
                f"there is no action '{action}' on '{concept}'; see: "
                f"{command_line('labels', 'list', concept)}"
            )
        standing = tuple(label for label in labels if not label.undone)
        return Undone(action, standing) if standing else None

    def history(self, concept: str) -> list[Label]:
        """Every decision about a concept, the oldest first; `undone` tells those taken back."""
        with self._database.lock:
            return list(self._fold(concept).labels)

    def current(self, concept: str) -> dict[str, Label]:
        """The current label of each item, by item id, in the order of the answers.

        Labels that were undone do not count. Of each person the newest label of the picture
        counts; between people the policy decides.
        """
        with self._database.lock:
            return self._fold(concept).present()

    def about_pictures(self, concept: str) -> list[Label]:
        """The current label of each picture, also of one whose id another picture has now.

        `current` has one label an item; here an item has one for each picture that was judged
        under its id. In the order of the answers, those earlier pictures first.
        """
        with self._database.lock:
            fold = self._fold(concept)
            return [*fold.earlier(), *fold.present().values()]

    def conflicts(self, concept: str) -> list[Conflict]:
        """The items on which the newest labels of two people differ, by id."""
        with self._database.lock:
            return self._fold(concept).conflicts()

    def blame(self, concept: str, item: str) -> list[Label]:
        """Every label of an item, the oldest first, undone or not."""
        with self._database.lock:
            return self._fold(concept).labels_of(item)

    @property
    def policy(self) -> str:
        """Who counts when people differ: "latest", "majority" or "adjudicator:NAME"."""
        rows = self._database.rows("SELECT value FROM settings WHERE key = 'label_policy'")
        return str(rows[0][0]) if rows else "latest"

    def set_policy(self, policy: str) -> None:
        """Set who counts when people differ; see `decide`. Every label stays in the log.

        Raises:
            BadInputError: not a policy.
        """
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO settings VALUES ('label_policy', ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (check_policy(policy),),
            )

    def concepts(self) -> list[str]:
        """Names of the concepts that have labels, sorted."""
        rows = self._database.rows("SELECT DISTINCT concept FROM labels ORDER BY concept")
        return [name for (name,) in rows]

    def position(self) -> int:
        """Where the log ends, over all concepts; 0 when it is empty. An undo moves it too."""
        return int(self._database.rows("SELECT coalesce(max(sequence), 0) FROM labels")[0][0])

    def counts_after(self, position: int) -> tuple[int, Counter[str]]:
        """Where the log ends, and how many rows each concept has got since a position."""
        sql = "SELECT concept, count(*), max(sequence) FROM labels WHERE sequence > ? GROUP BY 1"
        rows = self._database.rows(sql, (position,))
        upto = max((int(last) for _, _, last in rows), default=position)
        return upto, Counter({concept: int(count) for concept, count, _ in rows})

    def newest_standing(self, concept: str, who: str) -> int:
        """Sequence of a person's newest answer that was not taken back; 0 when there is none."""
        with self._database.lock:
            newest = self._fold(concept).newest(who)
        return 0 if newest is None else newest[0]

    def changes(self, concept: str, position: int) -> dict[str, Label | None] | None:
        """The current labels of the items that were answered or taken back after a position.

        In the order of the answers; None for an item without a label now. The result is None where
        labels of other pictures or their order changed, too: then read `about_pictures`.
        """
        with self._database.lock:
            fold = self._fold(concept)
            rows = self._database.rows(_CHANGED, (concept, position))
            events = {event for event, _ in rows}
            changed: dict[str, Label | None] = {}
            for _, item in rows:
                changed.pop(item, None)  # the newest answer gives the order
                changed[item] = label = fold.of_item(item)
                if fold.has_earlier(item) or (label is not None and label.event not in events):
                    return None
        return changed

    def count(self, concept: str | None = None, after: int = 0) -> int:
        """How many labels, of one concept or all, were given or taken back after a position.

        A label that was given and taken back since is not counted, because it changes nothing. So
        without a position this is the number of labels that stand.
        """
        sql = """
        SELECT coalesce(sum(CASE
            WHEN new.undoes IS NULL THEN 1
            WHEN (SELECT sequence FROM labels WHERE event = new.undoes) > ? THEN -1
            ELSE 1 END), 0)
        FROM labels AS new WHERE sequence > ?
        """
        values: list[object] = [after, after]
        if concept is not None:
            sql, values = f"{sql} AND concept = ?", [*values, concept]
        return int(self._database.rows(sql, values)[0][0])

    def _fold(self, concept: str) -> Fold:
        """The concept's fold, up to date; call it while the database's lock is held."""
        newest = count_renames(self._database)
        if newest != self._renames:  # a fold may be of another concept that had the name before
            self._folds, self._renames = {}, newest
        fold = self._folds.setdefault(concept, Fold())
        fold.take(self._database.rows(_SINCE, (concept, fold.upto)), self.policy)
        return fold


def _take_back(connection: Transaction, label: Label, source: str) -> None:
    undo = label.undone
    assert undo is not None
    connection.execute(
        _TAKE_BACK,
        (undo.event, label.action, label.concept, label.item, label.digest, undo.who, source,
         undo.at, label.event),
    )  # fmt: skip


def _check_exists(connection: Transaction, name: str) -> None:
    row = connection.execute(
        "SELECT body FROM concepts WHERE name = ? ORDER BY revision DESC LIMIT 1", (name,)
    ).fetchone()
    if row is None or row[0] is None:
        raise NotFoundError(
            f"the concept '{name}' was removed or renamed meanwhile; nothing was recorded"
        )


def _check_same(connection: Transaction, label: Label, names: set[str]) -> None:
    """Refuse an event id that is in the log with another label; time and score may differ."""
    expected = (label.concept, label.item, label.verdict, label.who)
    stored = connection.execute(
        "SELECT concept, item, verdict, who FROM labels WHERE event = ?", (label.event,)
    ).fetchone()
    if stored[1:] != expected[1:] or stored[0] not in names:
        raise BadInputError(
            f"the event '{label.event}' is in the log as {stored} and comes again as {expected}; "
            "nothing was recorded: give each decision an id of its own"
        )
