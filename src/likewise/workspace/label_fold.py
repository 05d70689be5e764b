"""The present as a fold over the label log, kept up to date row by row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from likewise.errors import BadInputError
from likewise.workspace.label import COLUMNS, Label, Undo, Verdict

_POLICIES = ("latest", "majority")
_ADJUDICATOR = "adjudicator:"


@dataclass(frozen=True)
class Conflict:
    """An item on which people's last words differ.

    Attributes:
        item: its id.
        labels: the last word of each person, the oldest first.
        verdict: what counts meanwhile, by the policy.
    """

    item: str
    labels: tuple[Label, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Undone:
    """An action that was taken back.

    Attributes:
        action: its id.
        labels: what had been said in it and still stood.
    """

    action: str
    labels: tuple[Label, ...]


def check_policy(policy: str) -> str:
    """The policy itself, when it is one.

    Raises:
        BadInputError: it is not.
    """
    name = policy.removeprefix(_ADJUDICATOR)
    if policy in _POLICIES or (name != policy and name.strip()):
        return policy
    raise BadInputError(
        f"'{policy}' is not a policy; use latest, majority or adjudicator:NAME with the name of "
        "the person whose word counts"
    )


def decide(words: Sequence[Label], policy: str) -> Label:
    """What counts, of the last words of several people about one picture.

    Args:
        words: one or more labels, one a person, the oldest first.
        policy: "latest": the newest. "majority": the newest of the verdict that most gave; when
            two verdicts lead together nobody has decided, and the answer is an "unsure" of
            nobody's (`source` "tie", no event). "adjudicator:NAME": that person's, else the
            newest.

    Example:
        >>> ana, ben = Label("barn", "a", "yes", who="ana"), Label("barn", "a", "no", who="ben")
        >>> [decide([ana, ben], p).verdict for p in ("latest", "adjudicator:ana", "majority")]
        ['no', 'yes', 'unsure']
    """
    newest = words[-1]
    if policy == "majority":
        (first, most), *others = Counter(word.verdict for word in words).most_common()
        if others and others[0][1] == most:
            names = ", ".join(sorted(word.who for word in words))
            return replace(
                newest, verdict="unsure", who=names, source="tie", event="", action="",
                rule=None, score=None,
            )  # fmt: skip
        return next(word for word in reversed(words) if word.verdict == first)
    name = policy.removeprefix(_ADJUDICATOR)
    return next((word for word in words if policy != name and word.who == name), newest)


class Fold:
    """All labels of one concept and what they come to; fed with rows in the log's order.

    Places in `labels` are known only here.
    """

    def __init__(self) -> None:
        self.upto = 0
        self.policy = ""
        self.labels: list[Label] = []
        self._of_event: dict[str, int] = {}
        self._of_item: defaultdict[str, list[int]] = defaultdict(list)
        self._of_action: defaultdict[str, list[int]] = defaultdict(list)
        self._present: dict[str, Label] = {}
        self._earlier: dict[str, tuple[Label, ...]] = {}  # of other pictures that had the name
        self._of_person: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._since: dict[str, int] = {}  # place of the label that made an item what it is
        self._in_order = True
        self._disputed: set[str] = set()

    def take(self, rows: Sequence[tuple[Any, ...]], policy: str) -> None:
        """Go on with what was appended since.

        Args:
            rows: sequence number, what was undone (or None), and the columns of a label.
            policy: who counts when people differ; another than last time decides all anew.
        """
        touched: dict[str, None] = {}
        for sequence, undoes, *row in rows:
            self.upto = sequence
            values = dict(zip(COLUMNS, row, strict=True))
            item = values["item"]
            if undoes is None:
                position = len(self.labels)
                self.labels.append(Label(**values))
                self._of_event[values["event"]] = position
                self._of_item[item].append(position)
                self._of_person[values["who"]].append((sequence, position))
                self._of_action[values["action"] or values["event"]].append(position)
            elif undoes in self._of_event:  # else its label was lost with a damaged page
                position = self._of_event[undoes]
                undo = Undo(values["event"], values["who"], values["at"])
                self.labels[position] = replace(self.labels[position], undone=undo)
            touched[item] = None
        if policy != self.policy:
            self.policy = policy
            touched = dict.fromkeys(self._of_item)
        for item in touched:
            self._fold(item)

    def _fold(self, item: str) -> None:
        words = self.words(item)
        self._earlier.pop(item, None)
        if earlier := self._pictures(item)[1:]:
            about = (self.words(item, digest) for digest in earlier)
            self._earlier[item] = tuple(decide(labels, self.policy) for labels in about)
        if not words:
            self._present.pop(item, None)
            self._since.pop(item, None)
            self._disputed.discard(item)
            return
        label = decide(words, self.policy)
        since = self._of_event[label.event or words[-1].event]
        if self._since.get(item) != since:
            last = next(reversed(self._present), None)
            self._in_order &= last is None or since > self._since[last]
            self._present.pop(item, None)
        self._present[item], self._since[item] = label, since
        if len({word.verdict for word in words}) > 1:
            self._disputed.add(item)
        else:
            self._disputed.discard(item)

    def words(self, item: str, digest: str | None = None) -> list[Label]:
        """The last word of each person about a picture that had the name, oldest first.

        Args:
            item: the name.
            digest: of the picture; the one that was judged last unless given.
        """
        if digest is None:
            digest = next(iter(self._pictures(item)), "")
        last: dict[str, Label] = {}
        for position in reversed(self._of_item.get(item, ())):
            label = self.labels[position]
            if not label.undone and label.digest in ("", digest):
                last.setdefault(label.who, label)
        return list(reversed(last.values()))

    def _pictures(self, item: str) -> list[str]:
        """Digests of the pictures that were judged under a name, the one judged last first."""
        labels = (self.labels[position] for position in reversed(self._of_item.get(item, ())))
        return list(dict.fromkeys(x.digest for x in labels if x.digest and not x.undone))

    def present(self) -> dict[str, Label]:
        """What counts for each item, in the order in which it was said."""
        if not self._in_order:
            self._present = dict(
                sorted(self._present.items(), key=lambda pair: self._since[pair[0]])
            )
            self._in_order = True
        return dict(self._present)

    def earlier(self) -> list[Label]:
        """What counts about pictures whose name another one has taken and been judged under."""
        return [label for labels in self._earlier.values() for label in labels]

    def labels_of(self, item: str) -> list[Label]:
        """Every label of an item, undone ones too, the oldest first."""
        return [self.labels[position] for position in self._of_item.get(item, ())]

    def conflicts(self) -> list[Conflict]:
        """The items on which people's last words differ, by id."""
        return [
            Conflict(item, tuple(self.words(item)), self._present[item].verdict)
            for item in sorted(self._disputed)
        ]

    def newest(self, who: str) -> tuple[int, Label] | None:
        """Sequence and label of a person's newest answer that stands."""
        answers = self._of_person.get(who, [])
        while answers and self.labels[answers[-1][1]].undone:
            answers.pop()  # what was taken back never stands again
        return (answers[-1][0], self.labels[answers[-1][1]]) if answers else None

    def of_item(self, item: str) -> Label | None:
        """What counts about an item."""
        return self._present.get(item)

    def has_earlier(self, item: str) -> bool:
        """Whether other pictures were judged under an item's name."""
        return item in self._earlier

    def action(self, action: str) -> list[Label]:
        """The labels of an action; none when there is none of that id."""
        return [self.labels[position] for position in self._of_action.get(action, ())]
