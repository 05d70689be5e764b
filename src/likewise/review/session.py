"""The review of one concept: pages to answer, answers recorded, a rule learned again."""

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

    The state is a fold over the label log: after a kill, and in any other session, every answer
    that was acknowledged is there. Only what was shown and not answered is held in memory alone.

    Args:
        workspace: where the concept is; stays open as long as the session.
        concept: its name; it needs an example or a hint to start from.
        learner: name of the learner.
        options: fields of the learner.
        picker: name of the default picker.
        page_size: how many images a batch has.
        who: whose answers these are; the current user unless given.
        seed: of the pickers' random draws.
        saves_rules: whether the rules under which images are shown are stored in the workspace;
            False where nobody may change it.

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
        saves_rules: bool = True,
    ) -> None:
        if page_size < 1:
            raise BadInputError(f"a page of {page_size} images is none; give 1 or more")
        self.workspace, self.concept = workspace, concept
        self.picker, self.page_size, self.who = picker, page_size, who or current_user()
        self._page_builder = PageBuilder(workspace.collection, picker, seed)
        self._versions = Versions(workspace, concept, page_size, saves_rules)
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
        """The next images to answer, none of them answered or shown in this session before.

        What label propagation asks about comes first, with every picker but the random sample.
        Once every image was shown, those without an answer are shown again.

        Args:
            count: how many; a page unless given.
            picker: name of a picker; the session's unless given.
            where: a SQL condition on the items' columns.

        Raises:
            BadInputError: no such picker, a count below 1, or a condition that cannot be read.
            LikewiseError: nothing can be learned from the basket and the answers so far.
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
        save_rule: bool = True,
    ) -> Batch:
        """Unanswered images in a picker's order, to fill a screen.

        Unlike in a batch, images that were shown before come again while they are unanswered. The
        order "unsure" begins with what label propagation asks about.

        Args:
            picker: name of the picker; "most_alike" is the plain ranking, copies and all.
            k: how many, at most; other pickers choose from a few thousand only.
            where: a SQL condition on the items' columns.
            patience: seconds to wait for the rule, at most.
            save_rule: whether the rule may be stored in the workspace; not for a viewer.

        Raises:
            BadInputError: no such picker, a k below 1, or a condition that cannot be read.
            BusyError: learning takes longer.
            LikewiseError: nothing can be learned from the basket and the answers so far.
        """
        if k < 1:
            raise BadInputError(f"k is {k}; ask for 1 image or more")
        with self._lock:
            self._page_builder.check(picker)
            self.follow()
            learned = self._learner.wait(validated=False, seconds=patience)
            versions = self._versions
            version = (
                versions.lately(learned, len(self._answers.known)) if save_rule else versions.last
            )
            return self._page_builder.screen(learned.rule, version, self._answers, picker, k, where)

    def answer(
        self,
        verdicts: Mapping[str, str] | Iterable[tuple[str, str]],
        source: str = "key",
        action: str | None = None,
        events: Mapping[str, str] | None = None,
        who: str | None = None,
    ) -> str:
        """Record answers as one action; the rule is learned again in the background.

        When this returns the answers are on the disk.

        Args:
            verdicts: yes, no or unsure by item id.
            source: how they were given: "key", "page", "range", "audit" ...
            action: id of the action, which `undo` takes back as a whole; a new one unless given.
            events: a client's own id for each answer, by item id, so that one that is sent twice
                is recorded once.
            who: whose answers these are; the session's person unless given.

        Returns:
            The action's id.

        Raises:
            NotFoundError: an id that is not in the collection; nothing is recorded.
            BadInputError: not a verdict, or two different ones for one id; nothing is recorded.
        """
        action = action or uuid.uuid4().hex
        pairs = list(verdicts.items() if isinstance(verdicts, Mapping) else verdicts)
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
        """Take back an action, this person's newest unless given; None when none is left.

        Nothing is deleted: an undo is appended to the log.

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
        """Read new answers and changes of the basket; if there are any, learn again."""
        with self._lock:
            multiplied = self._multiplies
            news = self._followed.follow()
            if news == "none":
                return
            # The rows of many labels are fetched by the thread that learns, so that an answer is
            # acknowledged before.
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
        """The newest rule, validated or not, and the answers it knows; waits for it.

        Raises:
            LikewiseError: nothing can be learned from the basket and the answers so far.
        """
        return self._learner.wait(validated=False)

    @property
    def rule(self) -> Rule:
        """The validated rule of all answers so far; waits for it.

        Raises:
            LikewiseError: nothing can be learned from the basket and the answers so far.
        """
        return self._learner.wait().rule

    @property
    def known(self) -> Mapping[str, Verdict]:
        """The verdict of each item, by the basket and by answers, in the order of the answers."""
        return self._answers.copy()

    @property
    def derived(self) -> Mapping[str, str]:
        """Images that have another class of an exclusive label set, with that class.

        They count as no when a rule is learned, and are not shown for answers.
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
        """The part of each image with the newest rule's best score; None without patches."""
        collection, rule = self.workspace.collection, self.learned.rule
        return collection.boxes(ids, rule) if collection.cuts(rule) else None

    def contributions(self) -> list[Part]:
        """The effect of each part of the basket under the newest rule."""
        with self._lock:
            return contributions(
                self._followed.definition, self._followed.evidence(), self.learned.rule
            )

    def save_rule(self) -> int:
        """Store the newest rule as the concept's, once; returns its version."""
        with self._lock:
            return self._versions.of(self.learned, len(self._answers.known))

    def close(self) -> None:
        """End the background thread; every answer is on the disk already."""
        self._learner.close()
