"""A person teaching one concept: pages to answer, a rule that follows, and every answer kept."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from likewise.concepts.labelling import labels_from
from likewise.core.box import Box
from likewise.core.closing import Closing
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.review.background_learner import PATIENCE, BackgroundLearner, Learned
from likewise.review.contributions import Part, contributions
from likewise.review.followed_answers import FollowedAnswers
from likewise.review.page_builder import AnswerState, Batch, PageBuilder
from likewise.review.rule_versions import Versions
from likewise.rules.answered_pages import answered_pages
from likewise.workspace import Workspace
from likewise.workspace.labels import Undone, Verdict, current_user
from likewise.workspace.machine_labels import Round

__all__ = ["Batch", "Session"]


class Session(Closing):
    """One person reviewing one concept of a workspace.

    The state is a fold over the label log: a session that was killed, or another one beside
    this, sees every answer that was acknowledged. What lives here only is what was shown and
    not answered.

    Args:
        workspace: where the concept is; stays open as long as the session.
        concept: its name; it needs an example or a hint to start from.
        learner: name of the learner.
        options: fields of the learner.
        picker: name of the default picker.
        page_size: how many images a batch has.
        who: whose answers these are; the current user unless given.
        seed: of the pickers' random draws.
        shelves: whether the rules under which images are shown are kept in the workspace; an
            onlooker's are not.

    Raises:
        NotFoundError: no such concept, or an example is gone.
        BadInputError: no such learner or picker.

    Example:
        with Session(workspace, "barn") as session:
            batch = session.next_batch()
            session.answer({item: "yes" for item in batch.ids}, source="page")
            session.undo()
    """

    def __init__(
        self,
        workspace: Workspace,
        concept: str,
        *,
        learner: str = "best",
        options: Mapping[str, Any] | None = None,
        picker: str = "mixed",
        page_size: int = 20,
        who: str | None = None,
        seed: int = 0,
        shelves: bool = True,
    ) -> None:
        if page_size < 1:
            raise BadInputError(f"a page of {page_size} images is none; give 1 or more")
        self.workspace, self.concept = workspace, concept
        self.picker, self.page_size, self.who = picker, page_size, who or current_user()
        self._page_builder = PageBuilder(workspace.collection, picker, seed)
        self._versions = Versions(workspace, concept, page_size, shelves)
        self._lock = threading.RLock()
        self._followed = FollowedAnswers(workspace, concept)
        self._learner = BackgroundLearner(learner, options)
        try:
            self.follow()
        except BaseException:
            self._learner.close()
            raise

    def __repr__(self) -> str:
        """One line: who reviews what; it reads nothing."""
        return f"<Session of {self.who!r} on {self.concept!r} in {str(self.workspace.path)!r}>"

    def next_batch(
        self, count: int | None = None, picker: str | None = None, where: str | None = None
    ) -> Batch:
        """What to answer next; never what was answered or shown in this session already.

        What label propagation asks about comes first, whatever the picker, except in a random
        sample. Once everything was shown, what was passed over comes again.

        Args:
            count: how many; a page unless given.
            picker: name of a picker; the session's unless given.
            where: a SQL condition on the items' columns.

        Raises:
            BadInputError: no such picker, a count below 1, or a condition that cannot be read.
            LikewiseError: nothing can be learned from what is known so far.
        """
        count = self.page_size if count is None else count
        if count < 1:
            raise BadInputError(f"a batch of {count} images is none; give 1 or more")
        name = picker or self.picker
        with self._lock:
            self._page_builder.check(name)
            self.follow()
            learned = self._learner.wait(validated=False)
            version = self._versions.of(learned, len(self._answers.known))
            return self._page_builder.page(learned.rule, version, self._answers, name, count, where)

    def order(
        self,
        picker: str,
        k: int,
        where: str | None = None,
        patience: float = PATIENCE,
        shelve: bool = True,
    ) -> Batch:
        """What a screen shows below what is on it: unanswered images in a picker's order.

        Unlike a batch, what was shown before comes again as long as it is unanswered. The order
        of doubt, "unsure", begins with what label propagation asks about.

        Args:
            picker: name of the picker; "most_alike" is the plain ranking, copies and all.
            k: how many, at most; other pickers choose from a few thousand only.
            where: a SQL condition on the items' columns.
            patience: seconds that the rule is waited for, at most.
            shelve: whether the rule may be kept in the workspace for it; not for an onlooker.

        Raises:
            BadInputError: no such picker, a k below 1, or a condition that cannot be read.
            BusyError: learning takes longer.
            LikewiseError: nothing can be learned from what is known so far.
        """
        if k < 1:
            raise BadInputError(f"k is {k}; ask for 1 image or more")
        with self._lock:
            self._page_builder.check(picker)
            self.follow()
            learned = self._learner.wait(validated=False, seconds=patience)
            versions = self._versions
            version = (
                versions.lately(learned, len(self._answers.known)) if shelve else versions.last
            )
            return self._page_builder.screen(learned.rule, version, self._answers, picker, k, where)

    def answer(
        self,
        said: Mapping[str, str] | Iterable[tuple[str, str]],
        source: str = "key",
        action: str | None = None,
        events: Mapping[str, str] | None = None,
        who: str | None = None,
    ) -> str:
        """Keep answers, as one action, and have the rule learned again in the background.

        When this returns the answers are on the disk.

        Args:
            said: verdicts by item id: yes, no or unsure.
            source: how they came: "key", "page", "range", "audit" ...
            action: id of the action, which `undo` takes back as a whole; a new one unless given.
            events: a client's own id for each answer, by item id, so that sending one twice
                keeps it once.
            who: whose answers these are; the session's person unless given.

        Returns:
            The action's id.

        Raises:
            NotFoundError: an id that is not in the collection; nothing is kept then.
            BadInputError: not a verdict, or two different ones for one id; likewise.
        """
        action = action or uuid.uuid4().hex
        pairs = list(said.items() if isinstance(said, Mapping) else said)
        with self._lock:
            labels = labels_from(
                self.workspace,
                self.concept,
                pairs,
                who=who or self.who,
                source=source,
                action=action,
                events=events,
                shown=self._page_builder.shown,
            )
            self.workspace.labels.record(labels, must_exist=True)
            self.follow()
        return action

    def undo(self, action: str | None = None, who: str | None = None) -> Undone | Round | None:
        """Take back an action of this person's, the newest unless given; None when none is left.

        Nothing is deleted: the log says that it was taken back.

        Args:
            action: id of the action, anybody's.
            who: who takes back; the session's person unless given.

        Returns:
            The labels that were taken back, or the round of machine labels.

        Raises:
            NotFoundError: no such action of this concept.
        """
        workspace, person = self.workspace, who or self.who
        with self._lock:
            answered = workspace.labels.newest_standing(self.concept, person)
            newest = workspace.machine_labels.newest_standing(self.concept, person, answered)
            undone: Undone | Round | None
            if action is None and newest is not None:
                workspace.machine_labels.undo(newest.round, person)
                undone = newest
            else:
                undone = workspace.labels.undo(self.concept, person, action)
            self.follow()
            return undone

    def follow(self) -> None:
        """Take in what others answered, and changes of the basket; learn again if there are any."""
        with self._lock:
            multiplied = self._multiplies
            news = self._followed.follow()
            if news == "none":
                return
            # Of many labels the rows are fetched by the thread that learns, not before an answer
            # is acknowledged.
            evidence = self._followed.evidence() if news == "all" else self._followed.evidence
            self._learner.ask(
                evidence,
                self._followed.upto,
                self._followed.definition.precision,
                lambda: answered_pages(self.workspace, self.concept, self._answers.copy()),
                anew=self._multiplies != multiplied,
            )

    @property
    def _answers(self) -> AnswerState:
        return self._followed.answers

    @property
    def _multiplies(self) -> bool:
        """Whether the words and the images that say yes are to be multiplied."""
        is_product = self._followed.definition.combine == "product"
        return is_product and len(self._followed.words.hints) > 0 and self.counts.get("yes", 0) > 0

    @property
    def learned(self) -> Learned:
        """The newest rule with what it knows, waited for: quick or validated.

        Raises:
            LikewiseError: nothing can be learned from what is known so far.
        """
        return self._learner.wait(validated=False)

    @property
    def rule(self) -> Rule:
        """The validated rule of all answers so far, waited for.

        Raises:
            LikewiseError: nothing can be learned from what is known so far.
        """
        return self._learner.wait().rule

    @property
    def known(self) -> Mapping[str, Verdict]:
        """What is known about each item: basket and answers, the order that of the answers."""
        return self._answers.copy()

    @property
    def derived(self) -> Mapping[str, str]:
        """Images that have another class of an exclusive label set, and which; nobody's answers.

        They count as no where a rule is learned, and are not shown for answers.
        """
        return self._answers.derived

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many items have each verdict."""
        return self._answers.counts

    @property
    def accepted(self) -> frozenset[str]:
        """Ids that standing rounds of machine labels say yes to; not shown for answers."""
        return self._answers.accepted

    @property
    def asked(self) -> tuple[str, ...]:
        """Ids that label propagation asks about and nobody has answered yet; shown first."""
        return self._answers.open_questions

    def ranking(self, k: int = 50, where: str | None = None, answered: bool = True) -> Ranking:
        """The best k under the newest rule.

        Args:
            k: how many.
            where: a SQL condition on the items' columns.
            answered: whether images that were answered, or accepted, are among them.
        """
        exclude = () if answered else self._answers.settled
        return self.workspace.collection.search(self.learned.rule, k, where, exclude)

    def boxes(self, ids: Sequence[str]) -> tuple[Box | None, ...] | None:
        """The part of each image that the newest rule's score is of; None without patches."""
        collection, rule = self.workspace.collection, self.learned.rule
        return collection.boxes(ids, rule) if collection.cuts(rule) else None

    def contributions(self) -> list[Part]:
        """What each part of the basket says for itself under the newest rule."""
        with self._lock:
            return contributions(
                self._followed.definition, self._followed.evidence(), self.learned.rule
            )

    def shelve(self) -> int:
        """Keep the newest rule as the concept's; answers its version. Twice the same is once."""
        with self._lock:
            return self._versions.of(self.learned, len(self._answers.known))

    def close(self) -> None:
        """End the background thread; every answer is on the disk already."""
        self._learner.close()
