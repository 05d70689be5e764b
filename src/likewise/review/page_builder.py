"""The images of a session's next page, and what has been shown already."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from likewise.core.id_set import IdSet
from likewise.core.rule import Rule
from likewise.core.vectors import Scores
from likewise.review.query_strategies.base import Picker, Pool, make_picker
from likewise.search.collection import Collection
from likewise.workspace.labels import Verdict

PROMISING = 2_000
"""How many of the best by score pickers choose from; that many random ones are with them."""

_LATELY = 60  # answers whose near-copies are put off
_RANDOM = ("random_audit",)  # pickers that want a random sample and nothing else


@dataclass(frozen=True, eq=False)
class Batch:
    """Images to answer; it stays as it is while the rule moves on.

    Attributes:
        ids: in the order to show them.
        scores: (n,) by the rule that picked them.
        probabilities: (n,), or None where the rule had too few labels to say.
        picker: what picked them.
        rule: version of that rule on the workspace's shelf.
        asked: how many of the first are there because label propagation asks about them.
    """

    ids: tuple[str, ...]
    scores: Scores
    probabilities: Scores | None
    picker: str
    rule: int
    asked: int = 0

    def __len__(self) -> int:
        return len(self.ids)


class AnswerState:
    """What is known of a concept's items; changed item by item, as answers come.

    Args:
        known: what people said, the order that of their answers.
        accepted: ids that rounds of machine labels say yes to.
        asked: ids that rounds ask about, the most telling first.
        derived: by id, another class of the image in an exclusive label set; nobody said no to
            it, and it is of this concept as little.

    Attributes:
        counts: how many items have each verdict.
        settled: ids that nobody needs to answer any more.
    """

    def __init__(
        self,
        known: Mapping[str, Verdict] | None = None,
        accepted: frozenset[str] = frozenset(),
        asked: tuple[str, ...] = (),
        derived: Mapping[str, str] | None = None,
    ) -> None:
        self._known: dict[str, Verdict] = dict(known or {})
        self._lock = threading.Lock()  # others copy it while it changes
        self.accepted, self.asked = accepted, asked
        self.counts: Counter[Verdict] = Counter(self._known.values())
        self.derived: Mapping[str, str] = dict(derived or {})
        self.settled = IdSet(self._known.keys() | accepted | self.derived.keys())

    @property
    def known(self) -> Mapping[str, Verdict]:
        """What people said, the order that of their answers; follows the changes."""
        return self._known

    def copy(self) -> dict[str, Verdict]:
        """What people said as of now."""
        with self._lock:
            return dict(self._known)

    def change(self, verdicts: Mapping[str, Verdict | None]) -> None:
        """Take in newer answers, in their order; None where nothing counts about an item."""
        with self._lock:
            for item, verdict in verdicts.items():
                before = self._known.pop(item, None)
                if before is not None:
                    self.counts[before] -= 1
                if verdict is not None:
                    self._known[item] = verdict
                    self.counts[verdict] += 1
                    self.settled.add(item)
                elif item not in self.accepted:
                    self.settled.discard(item)

    def derive(self, derived: Mapping[str, str]) -> bool:
        """Take in what follows from label sets by now; whether it is anything else than before."""
        with self._lock:
            for item in self.derived.keys() - derived.keys():
                if item not in self._known and item not in self.accepted:
                    self.settled.discard(item)
            for item in derived:
                self.settled.add(item)
            changed, self.derived = derived != self.derived, dict(derived)
        return changed

    @property
    def open_questions(self) -> tuple[str, ...]:
        """What is asked about and was not answered."""
        return tuple(item for item in self.asked if item not in self._known)


class PageBuilder:
    """Picks what comes next, and remembers what was shown.

    Args:
        collection: to pick from.
        picker: name of the picker that is used most.
        seed: of the pickers' random draws.

    Raises:
        BadInputError: no such picker.
    """

    def __init__(self, collection: Collection, picker: str, seed: int) -> None:
        self._collection = collection
        self._pickers: dict[str, Picker] = {picker: make_picker(picker)}
        self._seed = seed
        self._pages = 0
        self._shown: dict[str, tuple[float, int]] = {}

    @property
    def shown(self) -> Mapping[str, tuple[float, int]]:
        """Score and version of the rule that each id was last shown under."""
        return self._shown

    def check(self, picker: str) -> None:
        """Have a picker ready.

        Raises:
            BadInputError: no such picker.
        """
        if picker not in self._pickers:
            self._pickers[picker] = make_picker(picker)

    def page(
        self,
        rule: Rule,
        version: int,
        answers: AnswerState,
        picker: str,
        count: int,
        where: str | None,
    ) -> Batch:
        """The next page: what is asked about first, then what the picker picks; nothing twice.

        Args:
            rule: that scores.
            version: its version on the shelf.
            answers: what is known of the items.
            picker: name of the picker.
            count: how many images.
            where: a SQL condition on the items' columns.

        Raises:
            BadInputError: no such picker, or a condition that cannot be read.
        """
        open_questions = () if picker in _RANDOM else answers.open_questions
        for passed_over in (self._shown.keys(), frozenset[str]()):
            on_page = [item for item in open_questions if item not in passed_over]
            on_page = self._collection.present(on_page, where)[:count]
            hidden = {*answers.settled, *passed_over, *on_page}
            ids, pool = self._pool(rule, answers, picker, where, hidden)
            if len(on_page) + len(pool) >= count:
                break
        batch = self._batch(rule, version, picker, on_page, ids, pool, count)
        self._pages += 1
        return batch

    def screen(
        self, rule: Rule, version: int, answers: AnswerState, picker: str, k: int, where: str | None
    ) -> Batch:
        """Up to k unanswered images in a picker's order, shown before or not.

        Args:
            rule, version, said, picker, where: as in `page`.
            k: how many images.

        Raises:
            BadInputError: no such picker, or a condition that cannot be read.
        """
        if picker == "most_alike":
            best = self._collection.search(rule, k, where, answers.settled)
            batch = Batch(best.ids, best.scores, best.probabilities, picker, version)
            self._remember(batch)
            return batch
        on_page = answers.open_questions if picker == "unsure" else ()
        on_page = tuple(self._collection.present(on_page, where)[:k])
        ids, pool = self._pool(rule, answers, picker, where, {*answers.settled, *on_page})
        return self._batch(rule, version, picker, on_page, ids, pool, k)

    def _batch(
        self,
        rule: Rule,
        version: int,
        picker: str,
        questions: Sequence[str],
        ids: tuple[str, ...],
        pool: Pool,
        count: int,
    ) -> Batch:
        """What is asked about, and the picker's choice for the places that are left."""
        remaining = count - len(questions)
        self.check(picker)
        rows = self._pickers[picker].pick(pool, remaining) if remaining else np.empty(0, np.intp)
        scores = np.concatenate(
            [rule.score(self._collection.vectors(questions, rule)), pool.scores[rows]]
        )
        chosen = (*questions, *(ids[row] for row in rows.tolist()))
        batch = Batch(chosen, scores, rule.probability(scores), picker, version, len(questions))
        self._remember(batch)
        return batch

    def _pool(
        self,
        rule: Rule,
        answers: AnswerState,
        picker: str,
        where: str | None,
        hidden: AbstractSet[str],
    ) -> tuple[tuple[str, ...], Pool]:
        """The images a picker chooses from, and their ids."""
        collection = self._collection
        ids: tuple[str, ...] = ()
        if picker not in _RANDOM:
            ids = collection.search(rule, PROMISING, where, hidden).ids
        seed = self._seed + self._pages
        ids += collection.sample(PROMISING, seed, where, {*hidden, *ids})
        rows = rule.space.apply(collection.vectors(ids, rule))
        scores = rule.score_in_space(rows)
        newest = (item for item in reversed(answers.copy()) if item in self._shown)
        lately = list(itertools.islice(newest, _LATELY))[::-1]
        return ids, Pool(
            scores,
            rows,
            rule.probability(scores),
            rule.threshold,
            rule.space.apply(collection.vectors(lately, rule)) if lately else None,
            yes=answers.counts["yes"],
            no=answers.counts["no"],
            seed=seed,
        )

    def _remember(self, batch: Batch) -> None:
        """What an answer will say that it was given to: score and rule."""
        scores = zip(batch.ids, batch.scores.tolist(), strict=True)
        self._shown.update((item, (score, batch.rule)) for item, score in scores)
